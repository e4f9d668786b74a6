"""A report as a workbook: what it is about, the figures of the range, each stretch, the stores, how people visit."""

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import xlsxwriter

from analytics.completeness import is_marked
from analytics.presentation.harmless import harmless
from analytics.reports.about import about
from analytics.reports.chain_report import ChainReport
from analytics.reports.report import Report
from analytics.reports.report_json import chain_report_json, figures_json, report_json

_WIDTH = 14
_SHARES = {"completeness", "bounce_share", "conversion", "capture_rate", "share"}
_MARKED = {"pv", "uv", "new", "returning", "sightings"}


def render_xlsx(report: Report | ChainReport) -> bytes:
    """Return the workbook. Times are by the clock of each store, as its cells have no zones; the first sheet names it.

    A cell whose figure rests on less than 95 % of the time is hatched, and "marked" says so in words. Single visits are
    left out: JSON has them.
    """
    told = report_json(report) if isinstance(report, Report) else chain_report_json(report)
    file = io.BytesIO()
    # Nothing that is written is computed, and no text is turned into a link or a number.
    with xlsxwriter.Workbook(
        file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    ) as book:
        writer = _Writer(book)
        writer.pairs("About", about(report))
        writer.pairs("Figures", _whole(report, told))
        rows = _rows(report)
        writer.table(f"By {report.by.value}", rows)
        writer.chart(f"By {report.by.value}", rows)
        if isinstance(report, ChainReport):
            writer.table(
                "Stores", [_store(one, as_json) for one, as_json in zip(report.stores, told["stores"], strict=True)]
            )
        writer.table("Hours of the week", told["heat_map"])
        writer.table("Dwell", told["dwell"])
        writer.table("Cohorts", _cohorts(told["cohorts"]))
        writer.table("Cameras", _cameras(report, told))
    return file.getvalue()


class _Writer:
    """Writes sheets; what is hatched, shown as percent or as a time is told by formats made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._head = book.add_format({"bold": True, "bottom": 1})
        self._formats: dict[tuple[str, bool], Any] = {}

    def pairs(self, name: str, values: dict[str, Any]) -> None:
        """Write names and values below each other."""
        sheet = self._book.add_worksheet(name)
        sheet.set_column(0, 0, 22)
        sheet.set_column(1, 1, 80 if name == "About" else _WIDTH)
        marked = is_marked(values.get("completeness")) if name != "About" else False
        for row, (label, value) in enumerate(values.items()):
            sheet.write_string(row, 0, label)
            self._cell(sheet, row, 1, label, value, marked=marked and label in _MARKED)

    def table(self, name: str, rows: Sequence[dict[str, Any]]) -> None:
        """Write rows under their names; nothing where there are none."""
        if not rows:
            return
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, len(rows[0]) - 1, _WIDTH)
        for column, label in enumerate(rows[0]):
            sheet.write_string(0, column, label, self._head)
        for number, row in enumerate(rows, start=1):
            marked = is_marked(row.get("completeness"))
            for column, (label, value) in enumerate(row.items()):
                self._cell(sheet, number, column, label, value, marked=marked and label in _MARKED)

    def chart(self, name: str, rows: Sequence[dict[str, Any]]) -> None:
        """Draw the visits of each stretch beside their rows."""
        columns = list(rows[0])
        drawn = self._book.add_chart({"type": "column"})
        label, pv = columns.index("label"), columns.index("pv")
        drawn.add_series(
            {
                "name": "visits (PV)",
                "categories": [name, 1, label, len(rows), label],
                "values": [name, 1, pv, len(rows), pv],
                "gap": 60,
            }
        )
        drawn.set_legend({"none": True})
        drawn.set_title({"name": "Visits (PV)"})
        drawn.set_size({"width": 900, "height": 320})
        self._book.get_worksheet_by_name(name).insert_chart(1, len(columns) + 1, drawn)

    def _cell(self, sheet: Any, row: int, column: int, label: str, value: Any, *, marked: bool) -> None:
        if value is None:
            sheet.write_blank(row, column, None, self._format("", marked))
        elif isinstance(value, datetime):
            sheet.write_datetime(row, column, value, self._format("yyyy-mm-dd hh:mm", marked))
        elif isinstance(value, bool):
            sheet.write_string(row, column, "yes" if value else "no")
        elif isinstance(value, int | float):
            sheet.write_number(row, column, value, self._format("0.0%" if label in _SHARES else "", marked))
        else:
            sheet.write_string(row, column, harmless(str(value)), self._format("", marked))

    def _format(self, shown: str, marked: bool) -> Any:
        if (shown, marked) not in self._formats:
            properties: dict[str, Any] = {"num_format": shown} if shown else {}
            hatch = {"pattern": 14, "fg_color": "#BBBBBB", "bg_color": "#FFFFFF"} if marked else {}
            self._formats[shown, marked] = self._book.add_format(properties | hatch)
        return self._formats[shown, marked]


def _whole(report: Report | ChainReport, told: dict[str, Any]) -> dict[str, Any]:
    """Return the figures of the whole range."""
    names = [*figures_json(report.figures), "visits_per_visitor", "bounce_share", "cross_store"]
    names += ["transactions", "conversion", "conversion_fault"]
    whole = {name: told[name] for name in names if name in told} | _likely(told)
    return whole | {"marked": is_marked(report.figures.completeness)}


def _likely(told: dict[str, Any]) -> dict[str, Any]:
    """Return what is said of how many people a UV stands for, a cell each."""
    return {f"uv_estimate_{name}": value for name, value in told["uv_estimate"].items()}


def _rows(report: Report | ChainReport) -> list[dict[str, Any]]:
    """Return a row for each stretch of each store, as CSV has them."""
    found = []
    for one in (report,) if isinstance(report, Report) else report.stores:
        for row in one.rows:
            tz = one.settings.tz
            found.append(
                {
                    "store": one.settings.store_id,
                    "label": row.bucket.label,
                    "began_at": row.bucket.began_at.astimezone(tz).replace(tzinfo=None),
                    "ended_at": row.bucket.ended_at.astimezone(tz).replace(tzinfo=None),
                    **figures_json(row.figures),
                    "marked": is_marked(row.figures.completeness),
                }
            )
    return found


def _store(one: Report, told: dict[str, Any]) -> dict[str, Any]:
    plain = {name: value for name, value in told.items() if not isinstance(value, list | dict)}
    return plain | _likely(told) | {"marked": is_marked(one.figures.completeness)}


def _cohorts(cohorts: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"week": cohort["week"], "visitors": cohort["visitors"], "later week": again["week"], "after": again["after"],
         "came again": again["visitors"], "share": again["share"], "completeness": again["completeness"]}
        for cohort in cohorts
        for again in cohort["later"]
    ]  # fmt: skip


def _cameras(report: Report | ChainReport, told: dict[str, Any]) -> list[dict[str, Any]]:
    if isinstance(report, Report):
        return list(told["cameras"])
    return [{"store": store["store"], **camera} for store in told["stores"] for camera in store["cameras"]]
