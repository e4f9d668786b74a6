"""The file in which a matcher keeps what it knows."""

import logging
import os
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

from footfall.fail_points import fail_point
from matcher.gallery import Gallery, Known
from matcher.snapshot import Snapshot, SnapshotOfOtherModel, SnapshotRefused, empty_snapshot, read_snapshot
from matcher.state import TRAVEL, MatcherState, refuse_old
from schemas.errors import StorageError
from schemas.event_log import EventLog

SNAPSHOT_FILE = "matcher.snapshot"
CHAIN_FILE = "chain.lists"  # footfall/chain_file.py

_log = logging.getLogger(__name__)


def open_state(
    file: Path,
    log: EventLog,
    *,
    group: str,
    model_id: str,
    dim: int,
    new_gallery: Callable[[int], Gallery],
    new_chain: Callable[[int, Iterable[Known]], Gallery] | None = None,
    travel: timedelta = TRAVEL,
    now: datetime,
) -> MatcherState:
    """Return a matcher's state from its snapshot; where there is none that can be used, that of the log's beginning."""

    def state_of(snapshot: Snapshot) -> MatcherState:
        return MatcherState(
            log=log, group=group, snapshot=snapshot, new_gallery=new_gallery, new_chain=new_chain, travel=travel
        )

    try:
        snapshot = _load(file, model_id=model_id)
        if snapshot is not None:
            refuse_old(snapshot, now)
            return state_of(snapshot)
    except SnapshotOfOtherModel as refused:
        _log.warning("%s is not used, and kept until the next is written: %s", file, refused)
    except SnapshotRefused as refused:
        _log.warning("%s is not used and removed: %s. What was in it is read from the log", file, refused)
        file.unlink(missing_ok=True)
    return state_of(empty_snapshot(model_id, dim, now))


def write_atomically(file: Path, pieces: Iterable[bytes | memoryview]) -> None:
    """Write a file that is there wholly or as it was, whenever the process or the machine dies; readable by us alone.

    Raises StorageError.
    """
    temporary = file.with_name(f"{file.name}.new")
    try:
        # Removed first: what a former process left may belong to others, or may be read by them.
        temporary.unlink(missing_ok=True)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
            for piece in pieces:
                written.write(piece)
                fail_point("snapshot-begun")
            written.flush()
            fail_point("snapshot-written")
            os.fsync(written.fileno())
        fail_point("snapshot-synced")
        temporary.replace(file)
        fail_point("snapshot-renamed")
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise StorageError(f"{file} cannot be written ({error.strerror}): what it held before is kept") from error


def _load(file: Path, *, model_id: str) -> Snapshot | None:
    try:
        with file.open("rb") as opened:
            return read_snapshot(opened, os.fstat(opened.fileno()).st_size, model_id=model_id)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SnapshotRefused(f"it cannot be read ({error.strerror})") from error
