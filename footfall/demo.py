"""The demonstration: a simulated shop door, the real pipeline, and what it found beside the truth."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analytics.presentation.charts import GREY, Series, bar_chart
from analytics.presentation.page import Fact, Section, Table, render_page
from analytics.presentation.wording import duration_text, number_text
from analytics.reports.report import Report, build_report
from analytics.reports.report_range import By
from analytics.reports.report_sections import report_sections
from footfall.cameras import new_cameras, publishing
from footfall.config_loading import load_settings
from footfall.data_dir import DataDir
from footfall.running import run_films
from footfall.scoring import score_data_dir
from footfall.site import open_site
from footfall.wiring import about, sentence, utc_now
from ingest.worker import Progress
from simulator.score import Place, Score
from simulator.simulation import Simulation, simulate
from simulator.truth import Truth

# The simulated camera hangs so that a face grows to nearly a fifth of the picture's height; smaller need no search.
_MIN_FACE_SHARE = 0.18


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstration:
    """What came of it. ``pack`` tells which model pack saw it.

    ``seconds`` is the time of each stage; stages overlap, so "total" is less than their sum.
    """

    truth: Truth
    report: Report
    score: Score
    pack: str
    seconds: Mapping[str, float]
    page: Path


def demonstrate(
    asked: Simulation,
    out: Path,
    *,
    pack: str,
    stop: threading.Event,
    on_simulated: Callable[[float], None],
    on_progress: Callable[[Progress], None],
) -> Demonstration:
    """Simulate a day, run the pipeline on its films, score it, and write ``report.html`` and ``summary.json``.

    What an earlier demonstration left in ``out`` is replaced. Raises StorageError where that cannot be done.
    """
    data_dir = out / "data"
    DataDir(path=data_dir).clear()
    began_s = time.perf_counter()
    truth = simulate(asked, out, progress=on_simulated)
    seconds = {"simulate": time.perf_counter() - began_s}
    cameras = [
        {"name": camera.camera, "url": str(out / camera.file), "start": camera.starts_at} for camera in truth.cameras
    ]
    settings = load_settings(
        None,
        data_dir=data_dir,
        pack=pack,
        store={"id": truth.store},
        camera=cameras,
        ingest={"min_face_px": round(asked.height_px * _MIN_FACE_SHARE)},
    )
    with open_site(settings) as site:
        workers = new_cameras(settings, site.pack, publishing(site.log), stop, on_progress)
        seconds |= run_films(site, workers, stop)
        report = build_report(site.repository, site.repository.settings_of(truth.store), by=By.HOUR, now=utc_now())
        seen_with = about(site.pack)
    found = Demonstration(
        truth=truth,
        report=report,
        score=score_data_dir(truth, data_dir, truth.store),
        pack=seen_with,
        seconds=seconds | {"total": time.perf_counter() - began_s},
        page=out / "report.html",
    )
    found.page.write_text(page_of(found), encoding="utf-8")
    (out / "summary.json").write_text(json.dumps(summary_of(found), indent=2) + "\n", encoding="utf-8")
    return found


def summary_of(found: Demonstration) -> dict[str, Any]:
    """Return what programs read of a demonstration."""
    score = found.score
    return {
        "pack": found.pack,
        "people": score.true_uv,
        "visits": score.true_pv,
        "truth": {"pv": score.true_pv, "uv": score.true_uv},
        "measured": {"pv": score.measured_pv, "uv": score.measured_uv},
        "pair_precision": score.pair_precision,
        "pair_recall": score.pair_recall,
        "false_mints": score.false_mints,
        "sightings": score.sightings,
        "seconds": {stage: round(seconds, 2) for stage, seconds in found.seconds.items()},
        "report": str(found.page),
    }


def page_of(found: Demonstration) -> str:
    """Return the page: truth beside measurement, time per stage, and the report as a manager sees it."""
    return render_page(
        "Footfall demonstration",
        [_truth_section(found), _hours_section(found), *_error_sections(found.score), _time_section(found),
         *report_sections(found.report)],
        lead="Visitors who do not exist, at a simulated shop door, counted by the real pipeline. "
        f"{sentence(found.pack)}",
    )  # fmt: skip


def _truth_section(found: Demonstration) -> Section:
    score = found.score
    pv, uv = score.measured_pv, score.measured_uv
    return Section(
        title=f"{pv} visits by {uv} visitors counted; {score.true_pv} by {score.true_uv} there were",
        facts=(
            Fact(label="Visits (PV)", value=number_text(pv), note=_beside(score.true_pv, score.pv_error)),
            Fact(label="Visitors (UV)", value=number_text(uv), note=_beside(score.true_uv, score.uv_error)),
            Fact(label="Pair precision", value=f"{score.pair_precision:.3f}", note="same FaceId: same person?"),
            Fact(label="Pair recall", value=f"{score.pair_recall:.3f}", note="same person: same FaceId?"),
            Fact(label="False mints", value=number_text(score.false_mints), note="FaceIds too many"),
            Fact(label="Sightings", value=number_text(score.sightings), note=f"{score.assigned} show a true visitor"),
        ),
        wide=True,
    )


def _beside(true: int, error: float) -> str:
    return f"truth {number_text(true)}, error {error:+.1%}"


def _hours_section(found: Demonstration) -> Section:
    rows = [row for row in found.report.rows if row.begun]
    true = [
        sum(row.bucket.began_at <= visit.began_at < row.bucket.ended_at for visit in found.truth.visits) for row in rows
    ]
    known = [index for index, row in enumerate(rows) if true[index] or row.figures.pv]
    first, last = (known[0], known[-1] + 1) if known else (0, len(rows))
    tz = found.report.settings.tz
    labels = [f"{row.bucket.began_at.astimezone(tz):%H:%M}" for row in rows[first:last]]
    measured = [row.figures.pv for row in rows[first:last]]
    return Section(
        title="Do the hours agree with the truth?",
        chart=bar_chart(
            labels,
            [Series(name="counted", values=measured), Series(name="truth", values=true[first:last], color=GREY)],
            unit="visits",
        ),
        table=Table(
            columns=("hour", "counted", "truth"),
            rows=tuple(
                (label, str(one), str(other))
                for label, one, other in zip(labels, measured, true[first:last], strict=True)
            ),
        ),
        wide=True,
    )


def _error_sections(score: Score) -> list[Section]:
    rows = [
        (kind, place.who, place.camera, f"{place.began_at:%H:%M:%S}", f"{place.ended_at:%H:%M:%S}", _box(place))
        for kind, places in (("missed", score.missed_visits), ("false", score.false_visits))
        for place in places
    ]
    if not rows:
        return []
    columns = ("visit", "who", "camera", "from", "to", "face box in px")
    return [
        Section(title="Where it erred", text="To look at in the film.", table=Table(columns=columns, rows=tuple(rows)))
    ]


def _box(place: Place) -> str:
    x, y, width, height = place.box
    return f"{x:.0f}, {y:.0f}, {width:.0f} × {height:.0f}"


def _time_section(found: Demonstration) -> Section:
    stages = {stage: seconds for stage, seconds in found.seconds.items() if stage != "total"}
    return Section(
        title=f"All of it took {duration_text(found.seconds['total'])}",
        text="Stages run side by side, so together they are longer than the whole.",
        chart=bar_chart(
            list(stages), [Series(name="seconds", values=[round(s, 2) for s in stages.values()])], unit="s"
        ),
        table=Table(columns=("stage", "seconds"), rows=tuple((stage, f"{s:.2f}") for stage, s in stages.items())),
        wide=True,
    )
