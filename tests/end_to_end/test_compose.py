"""docker-compose.yml without containers: every service of ours with its exact command and environment, as a process.

Only hosts, ports and folders are put in the place of those that containers have.
"""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from compose_file import ROLES, ROOT, services
from footfall_process import Ended, Running, footfall
from postgres_server import new_database
from services import KafkaBroker, RtspServer, free_port, require_own_kafka, require_rtsp_server, wait_until

from footfall.exit_codes import ExitCode

pytestmark = [pytest.mark.needs_kafka, pytest.mark.needs_postgres, pytest.mark.needs_rtsp]

_READY_S, _SEEN_S = 90.0, 180.0


class Containers:
    """The services of ours, each with a folder and a health port of its own."""

    def __init__(self, folder: Path, *, kafka_port: int, database: str) -> None:
        self._folder = folder
        self._services = services()
        self.health_ports = {role: free_port() for role in ROLES}
        self.page_port, self.camera_port = free_port(), free_port()
        self._places = {
            "kafka:9092": f"127.0.0.1:{kafka_port}",
            "postgresql://footfall:open-sesame@postgres/footfall": database,
            "camera:8554": f"127.0.0.1:{self.camera_port}",
            "/film": str(folder / "film"),
            "0.0.0.0": "127.0.0.1",
        }

    def run(self, name: str) -> Ended:
        """Run a job to its end."""
        return footfall(*self._command(name), **self._environment(name))

    def start(self, name: str) -> Running:
        """Start what lasts."""
        return Running(*self._command(name), **self._environment(name))

    def has_seen_somebody(self) -> bool:
        """Whether ``docker compose exec analytics footfall report`` says so."""
        ended = footfall("report", "--json", **self._environment("analytics"))
        if ended.code == ExitCode.BAD_INPUT and "nothing was recorded" in ended.sentence:
            return False  # not even that the camera watches
        return bool(ended.json["pv"])

    def is_healthy(self, role: str) -> bool:
        """Run the image's health check as in the role's container."""
        check = [sys.executable, str(ROOT / "deploy/healthcheck.py")]
        return subprocess.run(check, env=os.environ | self._environment(role), capture_output=True).returncode == 0

    def get(self, port: int, path: str) -> str:
        """What a page says."""
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return str(answer.read().decode())

    def is_ready(self, role: str) -> bool:
        """Whether a role does its work."""
        try:
            return self.get(self.health_ports[role], "/readyz") == "ok\n"
        except OSError:
            return False

    def _command(self, name: str) -> list[str]:
        return [self._here(word) for word in self._services[name]["command"]]

    def _environment(self, name: str) -> dict[str, str]:
        told = {key: self._here(value) for key, value in self._services[name].get("environment", {}).items()}
        told["FOOTFALL_DATA_DIR"] = str(self._folder / name)  # the image says /var/lib/footfall
        if "FOOTFALL_HEALTH_PORT" in told:
            told["FOOTFALL_HEALTH_PORT"] = str(self.health_ports[name])
        if "FOOTFALL_WEB_HOST" in told:
            told["FOOTFALL_WEB_PORT"] = str(self.page_port)
        return told

    def _here(self, text: str) -> str:
        for container, place in self._places.items():
            text = text.replace(container, place)
        return text


@pytest.fixture
def own_kafka() -> Iterator[KafkaBroker]:
    """A broker without topics."""
    require_own_kafka()
    with KafkaBroker() as broker:
        yield broker


@pytest.fixture
def containers(own_kafka: KafkaBroker, postgres: str, tmp_path: Path) -> Iterator[Containers]:
    """The services, with an empty log and an empty database in their reach."""
    require_rtsp_server()
    with new_database(postgres) as database:
        yield Containers(tmp_path, kafka_port=own_kafka.port, database=database)


def test_the_services_count_the_visitors_of_the_demonstration(containers: Containers, tmp_path: Path):
    for job in ("topics", "tables", "film"):
        ended = containers.run(job)
        assert ended.code == ExitCode.OK, ended.err
    assert containers.run("topics").err.strip() == "All topics were there"
    with ExitStack() as running:
        running.enter_context(RtspServer(tmp_path / "film" / "door.mp4", port=containers.camera_port))
        roles = {role: running.enter_context(containers.start(role)) for role in ROLES}
        for role in ROLES:
            assert wait_until(lambda role=role: containers.is_ready(role), within_s=_READY_S), roles[role].err
            assert containers.is_healthy(role)
        assert "footfall_ready 1.0" in containers.get(containers.health_ports["matcher"], "/metrics")
        assert wait_until(containers.has_seen_somebody, within_s=_SEEN_S), [one.err for one in roles.values()]
        assert "shop" in containers.get(containers.page_port, "/stores/shop")
        for role in ROLES:
            roles[role].terminate()
        for role in ROLES:
            assert roles[role].end().code == ExitCode.OK, roles[role].err
            assert not containers.is_healthy(role)
