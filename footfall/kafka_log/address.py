"""What a ``kafka://`` URL says."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from ingest.addresses import redact
from schemas.errors import ConfigError

_DEFAULT_PORT = 9092
_MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_EXAMPLE = "kafka://user:password@host:9093?tls=true"


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaAddress:
    """Brokers and how to be let in. Printed, it shows no password.

    ``kafka://[USER:PASSWORD@]HOST[:PORT][,HOST[:PORT]…][?NAME=VALUE&…]``; the names are those of ``from_url``.
    """

    servers: tuple[str, ...]
    user: str = ""
    password: str = field(default="", repr=False)
    mechanism: str = "PLAIN"
    tls: bool = False
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    prefix: str = ""
    instance: str = ""
    session_s: float = 45.0
    replication: int = -1

    @property
    def name(self) -> str:
        """The brokers, as they may be shown."""
        return f"kafka://{','.join(self.servers)}"

    @property
    def options(self) -> dict[str, Any]:
        """The options that every client is made with."""
        options: dict[str, Any] = {
            "bootstrap_servers": list(self.servers),
            "client_id": f"footfall-{self.instance}" if self.instance else "footfall",
            "security_protocol": ("SASL_" if self.user else "") + ("SSL" if self.tls else "PLAINTEXT"),
            # A broker that was restarted is to be found again at once; the default goes up to half a minute.
            "reconnect_backoff_max_ms": 1000,
        }
        if self.user:
            options |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.user,
                "sasl_plain_password": self.password,
            }
        for option, path in (("ssl_cafile", self.ca), ("ssl_certfile", self.certificate), ("ssl_keyfile", self.key)):
            if path is not None:
                options[option] = str(path)
        return options


def kafka_address(url: str) -> KafkaAddress:
    """Return what a URL says.

    In its query: ``tls=true``; ``ca``, ``certificate``, ``key`` (PEM files); ``mechanism`` (PLAIN, SCRAM-SHA-256 or
    SCRAM-SHA-512); ``password_file`` in place of a password; ``prefix`` (before the names of topics and groups, for
    several installations on one cluster); ``instance`` (the name of this member of its consumer
    groups, by which a restarted one takes up its partitions without a rebalance); ``session_s``; ``replication`` (of
    the topics that are made here). Raises ConfigError for anything else.
    """
    shown = redact(url)
    try:
        parts = urlsplit(url)
        given = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True)) if parts.query else {}
    except ValueError:
        raise ConfigError(f"{shown}: this is not an address; it should look like {_EXAMPLE}") from None
    login, at, hosts = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    if (at and not user) or parts.path.strip("/") or not hosts:
        raise ConfigError(f"{shown}: names no broker; it should look like {_EXAMPLE}")
    query = _Query(shown, given)
    secret = query.file("password_file")
    address = KafkaAddress(
        servers=tuple(_server(shown, host) for host in hosts.split(",")),
        user=unquote(user),
        password=unquote(password) if secret is None else _first_line(shown, secret),
        mechanism=query.one_of("mechanism", _MECHANISMS),
        tls=query.one_of("tls", ("false", "true")) == "true",
        ca=query.file("ca"),
        certificate=query.file("certificate"),
        key=query.file("key"),
        prefix=query.text("prefix"),
        instance=query.text("instance"),
        session_s=query.number("session_s", 45.0),
        replication=int(query.number("replication", -1)),
    )
    query.require_all_read()
    return address


class _Query:
    def __init__(self, shown: str, given: dict[str, str]) -> None:
        self._shown = shown
        self._left = given

    def text(self, name: str, default: str = "") -> str:
        return self._left.pop(name, default)

    def one_of(self, name: str, values: tuple[str, ...]) -> str:
        value = self.text(name, values[0])
        if value not in values:
            raise ConfigError(f"{self._shown}: {name} should be one of {', '.join(values)}")
        return value

    def number(self, name: str, default: float) -> float:
        text = self.text(name, str(default))
        try:
            return float(text)
        except ValueError:
            raise ConfigError(f"{self._shown}: {name} should be a number") from None

    def file(self, name: str) -> Path | None:
        text = self.text(name)
        if not text:
            return None
        if not Path(text).is_file():
            raise ConfigError(f"{self._shown}: {name} names no file: {text}")
        return Path(text)

    def require_all_read(self) -> None:
        for name in self._left:
            raise ConfigError(f"{self._shown}: there is no {name}; docs/kafka.md lists what an address may say")


def _server(shown: str, text: str) -> str:
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        host, port = text, str(_DEFAULT_PORT)
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ConfigError(f"{shown}: {text!r} should be a host and a port, such as broker-1:9092")
    return f"{host}:{port}"


def _first_line(shown: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").partition("\n")[0].strip()
    except OSError as error:
        raise ConfigError(f"{shown}: password_file {path} cannot be read ({error.strerror})") from error
