"""The bench of the stream runs, on few records, and writes what others read."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from footfall_process import ROOT

FEW = ["--crops", "200", "--faces", "60", "--sightings", "400", "--seconds", "2", "--records", "50"]


@pytest.mark.needs_kafka
@pytest.mark.needs_postgres
@pytest.mark.needs_models
def test_the_bench_measures_a_stream_and_says_whether_the_bars_are_met(kafka_url: str, postgres: str, tmp_path: Path):
    out = tmp_path / "stream.json"
    servers = {"FOOTFALL_TEST_KAFKA": kafka_url, "FOOTFALL_TEST_POSTGRES": postgres}
    done = subprocess.run(
        [sys.executable, "-m", "bench.stream", *FEW, "--out", str(out)],
        cwd=ROOT,
        env={**os.environ, **servers},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(out.read_text())
    assert set(figures) == {
        "matcher_crops_per_s",
        "matcher_faces_per_s",
        "analytics_sightings_per_s",
        "latency_ms",
        "client_ratio",
    }
    assert set(figures["latency_ms"]) == {"p50", "p95"}
    assert set(figures["client_ratio"]) == {"produce", "consume"}
    assert all(figures[name] > 0 for name in figures if name.endswith("_per_s"))
    for bar in ("1,500", "150", "20,000", "300", "1,000"):
        assert f" {bar}   " in done.stdout
