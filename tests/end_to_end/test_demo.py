"""The demonstration as it ships, `make demo`: everybody who comes is counted once, and nobody twice."""

from pathlib import Path

from footfall_process import footfall


def test_the_demonstration_counts_each_visit_and_each_visitor_of_its_truth(tmp_path: Path) -> None:
    summary = footfall("demo", "--out", tmp_path, "--json", within_s=600).json

    assert summary["truth"] == {"pv": 60, "uv": 30}
    assert summary["measured"] == summary["truth"]
    assert (summary["pair_precision"], summary["pair_recall"], summary["false_mints"]) == (1.0, 1.0, 0)
    assert (tmp_path / "report.html").stat().st_size > 0
