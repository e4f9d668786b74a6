"""The bench of reports, on few visits."""

from pathlib import Path

import pytest
from sqlalchemy import text

from analytics.records.database import connect, writing
from evaluation.insert_bench import Writers
from evaluation.reports_bench import bench_reports
from schemas.errors import InputError

WRITERS = Writers(number=2, garbage=(1_000, 10, 10))


def nothing(step: str, done: int, total: int) -> None:
    """Show no progress."""


def test_every_figure_is_measured_and_a_database_in_use_is_left_alone(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'visits.sqlite'}"
    told = set()
    figures = bench_reports(
        url, 2_000, 1, reuse=False, writers=WRITERS, on_done=lambda step, done, total: told.add(step)
    )
    times = (figures.store_month_ms, figures.chain_month_uv_ms, figures.page_ms)
    assert figures.rows == 2_000
    assert min(*times, figures.insert_rows_per_s) > 0
    assert told == {"coverage", "visits", "sightings"}
    with pytest.raises(InputError, match="name an empty one"):
        bench_reports(url, 2_000, 1, reuse=False, writers=WRITERS, on_done=nothing)
    again = bench_reports(url, 2_000, 1, reuse=True, writers=WRITERS, on_done=nothing)
    assert again.insert_rows_per_s > 0
    with pytest.raises(InputError, match="as many rows and stores"):
        bench_reports(url, 2_000, 2, reuse=True, writers=WRITERS, on_done=nothing)
    engine = connect(url)
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM coverage WHERE began_at LIKE '2026-06-02%'"))
    engine.dispose()
    with pytest.raises(InputError, match="filled by another version"):
        bench_reports(url, 2_000, 1, reuse=True, writers=WRITERS, on_done=nothing)
