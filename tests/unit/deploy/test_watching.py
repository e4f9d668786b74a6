"""Dashboard and alerts ask for metrics that exist, and leave none out that an operator needs."""

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml
from compose_file import ROOT

from footfall.metrics import METRICS, Kind

BOARD: dict[str, Any] = json.loads((ROOT / "deploy/grafana/footfall.json").read_text())
ALERTS = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"][0]["rules"]


def questions() -> Iterator[str]:
    for panel in BOARD["panels"]:
        for target in panel["targets"]:
            yield target["expr"]


def series() -> dict[str, set[str]]:
    """The names under which Prometheus knows each metric, and their labels."""
    known = {"process_resident_memory_bytes": set(), "up": set()}
    for metric in METRICS:
        endings = ("_bucket", "_count", "_sum") if metric.kind is Kind.HISTOGRAM else ("",)
        known |= {metric.name + ending: {*metric.labels, "le"} for ending in endings}
    return known


def test_every_question_names_metrics_that_exist():
    for question in (*questions(), *(rule["expr"] for rule in ALERTS)):
        names = re.findall(r"\b(?:footfall|process)_\w+|\bup\b", question)
        assert names, question
        assert set(names) <= set(series()), question


def test_every_question_groups_by_labels_that_its_metric_has():
    for question in questions():
        (name,) = set(re.findall(r"\b(?:footfall|process)_\w+", question))
        for labels in re.findall(r"by \(([^)]*)\)", question):
            asked = {label.strip() for label in labels.split(",")}
            assert asked <= series()[name] | {"job", "instance"}, question


def test_the_dashboard_shows_every_metric():
    shown = " ".join(questions())
    assert [
        metric.name for metric in METRICS if metric.name not in shown and metric.name != "footfall_partitions"
    ] == []


def test_panels_do_not_overlap_and_have_numbers_of_their_own():
    cells = [
        (x, y)
        for panel in BOARD["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))
    assert all(x < 24 for x, _ in cells)
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(BOARD["panels"])


def test_the_dashboard_asks_the_source_that_is_provisioned():
    (source,) = yaml.safe_load((ROOT / "deploy/grafana/provisioning/datasources/prometheus.yml").read_text())[
        "datasources"
    ]
    assert {panel["datasource"]["uid"] for panel in BOARD["panels"]} == {source["uid"]}
