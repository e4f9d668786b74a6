"""A report as Parquet: a row for each stretch of each store, typed, what it is about in the file's metadata."""

import io
from datetime import UTC
from typing import Any

from analytics.completeness import is_marked
from analytics.reports.about import about
from analytics.reports.chain_report import ChainReport
from analytics.reports.report import Report
from analytics.reports.report_json import figures_json
from schemas.errors import InputError

_FRACTIONS = ("median_dwell_s", "completeness")


def render_parquet(report: Report | ChainReport) -> bytes:
    """Return the rows; moments are UTC, ``zone`` says by whose clock they were cut. UV must never be added.

    Raises InputError where the library is not installed: it is an extra.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise InputError("Parquet needs a library that is not installed: pip install 'footfall[parquet]'") from error
    names = list(figures_json(report.figures))
    moment = pa.timestamp("us", tz="UTC")
    schema = pa.schema(
        [
            ("store", pa.string()),
            ("zone", pa.string()),
            ("label", pa.string()),
            ("business_day", pa.date32()),
            ("began_at", moment),
            ("ended_at", moment),
            *((name, pa.float64() if name in _FRACTIONS else pa.int64()) for name in names),
            ("marked", pa.bool_()),
        ],
        metadata={f"footfall.{name}": value for name, value in about(report).items()},
    )
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(_rows(report), schema=schema), file, compression="zstd")
    return file.getvalue()


def _rows(report: Report | ChainReport) -> list[dict[str, Any]]:
    return [
        {
            "store": one.settings.store_id,
            "zone": one.settings.zone,
            "label": row.bucket.label,
            "business_day": row.bucket.day,
            "began_at": row.bucket.began_at.astimezone(UTC),
            "ended_at": row.bucket.ended_at.astimezone(UTC),
            **figures_json(row.figures),
            "marked": is_marked(row.figures.completeness),
        }
        for one in ((report,) if isinstance(report, Report) else report.stores)
        for row in one.rows
    ]
