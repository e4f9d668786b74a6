"""What a matcher knows of the log, as a file from which it starts at once.

A snapshot is a cache of the log up to the offsets that stand in it: whatever is wrong with it, it is refused, and the
log is read from its beginning. Layout: eight bytes that name the format, the length of a header and the header (JSON),
the arrays that it describes, and the SHA-256 of all that.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from matcher.id_index import Keys, Values
from matcher.template_table import FLOAT, ROW, Columns
from schemas.codec import decode, encode
from schemas.errors import InvalidRecord
from schemas.ledger import NOTHING_SAID, Ledger
from schemas.messages import IdentityEvent

_FORMAT = b"FFMATCH1"
_LENGTH_BYTES = 4
_DIGEST_BYTES = 32
_READ_AT_ONCE = 8_000_000


class SnapshotRefused(Exception):
    """A snapshot cannot be used; the message says why. What is in it is in the log."""


class SnapshotOfOtherModel(SnapshotRefused):
    """It can be, but by the model that it was taken with: nothing is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Settled:
    """The crop events of one partition whose sightings are in the log: folded ids and offsets.

    All up to ``offset`` are there. From there on the sightings are to be read: what lies before tells nothing of who is
    in a store.
    """

    offset: int
    keys: Keys
    values: Values


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Snapshot:
    """Templates up to ``templates_at`` (offset by partition), settled events by partition, and when that was read.

    ``ledger`` is the identity ledger up to ``identity_at``.
    """

    model_id: str
    taken_at: datetime
    templates: Columns
    templates_at: Mapping[int, int] = field(default_factory=dict)
    settled: Mapping[int, Settled] = field(default_factory=dict)
    ledger: Ledger = NOTHING_SAID
    identity_at: Mapping[int, int] = field(default_factory=dict)


def empty_snapshot(model_id: str, dim: int, taken_at: datetime) -> Snapshot:
    """Return the snapshot of nothing at all."""
    templates = Columns(rows=np.empty(0, ROW), embeddings=np.empty((0, dim), FLOAT), stores=())
    return Snapshot(model_id=model_id, taken_at=taken_at, templates=templates)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frozen:
    """What goes into a snapshot: as ``Snapshot``, the templates in blocks, among whose rows some are not kept."""

    model_id: str
    dim: int
    taken_at: datetime
    rows: list[NDArray[Any]]
    embeddings: list[NDArray[np.float32]]
    stores: tuple[str, ...]
    templates_at: Mapping[int, int]
    settled: Mapping[int, Settled]
    ledger: Ledger
    identity_at: Mapping[int, int]

    def pieces(self) -> Iterator[bytes | memoryview]:
        """Yield the bytes of the file, piece by piece."""
        digest = hashlib.sha256()
        pieces: Iterator[bytes | memoryview] = chain([self._head()], map(_bytes_of, self._arrays()))
        for piece in pieces:
            digest.update(piece)
            yield piece
        yield digest.digest()

    def _head(self) -> bytes:
        header = json.dumps(
            {
                "model_id": self.model_id,
                "dim": self.dim,
                "taken_at": self.taken_at.isoformat(),
                "stores": self.stores,
                "templates": sum(int(rows["kept"].sum()) for rows in self.rows),
                "templates_at": list(self.templates_at.items()),
                "settled": [(number, settled.offset, len(settled.keys)) for number, settled in self.settled.items()],
                "identity_at": list(self.identity_at.items()),
                "entries": [encode(entry).hex() for entry in self.ledger.entries],
            }
        ).encode()
        return _FORMAT + len(header).to_bytes(_LENGTH_BYTES, "little") + header

    def _arrays(self) -> Iterable[NDArray[Any]]:
        for rows in self.rows:
            yield rows[rows["kept"]]
        for rows, embeddings in zip(self.rows, self.embeddings, strict=True):
            yield embeddings[: len(rows)] if rows["kept"].all() else embeddings[: len(rows)][rows["kept"]]
        for settled in self.settled.values():
            yield settled.keys
            yield settled.values


def read_snapshot(file: BinaryIO, size: int, *, model_id: str) -> Snapshot:
    """Read a snapshot of ``size`` bytes. Raises SnapshotRefused unless it is whole and of this model."""
    reader = _Reader(file)
    if reader.bytes(len(_FORMAT)) != _FORMAT:
        raise SnapshotRefused("it is no snapshot, or one of another version of the program")
    length = int.from_bytes(reader.bytes(_LENGTH_BYTES), "little")
    left = size - len(_FORMAT) - _LENGTH_BYTES - length - _DIGEST_BYTES
    try:
        header = json.loads(reader.bytes(length)) if left >= 0 else {}
        count, dim = int(header["templates"]), int(header["dim"])
        settled = [(int(number), int(offset), int(events)) for number, offset, events in header["settled"]]
        numbers = [count, dim, *(events for _, _, events in settled)]
        expected = count * (ROW.itemsize + dim * FLOAT.itemsize) + sum(events * 16 for _, _, events in settled)
        if expected != left or min(numbers) < 0:
            raise SnapshotRefused("it is cut short or damaged")
        rows = reader.array(ROW, count)
        embeddings = reader.array(FLOAT, count * dim).reshape(count, dim)
        events_of = {number: (offset, *reader.pair(events)) for number, offset, events in settled}
        whole = reader.is_whole()
        # A snapshot of the program that did not follow the ledger has neither.
        identity_at = dict(header.get("identity_at", []))
        entries = [decode(bytes.fromhex(entry), IdentityEvent) for entry in header.get("entries", [])]
    except (ValueError, KeyError, TypeError, OverflowError, InvalidRecord) as error:
        raise SnapshotRefused("it is cut short or damaged") from error
    if not whole:
        raise SnapshotRefused("it is damaged: its SHA-256 does not fit")
    if header["model_id"] != model_id:
        raise SnapshotOfOtherModel(f"it is of the model {header['model_id']}, not of {model_id}")
    return Snapshot(
        model_id=model_id,
        taken_at=datetime.fromisoformat(header["taken_at"]),
        templates=Columns(rows=rows, embeddings=embeddings, stores=tuple(header["stores"])),
        templates_at=dict(header["templates_at"]),
        settled={
            number: Settled(offset=at, keys=keys, values=values) for number, (at, keys, values) in events_of.items()
        },
        ledger=Ledger(entry for entry in entries if isinstance(entry, IdentityEvent)),
        identity_at=identity_at,
    )


class _Reader:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    def bytes(self, count: int) -> bytes:
        data = self._file.read(count)
        self._digest.update(data)
        return data

    def array(self, kind: np.dtype[Any], count: int) -> NDArray[Any]:
        array = np.empty(count, kind)
        view = _bytes_of(array)
        with ThreadPoolExecutor(1, "snapshot-digest") as beside:  # what was read is hashed while more is read
            for begin in range(0, len(view), _READ_AT_ONCE):
                some = view[begin : begin + _READ_AT_ONCE]
                if self._file.readinto(some) != len(some):  # type: ignore[attr-defined]
                    raise ValueError("cut short")
                beside.submit(self._digest.update, some)
        return array

    def pair(self, count: int) -> tuple[Keys, Values]:
        return self.array(np.dtype(np.uint64), count), self.array(np.dtype(np.int64), count)

    def is_whole(self) -> bool:
        return self._file.read() == self._digest.digest()


def _bytes_of(array: NDArray[Any]) -> memoryview:
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
