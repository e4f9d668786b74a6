"""Alive is not ready, and both are told to whoever asks."""

import urllib.error
import urllib.request

import pytest
from services import free_port

from footfall.consumer import Turn
from footfall.health import SILENT_AT_MOST_S, Health, told
from footfall.metrics import Meters
from footfall.roles.watch import ConsumerWatch
from schemas.errors import ConfigError


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def page(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_a_role_is_alive_while_it_starts_and_ready_when_its_loop_turns():
    health = Health(Meters())
    assert (health.alive(), health.ready()) == ("", "it is starting")
    health.turned()
    assert (health.alive(), health.ready()) == ("", "")


def test_a_role_that_waits_is_alive_and_not_ready():
    meters = Meters()
    health = Health(meters)
    health.turned("the database is away")
    assert (health.alive(), health.ready()) == ("", "the database is away")
    assert "footfall_ready 0.0" in meters.page().decode()


def test_a_role_whose_loop_stands_still_is_neither():
    clock = Clock()
    health = Health(Meters(), clock_s=clock)
    health.turned()
    clock.now_s += SILENT_AT_MOST_S
    assert health.alive() == ""
    clock.now_s += 1
    assert health.alive() == health.ready() == "no turn of the loop for 301 s"


def test_a_consumer_is_ready_while_it_owns_partitions_and_nothing_fails():
    meters = Meters()
    health = Health(meters)
    watch = ConsumerWatch(meters, health)
    watch(Turn(group="matcher", partitions=0))
    assert health.ready() == "it owns no partition"
    watch(Turn(group="matcher", partitions=12, records=5, dead=1, seconds=0.2, lag=3))
    assert health.ready() == ""
    watch(Turn(group="matcher", partitions=12, failure="the broker is away"))
    assert health.ready() == "the broker is away"
    page = meters.page().decode()
    for line in ("footfall_records_total", "footfall_dead_letters_total", "footfall_retries_total"):
        assert f'{line}{{group="matcher"}}' in page


def test_whoever_asks_is_told():
    meters = Meters()
    health = Health(meters)
    port = free_port()
    with told(health, meters, "127.0.0.1", port):
        assert page(port, "/healthz") == (200, "ok\n")
        assert page(port, "/readyz") == (503, "it is starting\n")
        health.turned()
        assert page(port, "/readyz?verbose") == (200, "ok\n")
        assert "footfall_ready 1.0" in page(port, "/metrics")[1]
        assert page(port, "/")[0] == 404
        with pytest.raises(ConfigError, match="give another --health-port"), told(health, meters, "127.0.0.1", port):
            pass


def test_without_a_port_nobody_is_told():
    with told(Health(Meters()), Meters(), "127.0.0.1", None):
        pass
