"""What docker-compose.yml promises, read from the file."""

import re
import tomllib

import pytest
import yaml
from compose_file import OURS, ROLES, ROOT, compose_text, example, services, variables
from services.kafka import KAFKA_VERSION

from footfall.config_loading import settings_list

NAMES = sorted(services())
# Told to compose itself, or only wanted by whoever builds on another base.
_NOT_ASKED, _NOT_SHOWN = {"COMPOSE_PROFILES"}, {"BASE", "CAMERA_BASE"}


@pytest.mark.parametrize("name", NAMES)
def test_a_service_is_confined(name: str):
    service = services()[name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["tmpfs"] == ["/tmp"]
    assert service["mem_limit"]
    assert service["restart"] in ("unless-stopped", "on-failure")
    assert service["logging"]["options"]["max-size"]


@pytest.mark.parametrize("name", NAMES)
def test_ports_are_published_on_this_machine_alone(name: str):
    for port in services()[name].get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_service_waits_for_is_there_and_can_be_waited_for(name: str):
    waits = services()[name].get("depends_on", {})
    for other, wanted in waits.items() if isinstance(waits, dict) else ():
        if wanted["condition"] == "service_completed_successfully":
            assert services()[other]["restart"] == "on-failure"
        else:
            assert "test" in services()[other]["healthcheck"]


@pytest.mark.parametrize("name", OURS)
def test_every_variable_of_ours_is_a_setting(name: str):
    known = {setting.environment for setting in settings_list()}
    assert set(services()[name].get("environment", {})) <= known


def test_the_example_shows_every_variable_and_no_other():
    assert variables() - _NOT_SHOWN == set(example()) - _NOT_ASKED


def test_passwords_must_be_given():
    for name in ("POSTGRES_PASSWORD", "GRAFANA_PASSWORD"):
        assert example()[name] == ""
        assert f"${{{name}:?" in compose_text()


def test_only_the_network_without_a_way_out_reaches_log_and_database():
    networks = yaml.safe_load(compose_text())["networks"]
    assert networks["inside"]["internal"]
    for name in ("kafka", "postgres", "matcher", "camera", "topics", "tables", "film"):
        assert services()[name]["networks"] == ["inside"]


def test_versions_are_those_of_the_program_and_of_the_tests():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    found = services()
    assert {found[name]["image"] for name in OURS} == {f"footfall:{version}"}
    assert found["camera"]["image"] == f"footfall-camera:{version}"
    assert found["kafka"]["image"] == f"apache/kafka:{KAFKA_VERSION}"


def test_prometheus_asks_every_role_where_it_tells():
    jobs = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())["scrape_configs"]
    assert [job["job_name"] for job in jobs] == list(ROLES)
    for job in jobs:
        (where,) = job["dns_sd_configs"]
        assert where["names"] == [job["job_name"]]
        assert str(where["port"]) == services()[job["job_name"]]["environment"]["FOOTFALL_HEALTH_PORT"]


def test_the_image_is_built_from_every_package_and_from_nothing_else():
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line.startswith("!")}
    needed = {"LICENSE", "NOTICE", "README.md", "pyproject.toml", "locks", "deploy/healthcheck.py"}
    assert sent == {package.partition(".")[0] for package in packages} | needed
