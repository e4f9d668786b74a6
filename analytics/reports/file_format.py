"""The formats in which a report can be given as a file."""

from enum import StrEnum


class FileFormat(StrEnum):
    """The formats of files."""

    JSON = "json"
    CSV = "csv"
    HTML = "html"
    XLSX = "xlsx"
    PARQUET = "parquet"
    PDF = "pdf"
