"""What docs/deployment.md says is there is there."""

import re

import pytest
from compose_file import ROOT, services

from schemas.topics import CROPS

PAGE = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`(deploy/[\w./-]+)`", PAGE))))
def test_a_path_it_names_exists(path: str):
    assert (ROOT / path).exists()


@pytest.mark.parametrize("file", sorted(set(re.findall(r"`([\w-]+\.yaml)`", PAGE))))
def test_a_manifest_it_names_exists(file: str):
    assert (ROOT / "deploy" / "kubernetes" / file).is_file()


def test_it_says_who_passes_the_demonstration_camera():
    told = services()["film"]["command"]
    people, visits = told[told.index("--people") + 1], told[told.index("--visits") + 1]
    assert f"PV {visits} and UV {people}" in PAGE


def test_it_says_how_many_matchers_can_be_of_use():
    assert f"the {CROPS.partitions} partitions" in " ".join(PAGE.split())


def test_it_names_the_ports_that_the_example_publishes():
    ports = [port.split(":")[1] for service in services().values() for port in service.get("ports", [])]
    assert sorted(set(re.findall(r"http://127\.0\.0\.1:(\d+)>", PAGE))) == sorted(ports)
