"""What a report says of how people visit and how well cameras see faces, as sections."""

from itertools import pairwise

from analytics.camera_watch import FaceTracks
from analytics.completeness import is_marked
from analytics.presentation.charts import Series, bar_chart, heat_map
from analytics.presentation.language import _, plural
from analytics.presentation.page import Fact, Section, Table
from analytics.presentation.wording import duration_text, hour_text, mean_text, number_text, share_text, weekday_text
from analytics.reports.chain_report import ChainReport
from analytics.reports.cohort_sections import cohort_sections, cohorts_table
from analytics.reports.heat_map import HeatCell, PeakHour, peak_hour_of
from analytics.reports.metrics import DWELL_FROM_S
from analytics.reports.report import Report


def behaviour_sections(report: Report | ChainReport) -> list[Section]:
    """Return all of these: of a single day without the hours of the week."""
    of_week = [heat_map_section(report)] if report.from_day < report.to_day else []
    return [
        *of_week,
        dwell_section(report),
        cameras_section(report),
        *conversion_sections(report),
        *cohort_sections(report),
    ]


def behaviour_tables(report: Report | ChainReport) -> list[Table]:
    """Return the same as tables."""
    of_week = [heat_map_table(report.heat_map)] if report.from_day < report.to_day else []
    return [*of_week, dwell_table(report), cameras_table(report), cohorts_table(report)]


def heat_map_section(report: Report | ChainReport) -> Section:
    """Return how busy each hour of the week is, over the hours that were watched."""
    cells = report.heat_map
    peak = peak_hour_of(cells)
    if peak is None:
        text = _("No visit was counted in an hour that the cameras saw.")
        return Section(title=_("Which hours are busy?"), text=text, wide=True)
    if isinstance(report, ChainReport):
        title = _("Busiest from {hour}: {visits} visits an hour of a store on average", **_peak_words(peak))
    else:
        title = _("Busiest from {hour}: {visits} visits an hour on average", **_peak_words(peak))
    left_out = sum(cell.left_out_h for cell in cells)
    return Section(
        title=title,
        text=_(
            "Means over watched hours; ×4 stands for four of them. {left_out} of {hours} hours are left out, seen "
            "below 95\u202f%.",
            left_out=number_text(left_out),
            hours=number_text(sum(cell.watched_h for cell in cells) + left_out),
        ),
        chart=heat_map(
            [hour_text(hour) for hour in _hours(cells)],
            _weekdays(),
            [[_mean(cells, weekday, hour) for hour in _hours(cells)] for weekday in range(7)],
            gaps=[(hour_text(one.hour), _weekdays()[one.weekday]) for one in cells if one.mean_pv is None],
            unit=_("visits an hour"),
            name=_("local time, {clock}", clock=report.clock),
        ),
        table=heat_map_table(cells),
        wide=True,
    )


def heat_map_table(cells: tuple[HeatCell, ...]) -> Table:
    """Return the mean visits of each hour of the week, and of how many hours; "gap" where all were left out."""
    by_place = {(cell.weekday, cell.hour): cell for cell in cells}
    hours = _hours(cells)
    return Table(
        columns=(_("Hour"), *_weekdays()),
        rows=tuple(
            (hour_text(hour), *(_cell_text(by_place.get((weekday, hour))) for weekday in range(7))) for hour in hours
        ),
    )


def conversion_sections(report: Report | ChainReport) -> list[Section]:
    """Return how many visits ended at the till, where transactions are known; more than there were is a fault."""
    conversion = report.conversion
    if conversion.share is None and not conversion.fault:
        return []
    share = _("data fault") if conversion.fault else share_text(conversion.share)
    facts = (
        Fact(label=_("Transactions"), value=number_text(conversion.transactions or 0)),
        Fact(label=_("Visits (PV)"), value=number_text(conversion.pv), term="PV"),
        Fact(label=_("Conversion"), value=share, term="conversion", marked=is_marked(report.figures.completeness)),
    )
    return [Section(title=_("How many visits end at the till?"), warning=conversion.fault, facts=facts)]


