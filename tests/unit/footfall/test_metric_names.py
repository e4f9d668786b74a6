"""What is measured stands in the documentation, and the page says it in Prometheus's words."""

import re
from pathlib import Path

import pytest

from footfall.metrics import LAG, LATENCY, METRICS, RECORDS, Kind, Meters

DOCS = Path(__file__).resolve().parents[3] / "docs" / "metrics.md"


def test_every_metric_is_documented_with_its_kind_labels_and_meaning_and_no_other():
    rows = re.findall(r"^\| `(footfall_\w+)` \| (\w+)(.*?) \| (.+) \|$", DOCS.read_text(encoding="utf-8"), re.M)
    documented = [(name, kind, tuple(re.findall(r"`(\w+)`", labels)), meaning) for name, kind, labels, meaning in rows]
    assert documented == [(metric.name, metric.kind.value, metric.labels, metric.meaning) for metric in METRICS]


def test_names_say_what_prometheus_expects_of_them():
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    for metric in METRICS:
        assert metric.name.endswith("_total") == (metric.kind is Kind.COUNTER)


def test_the_page_shows_what_was_measured():
    meters = Meters()
    meters.add(RECORDS, 3, group="matcher")
    meters.add(RECORDS, 2, group="matcher")
    meters.set(LAG, 7, group="matcher")
    meters.observe(LATENCY, 0.4, until="visit")
    page = meters.page().decode()
    for line in (
        'footfall_records_total{group="matcher"} 5.0',
        'footfall_lag_records{group="matcher"} 7.0',
        'footfall_latency_seconds_bucket{le="0.5",until="visit"} 1.0',
        'footfall_latency_seconds_bucket{le="0.3",until="visit"} 0.0',
        "process_resident_memory_bytes",
    ):
        assert line in page


def test_the_metrics_of_two_roles_in_one_process_are_apart():
    one, other = Meters(), Meters()
    one.add(RECORDS, group="matcher")
    assert "footfall_records_total{" not in other.page().decode()
    with pytest.raises(ValueError):
        one.add(RECORDS, wrong="label")
