"""What every file says of itself: what it is about, what its figures rest on, and what must not be done with them."""

from analytics.completeness import MARKED_BELOW
from analytics.presentation.wording import share_text
from analytics.reports.chain_report import ChainReport
from analytics.reports.report import Report
from analytics.reports.uv_words import likely

NEVER_ADD_UV = (
    "UV is counted afresh for each range and each set of stores: never add it over hours, days or stores. Ask for the "
    "range, or the stores together, instead."
)
MARKS = f"A figure is marked where the cameras saw less than {share_text(MARKED_BELOW)} of the time they should have."


def about(report: Report | ChainReport) -> dict[str, str]:
    """Return names and values for the head of a file; an unknown value is empty."""
    stores = (report,) if isinstance(report, Report) else report.stores
    completeness = report.figures.completeness
    return {
        "stores": ", ".join(one.settings.store_id for one in stores),
        "from": report.from_day.isoformat(),
        "to": report.to_day.isoformat(),
        "by": report.by.value,
        "zone": ", ".join(dict.fromkeys(one.settings.zone for one in stores)),
        "day_start": ", ".join(dict.fromkeys(one.settings.day_start.isoformat("minutes") for one in stores)),
        "known_since": report.known_since.isoformat(),
        "as_of": "" if report.as_of is None else report.as_of.isoformat(),
        "is_over": "yes" if report.is_over else "no",
        "completeness": "" if completeness is None else f"{completeness:.4f}",
        "marks": MARKS,
        "uv": NEVER_ADD_UV,
        "uv_likely": likely(report),
    }
