"""Reports as programs read them. The names are kept for good."""

from typing import Any

from analytics.reports.chain_report import ChainReport
from analytics.reports.heat_map import peak_hour_of
from analytics.reports.metrics import DWELL_FROM_S, Figures
from analytics.reports.report import Report
from analytics.reports.uv_estimate import UvEstimate
from analytics.settings import WEEKDAYS


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
        "uv_estimate": uv_estimate_json(report.uv_estimate),
        **_behaviour_json(report),
        **_comparison_json(report),
        **_conversion_json(report),
        "cameras": _cameras_json(report),
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
        "uv_estimate": uv_estimate_json(report.uv_estimate),
        "cross_store": report.cross_store,
        **_behaviour_json(report),
        **_comparison_json(report),
        **_conversion_json(report),
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
        "uv_estimate": uv_estimate_json(report.uv_estimate),
        **_conversion_json(report),
        "cameras": _cameras_json(report),
    }


def _behaviour_json(report: Report | ChainReport) -> dict[str, Any]:
    """Return what is said of how people visit, over the whole range."""
    figures, peak = report.figures, peak_hour_of(report.heat_map)
    return {
        "visits_per_visitor": _rounded(figures.visits_per_visitor),
        "bounce_share": _rounded(figures.bounce_share),
        "dwell": [
            {"from_s": from_s, "to_s": to_s, "visits": visits}
            for from_s, to_s, visits in zip(DWELL_FROM_S, (*DWELL_FROM_S[1:], None), figures.dwell, strict=True)
        ],
        "peak_hour": None
        if peak is None
        else {
            "hour": peak.hour,
            "mean_pv": _rounded(peak.mean_pv),
            "watched_hours": _rounded(peak.watched_h),
        },
        "heat_map": [
            {
                "weekday": WEEKDAYS[cell.weekday],
                "hour": cell.hour,
                "mean_pv": _rounded(cell.mean_pv),
                "watched_hours": _rounded(cell.watched_h),
                "left_out_hours": _rounded(cell.left_out_h),
            }
            for cell in report.heat_map
        ],
        "cohorts": [
            {
                "week": cohort.weeks[0].week,
                "visitors": cohort.visitors,
                "completeness": _rounded(cohort.weeks[0].watched.completeness),
                "later": [
                    {
                        "week": week.week,
                        "after": after,
                        "visitors": week.visitors,
                        "share": _rounded(cohort.share(after)),
                        "completeness": _rounded(week.watched.completeness),
                    }
                    for after, week in enumerate(cohort.weeks[1:], start=1)
                ],
            }
            for cohort in report.cohorts
        ],
    }


def _comparison_json(report: Report | ChainReport) -> dict[str, Any]:
    """Return what is said of the other range; nothing where none was asked for."""
    comparison = report.comparison
    if comparison is None:
        return {}
    told = {
        "from": comparison.from_day.isoformat(),
        "to": comparison.to_day.isoformat(),
        **figures_json(comparison.figures),
        "change_percent": {name: _rounded(change) for name, change in comparison.change_percent.items()},
        "refused": comparison.refused,
        "doubt": comparison.doubt,
    }
    return {"compared_with": told}


def _conversion_json(report: Report | ChainReport) -> dict[str, Any]:
    conversion = report.conversion
    return {
        "transactions": conversion.transactions,
        "conversion": _rounded(conversion.share),
        "conversion_fault": conversion.fault,
    }


def _cameras_json(report: Report) -> list[dict[str, Any]]:
    return [
        {
            "camera": camera.camera_id,
            "tracks": camera.tracks,
            "usable_tracks": camera.usable_tracks,
            "capture_rate": _rounded(camera.capture_rate),
        }
        for camera in report.cameras
    ]


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
        "static_left_out": figures.static_left_out,
        "completeness": _rounded(figures.completeness),
    }


def uv_estimate_json(estimate: UvEstimate) -> dict[str, Any]:
    """Return how many people a UV stands for, under the names that programs know; all null where it cannot be told."""
    return {
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "counted": estimate.bias,
        "trusted": estimate.trusted,
        "doubt": estimate.doubt,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
