"""The chaos bench itself, for a few kills: what it takes ten minutes to prove must at least go on being provable."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from services import require_own_kafka, require_toxiproxy

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 400.0


@pytest.mark.needs_kafka
@pytest.mark.needs_postgres
def test_a_chain_that_is_tormented_for_some_seconds_counts_what_an_undisturbed_one_does(tmp_path: Path):
    require_own_kafka()
    require_toxiproxy()
    options = ["--minutes", "0.25", "--kill-every", "1.0", "--seed", "11", "--out", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "bench.chaos", *options], cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["kills"] > 0
    assert summary["accepted"] == summary["stored"] > 0
    assert summary["lost"] == summary["duplicated"] == 0
    assert summary["poison"] == summary["dead_letters"]
    assert summary["equal_to_undisturbed"] is True
    faults = (tmp_path / "faults.log").read_text()
    assert faults.count(" kill_") == summary["kills"]
