"""What the program tells its operator: lines on standard error, without passwords."""

import json
import logging
import sys
import threading
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal, TextIO

from ingest.addresses import redact

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["text", "json"]

_STANDARD_ATTRIBUTES = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

# What they tell of loading themselves reads like failures.
_TALKATIVE = ("alembic", "faiss")

_log = logging.getLogger(__name__)


def configure_logs(*, level: Level, format: Format, stream: TextIO | None = None) -> None:  # noqa: A002
    """Send every log line of the process to ``stream`` (standard error), replacing what was configured before.

    Credentials of URLs are hidden in messages, arguments, extra fields and tracebacks, also those of uncaught
    exceptions in any thread.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if format == "json" else TextFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for library in _TALKATIVE:
        logging.getLogger(library).setLevel(logging.WARNING)
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda failure: _log.critical(
        "the thread %s ended by a bug",
        failure.thread.name if failure.thread else "?",
        exc_info=(failure.exc_type, failure.exc_value or failure.exc_type(), failure.exc_traceback),
    )


class TextFormatter(logging.Formatter):
    """A line for people: time in UTC, level, logger, message, extra fields; the traceback below."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, redacted."""
        extra = "".join(f" {name}={value}" for name, value in _extra(record).items())
        line = f"{_time(record)} {record.levelname:<7} {record.name}: {record.getMessage()}{extra}"
        trace = _trace(self, record)
        return redact(f"{line}\n{trace}" if trace else line)


class JsonFormatter(logging.Formatter):
    """One JSON object for each line: time, level, logger, message, extra fields, traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the object, each of its texts redacted."""
        entry: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
            **{name: _redacted(value) for name, value in _extra(record).items()},
        }
        if trace := _trace(self, record):
            entry["traceback"] = redact(trace)
        return json.dumps(entry, ensure_ascii=False)


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD_ATTRIBUTES}


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    trace = formatter.formatException(record.exc_info) if record.exc_info and record.exc_info[0] else ""
    return "\n".join(part for part in (trace, record.stack_info) if part)


def _redacted(value: Any) -> Any:
    return value if isinstance(value, (int, float, bool, type(None))) else redact(str(value))


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        _log.critical("ended by a bug", exc_info=(kind, error, trace))