def dwell_section(report: Report | ChainReport) -> Section:
    """Return how many visits lasted how long, as observed; those seen once apart."""
    figures = report.figures
    observed = figures.pv - figures.seen_once
    title = _("How long do visitors stay?")
    seen_once = plural(
        "{count} more was seen once, so that nobody knows how long it lasted.",
        "{count} more were seen once, so that nobody knows how long they lasted.",
        figures.seen_once,
    )
    if not observed:
        return Section(title=title, text=_("No visit was seen twice. {rest}", rest=seen_once))
    return Section(
        title=title,
        text=plural(
            "{count} visit from first to last sighting. {rest}",
            "{count} visits from first to last sighting. {rest}",
            observed,
            rest=seen_once,
        ),
        chart=bar_chart(
            _dwell_labels(),
            [Series(name=_("visits"), values=figures.dwell)],
            unit=_("visits"),
            across=_("observed dwell"),
        ),
        table=dwell_table(report),
    )


def dwell_table(report: Report | ChainReport) -> Table:
    """Return the dwell distribution, and the visits seen once as its last line."""
    figures = report.figures
    observed = figures.pv - figures.seen_once
    counted = [
        (label, number_text(visits), share_text(visits / observed if observed else None))
        for label, visits in zip(_dwell_labels(), figures.dwell, strict=True)
    ]
    return Table(
        columns=(_("Dwell"), _("Visits"), _("Share")),
        rows=(*counted, (_("seen once"), number_text(figures.seen_once), "–")),
    )


def cameras_section(report: Report | ChainReport) -> Section:
    """Return the face-capture rate of each camera."""
    table = cameras_table(report)
    return Section(
        title=_("Which cameras see faces?"),
        text="" if table.rows else _("No camera reported on this range."),
        table=table if table.rows else None,
    )


def cameras_table(report: Report | ChainReport) -> Table:
    """Return what each camera saw of faces."""
    if isinstance(report, Report):
        return Table(columns=_camera_columns(), rows=tuple(_camera_cells(camera) for camera in report.cameras))
    return Table(
        columns=(_("Store"), *_camera_columns()),
        rows=tuple((one.settings.store_id, *_camera_cells(camera)) for one in report.stores for camera in one.cameras),
    )


def _camera_columns() -> tuple[str, ...]:
    return _("Camera"), _("Face tracks"), _("Usable"), _("Capture rate")


def _camera_cells(camera: FaceTracks) -> tuple[str, ...]:
    tracks, usable = number_text(camera.tracks), number_text(camera.usable_tracks)
    return camera.camera_id, tracks, usable, share_text(camera.capture_rate)


def _peak_words(peak: PeakHour) -> dict[str, str]:
    return {"hour": hour_text(peak.hour), "visits": mean_text(peak.mean_pv)}


def _weekdays() -> list[str]:
    return [weekday_text(weekday, short=True) for weekday in range(7)]


def _hours(cells: tuple[HeatCell, ...]) -> range:
    """Return every hour from the first to the last that is known of."""
    return range(min((cell.hour for cell in cells), default=0), max((cell.hour for cell in cells), default=-1) + 1)


def _mean(cells: tuple[HeatCell, ...], weekday: int, hour: int) -> float | None:
    return next((cell.mean_pv for cell in cells if (cell.weekday, cell.hour) == (weekday, hour)), None)


def _cell_text(cell: HeatCell | None) -> str:
    if cell is None:
        return ""
    return _("gap") if cell.mean_pv is None else f"{mean_text(cell.mean_pv)} ×{cell.watched_h:g}"


def _dwell_labels() -> list[str]:
    ends = [duration_text(one) for one in DWELL_FROM_S]
    between = [f"{first} – {last}" for first, last in pairwise(ends[1:])]
    return [_("under {time}", time=ends[1]), *between, _("{time} and more", time=ends[-1])]
