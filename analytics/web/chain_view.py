"""What the page of all stores shows, worked out of their report. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from analytics.cameras import SILENCE, camera_states
from analytics.completeness import is_marked
from analytics.presentation.language import _, plural
from analytics.presentation.page import Fact
from analytics.presentation.sparkline import Sparkline, sparkline
from analytics.presentation.wording import change_text, number_text, share_text
from analytics.reports.chain_report import ChainReport
from analytics.reports.comparison import compared
from analytics.reports.metrics import Figures
from analytics.reports.report import Report
from analytics.reports.report_sections import is_known
from analytics.reports.store_sections import change_note
from analytics.reports.uv_words import likely, likely_range, why
from analytics.settings import StoreSettings
from schemas.messages import FILM_ENDED, Coverage, CoverageState


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreRow:
    """One store: its figures in the range, and how its cameras stand now (``kind`` is the look of that)."""

    store_id: str
    href: str
    kind: str
    cameras: str
    line: Sparkline
    line_says: str
    pv: str
    uv: str
    likely: str
    why: str
    change: str
    change_kind: str
    doubt: str
    completeness: str
    marked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CamerasNow:
    """How the cameras of a store stand at this moment: in a few words, its look, and whether somebody has to look."""

    kind: str
    words: str
    need_help: bool


def cameras_now(coverage: Sequence[Coverage], settings: StoreSettings, now: datetime) -> CamerasNow:
    """Return how the cameras stand, from what they said lately."""
    states = camera_states(coverage)
    if not states:
        return CamerasNow(kind="past", words=_("no camera said anything lately"), need_help=False)
    if all(state.reason == FILM_ENDED for state in states):
        return CamerasNow(kind="past", words=_("its films have ended"), need_help=False)
    seeing = [state for state in states if state.state is CoverageState.SEEN and now - state.until <= SILENCE]
    if len(seeing) == len(states):
        words = plural("{count} camera sees", "all {count} cameras see", len(states))
        return CamerasNow(kind="good", words=words, need_help=False)
    if not seeing:
        until = max(state.seen_until or state.since for state in states)
        local = f"{until.astimezone(settings.tz):%H:%M}"
        words = _("no camera sees since {time}", time=local)
        return CamerasNow(kind="bad", words=words, need_help=True)
    words = _("{seeing} of {count} cameras see", seeing=len(seeing), count=len(states))
    return CamerasNow(kind="bad", words=words, need_help=True)


def chain_facts(report: ChainReport) -> tuple[Fact, ...]:
    """Return the four figures of all stores together, each against the range before."""
    figures, comparison = report.figures, report.comparison
    earlier = comparison.figures if comparison is not None and not comparison.refused else None
    marked = is_marked(figures.completeness)
    # Where no camera was watching and nobody was seen, nought is not known either.
    unknown = not figures.completeness and not figures.sightings
    return (
        Fact(
            label=_("Visits (PV)"),
            value=_("gap") if unknown else number_text(figures.pv),
            note=change_note(comparison, "pv"),
            term="PV",
            marked=marked,
        ),
        Fact(
            label=_("Visitors (UV)"),
            value=_("gap") if unknown else number_text(figures.uv),
            note=change_note(comparison, "uv"),
            term="UV",
            marked=marked,
            likely="" if unknown else likely(report),
            why=why(report),
        ),
        Fact(
            label=_("Returning"),
            value=share_text(_returning(figures)),
            note="" if earlier is None else _("before: {share}", share=share_text(_returning(earlier))),
            term="returning",
            marked=marked,
        ),
        Fact(
            label=_("Completeness"),
            value=share_text(figures.completeness),
            note="" if comparison is None else _("before: {share}", share=share_text(comparison.figures.completeness)),
            term="completeness",
            marked=marked,
        ),
    )


def store_rows(report: ChainReport, earlier: ChainReport, cameras: Mapping[str, CamerasNow]) -> list[StoreRow]:
    """Return a row for each store, worst first: cameras in need of help, incomplete counts, the deepest fall."""
    before = {one.settings.store_id: one for one in earlier.stores}
    rows = []
    for one in report.stores:
        store_id = one.settings.store_id
        comparison = compared(one, before[store_id])
        change = comparison.change_percent["pv"]
        row = _row(one, cameras[store_id], change, comparison.doubt)
        worst = (
            not cameras[store_id].need_help,
            one.figures.completeness if row.marked and one.figures.completeness is not None else 1.0,
            change if change is not None else 0.0,
            store_id,
        )
        rows.append((worst, row))
    return [row for _worst, row in sorted(rows, key=lambda item: item[0])]


def _row(one: Report, cameras: CamerasNow, change: float | None, doubt: str) -> StoreRow:
    figures, store_id = one.figures, one.settings.store_id
    by_day: list[float | None] = [row.figures.pv if is_known(row) else None for row in one.rows]
    known = [value for value in by_day if value is not None]
    days = urlencode({"from": one.from_day.isoformat(), "to": one.to_day.isoformat()})
    says = _("no day was watched")
    if known:
        lowest, highest = number_text(min(known)), number_text(max(known))
        says = _("visits a day: {lowest} to {highest}", lowest=lowest, highest=highest)
    return StoreRow(
        store_id=store_id,
        href=f"/stores/{quote(store_id, safe='')}?{days}",
        kind=cameras.kind,
        cameras=cameras.words,
        line=sparkline(by_day),
        line_says=says,
        pv=number_text(figures.pv) if known else _("gap"),
        uv=number_text(figures.uv) if known else _("gap"),
        likely=likely_range(one.uv_estimate) if figures.uv else "",
        why=why(one),
        change=change_text(change),
        change_kind="" if change is None or abs(change) < 1 else "up" if change > 0 else "down",
        doubt=doubt,
        completeness=share_text(figures.completeness),
        marked=is_marked(figures.completeness),
    )


def _returning(figures: Figures) -> float | None:
    return figures.returning_visitors / figures.uv if figures.uv else None
