"""Reports as programs read them. The names are kept for good."""

from typing import Any

from analytics.chain_report import ChainReport
from analytics.metrics import Figures
from analytics.report import Report


def report_json(report: Report) -> dict[str, Any]:
    """Return the report as programs read it: days as ISO dates, moments as ISO times in the store's zone."""
    tz = report.settings.tz
    return {
        "store": report.settings.store_id,
        "from": report.from_day.isoformat(),
        "to": report.to_day.isoformat(),
        "zone": report.settings.zone,
        "day_start": report.settings.day_start.isoformat("minutes"),
        "known_since": report.known_since.isoformat(),
        "as_of": None if report.as_of is None else report.as_of.astimezone(tz).isoformat(),
        **figures_json(report.figures),
        "by": [
            {
                "began_at": row.bucket.began_at.astimezone(tz).isoformat(),
                "ended_at": row.bucket.ended_at.astimezone(tz).isoformat(),
                **figures_json(row.figures),
            }
            for row in report.rows
        ],
        "visits": [
            {
                "visit_id": str(visit.visit_id),
                "face_id": str(visit.face_id),
                "began_at": visit.began_at.astimezone(tz).isoformat(),
                "ended_at": visit.ended_at.astimezone(tz).isoformat(),
                "sightings": visit.sightings,
            }
            for visit in report.visits
        ],
    }


def chain_report_json(report: ChainReport) -> dict[str, Any]:
    """Return the report of several stores as programs read it: each store in its own zone and business day.

    A stretch under ``by`` has a label, such as 2026-05-04, and no moments: every store comes to it by its own clock.
    """
    return {
        "from": report.from_day.isoformat(),
        "to": report.to_day.isoformat(),
        "known_since": report.known_since.isoformat(),
        "as_of": None if report.as_of is None else report.as_of.isoformat(),
        **figures_json(report.figures),
        "cross_store": report.cross_store,
        "stores": [_store_json(one) for one in report.stores],
        "by": [{"label": row.bucket.label, **figures_json(row.figures)} for row in report.rows],
    }


def _store_json(report: Report) -> dict[str, Any]:
    """Return what a report of several stores says of one of them."""
    return {
        "store": report.settings.store_id,
        "zone": report.settings.zone,
        "day_start": report.settings.day_start.isoformat("minutes"),
        "known_since": report.known_since.isoformat(),
        **figures_json(report.figures),
    }


def figures_json(figures: Figures) -> dict[str, Any]:
    """Return the figures of one stretch under the names that programs know."""
    return {
        "pv": figures.pv,
        "uv": figures.uv,
        "sightings": figures.sightings,
        "new": figures.new_visitors,
        "returning": figures.returning_visitors,
        "seen_once": figures.seen_once,
        "bounces": figures.bounces,
        "median_dwell_s": figures.median_dwell_s,
        "staff_left_out": figures.staff_left_out,
        "completeness": None if figures.completeness is None else round(figures.completeness, 4),
    }
