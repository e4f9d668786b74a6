"""A real Kafka: one broker in KRaft mode, from Maven Central's jars and this machine's Java.

Its listeners: PLAINTEXT, and SASL_SSL (mechanism PLAIN, user ``footfall``) with a certificate made for the occasion.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Self

from .common import free_port, one_at_a_time, require, wait_until

KAFKA_VERSION = "4.3.0"
SECURED_USER, SECURED_PASSWORD = "footfall", "open-sesame"

_START_S = 90.0
_FETCH_S = 600.0
_KEY_PASSWORD = "changeit"
_POM = f"""
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>footfall.tests</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.24.3</version>
    </dependency>
  </dependencies>
</project>
"""
_LOG4J = """
Configuration:
  Appenders: {Console: {name: out, PatternLayout: {pattern: "%d %p %c{1}: %m%n"}}}
  Loggers: {Root: {level: warn, AppenderRef: {ref: out}}}
"""


def require_kafka() -> None:
    """Skip, or in CI fail, where neither FOOTFALL_TEST_KAFKA names a broker nor one can be started."""
    if os.environ.get("FOOTFALL_TEST_KAFKA"):
        return
    require_own_kafka()


def require_own_kafka() -> None:
    """The same for tests that kill the broker, which only one of our own may suffer."""
    missing = [command for command in ("java", "keytool") if shutil.which(command) is None]
    if not (_jars() / "complete").exists() and shutil.which("mvn") is None:
        missing.append("mvn")
    require(not missing, f"needs {', '.join(missing)} on the PATH (tests/debian-packages.txt)")


class KafkaBroker:
    """One broker with its data in a temporary folder, which leaving the context removes.

    Clients that come to ``proxied_port`` are sent on to the port ``proxy``, where something may be put in their way.
    """

    def __init__(self, *, proxy: int | None = None) -> None:
        self.port, self.secured_port, self._controller_port = free_port(), free_port(), free_port()
        self.proxied_port, self._proxy = free_port(), proxy
        self._folder = Path(tempfile.mkdtemp(prefix="footfall-kafka-"))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where clients find it, without encryption or password."""
        return f"kafka://127.0.0.1:{self.port}"

    @property
    def log_file(self) -> Path:
        """What it has to say."""
        return self._folder / "broker.log"

    @property
    def certificate(self) -> Path:
        """The certificate by which a client may trust the secured listener."""
        return self._folder / "broker.pem"

    @property
    def secured_url(self) -> str:
        """Where clients find it over TLS, with the right user and password."""
        login = f"{SECURED_USER}:{SECURED_PASSWORD}"
        return f"kafka://{login}@127.0.0.1:{self.secured_port}?tls=true&ca={self.certificate}"

    def start(self) -> None:
        """Start it, for the first time or after its end, and return when it answers."""
        first = not (self._folder / "server.properties").exists()
        if first:
            self._make_certificate()
            (self._folder / "log4j2.yaml").write_text(_LOG4J)
            (self._folder / "server.properties").write_text(self._properties())
            cluster = self._java("kafka.tools.StorageTool", "random-uuid").split()[-1]
            self._java("kafka.tools.StorageTool", "format", "--standalone", "-t", cluster, "-c", "server.properties")
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                self._command("-Xmx512m", "kafka.Kafka", "server.properties"),
                cwd=self._folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )
        assert wait_until(self._answers, within_s=_START_S), self.log_file.read_text()[-4000:]

    def kill(self) -> None:
        """End it at once, as a power cut would; ``start`` brings it back with its data."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Let it hang, its connections open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        # A thread that runs on another core may answer for a moment yet.
        threads = Path(f"/proc/{self._process.pid}/task")
        assert wait_until(lambda: all(map(_is_stopped, threads.iterdir())), within_s=60.0)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _answers(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            return False
        with socket.socket() as probe:
            probe.settimeout(1.0)
            if probe.connect_ex(("127.0.0.1", self.port)) != 0:
                return False
        return _brokers_answer(self.port)

    def _properties(self) -> str:
        listeners = {"PLAINTEXT": self.port, "SECURED": self.secured_port}
        if self._proxy is not None:
            listeners["PROXIED"] = self.proxied_port
        listening = _addresses(listeners)
        advertised = _addresses(listeners | ({"PROXIED": self._proxy} if self._proxy is not None else {}))
        secured = "listener.name.secured"
        login = "org.apache.kafka.common.security.plain.PlainLoginModule required"
        return "\n".join(
            [
                "process.roles=broker,controller",
                "node.id=1",
                f"controller.quorum.bootstrap.servers=127.0.0.1:{self._controller_port}",
                f"listeners={listening},CONTROLLER://127.0.0.1:{self._controller_port}",
                f"advertised.listeners={advertised}",
                "controller.listener.names=CONTROLLER",
                "inter.broker.listener.name=PLAINTEXT",
                "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURED:SASL_SSL",
                "sasl.enabled.mechanisms=PLAIN",
                f'{secured}.plain.sasl.jaas.config={login} user_{SECURED_USER}="{SECURED_PASSWORD}";',
                f"{secured}.ssl.keystore.location={self._folder}/broker.p12",
                f"{secured}.ssl.keystore.password={_KEY_PASSWORD}",
                f"log.dirs={self._folder}/data",
                "auto.create.topics.enable=false",
                "delete.topic.enable=true",
                "offsets.topic.replication.factor=1",
                "offsets.topic.num.partitions=1",
                "transaction.state.log.replication.factor=1",
                "transaction.state.log.min.isr=1",
                "transaction.state.log.num.partitions=1",
                "group.initial.rebalance.delay.ms=0",
                "group.min.session.timeout.ms=1000",
                # Without these two a broker killed with -9 waits 9 s for its own former session to end.
                "broker.session.timeout.ms=2000",
                "broker.heartbeat.interval.ms=500",
                "",
            ]
        )

    def _make_certificate(self) -> None:
        store = ["-keystore", "broker.p12", "-storetype", "PKCS12", "-storepass", _KEY_PASSWORD, "-alias", "broker"]
        pair = ["-genkeypair", "-keyalg", "RSA", "-dname", "CN=127.0.0.1", "-ext", "san=ip:127.0.0.1"]
        self._run(["keytool", *pair, *store])
        self._run(["keytool", "-exportcert", "-rfc", "-file", "broker.pem", *store])

    def _java(self, *arguments: str) -> str:
        return self._run(self._command(*arguments))

    def _command(self, *arguments: str) -> list[str]:
        return ["java", "-Dlog4j2.configurationFile=log4j2.yaml", "-cp", f"{fetched_jars()}/*", *arguments]

    def _run(self, command: list[str]) -> str:
        done = subprocess.run(command, cwd=self._folder, capture_output=True, text=True, timeout=_START_S)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def _addresses(listeners: dict[str, int]) -> str:
    return ",".join(f"{name}://127.0.0.1:{port}" for name, port in listeners.items())


def fetched_jars() -> Path:
    """Return the folder of Kafka's jars, fetched into the user's cache by the first who asks."""
    folder = _jars()
    complete = folder / "complete"
    with one_at_a_time(complete):
        if not complete.exists():
            (folder / "pom.xml").write_text(_POM)
            fetch = ["mvn", "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=.", "-DincludeScope=runtime"]
            done = subprocess.run(fetch, cwd=folder, capture_output=True, text=True, timeout=_FETCH_S)
            require(done.returncode == 0, f"Kafka's jars could not be fetched: {(done.stdout + done.stderr)[-500:]}")
            complete.touch()
    return folder


def _jars() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "footfall-tests" / f"kafka-{KAFKA_VERSION}"


def _brokers_answer(port: int) -> bool:
    from kafka import KafkaAdminClient
    from kafka.errors import KafkaError

    try:
        admin = KafkaAdminClient(bootstrap_servers=f"127.0.0.1:{port}", bootstrap_timeout_ms=5000)
    except KafkaError:
        return False
    try:
        return bool(admin.describe_cluster()["brokers"])
    except KafkaError:
        return False
    finally:
        admin.close()


def _is_stopped(thread: Path) -> bool:
    try:
        status = (thread / "stat").read_text()
    except OSError:  # it has ended
        return True
    return status.rpartition(")")[2].split()[0] == "T"
