"""Which event log a URL means."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from schemas.errors import ConfigError
from schemas.event_log import EventLog


def local_log_url(path: Path) -> str:
    """Return the URL of a local log in this file."""
    return f"local://{quote(str(path.absolute()))}"


def open_event_log(url: str, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> EventLog:
    """Open the log that a URL names.

    ``local:///path/to/events.db`` is a file, made where it is missing; ``kafka://host:9092`` a cluster, its address as
    in ``footfall.kafka_log.address``. ``now`` stamps what is appended. Raises ConfigError for a URL that names no log
    we know, StorageError where the log cannot be opened.
    """
    parts = urlsplit(url)
    if parts.scheme == "local" and not parts.netloc and parts.path.startswith("/"):
        from footfall.local_log.log import SqliteEventLog

        return SqliteEventLog(Path(unquote(parts.path)), now=now)
    if parts.scheme == "local":
        raise ConfigError(f"{url}: a local log is named by an absolute path, such as local:///srv/footfall/events.db")
    if parts.scheme == "kafka":
        from footfall.kafka_log.address import kafka_address
        from footfall.kafka_log.log import KafkaEventLog

        return KafkaEventLog(kafka_address(url), now=now)
    raise ConfigError(
        f"no event log of the kind {parts.scheme!r} is known here: give local:///path/to/events.db or kafka://host:9092"
    )
