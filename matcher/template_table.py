"""The templates of the whole chain, in little more memory than their embeddings take."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from matcher.gallery import uuids
from matcher.id_index import IdIndex, folded, folded_rows
from schemas.ids import migrated_template_id
from schemas.messages import Template

# Embeddings stay the float32 they were in the log: of float16 a search would give other distances.
FLOAT = np.dtype("<f4")
FROM_NO_CROP = -1
"""Partition and offset of the crop record of a template that comes from none: one that was enrolled."""
ROW = np.dtype(
    [
        ("template_id", "V16"),
        ("face_id", "V16"),
        ("event_id", "V16"),
        ("captured_at_us", "<i8"),
        ("source_offset", "<i8"),
        ("source_partition", "<i4"),
        ("store", "<i4"),
        ("quality", "<f4"),
        ("enrolled", "?"),
        ("kept", "?"),
    ]
)
_BLOCK = 16_384
_EPOCH = datetime.fromtimestamp(0, tz=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Columns:
    """Templates as arrays: ``rows``, (n,) of ROW; ``embeddings``, (n, dim) float32; the stores that rows number."""

    rows: NDArray[Any]
    embeddings: NDArray[np.float32]
    stores: tuple[str, ...]

    def ids(self, column: str) -> list[UUID]:
        """Return a column of ids."""
        return uuids(self.rows[column])


def where(rows: NDArray[np.bool_]) -> slice | NDArray[np.bool_]:
    """Return what takes these rows of an array: a slice where it is all of them, so that nothing is copied."""
    return slice(None) if rows.all() else rows


class TemplateTable:
    """Templates of one model in the order in which they were put, found by id, by store and by where they came from.

    Not safe to use from two threads at once.
    """

    def __init__(self, model_id: str, columns: Columns) -> None:
        """Begin with templates that are all kept, none twice. ``columns.embeddings`` gives the dimension."""
        self._model_id = model_id
        self._dim = columns.embeddings.shape[1]
        self._stores = list(columns.stores)
        self._numbers = {store_id: number for number, store_id in enumerate(columns.stores)}
        self._rows: list[NDArray[Any]] = []
        self._embeddings: list[NDArray[np.float32]] = []
        self._counts = Counter(columns.rows["store"].tolist())
        self._used = len(columns.rows)
        self._free: list[int] = []
        self._index = IdIndex(folded_rows(columns.rows["template_id"]))
        for begin in range(0, self._used, _BLOCK):
            self._grow(columns.rows[begin : begin + _BLOCK], columns.embeddings[begin : begin + _BLOCK])

    def __len__(self) -> int:
        """Return the number of templates."""
        return self._used - len(self._free)

    def put(self, template: Template) -> None:
        """Add a template of this table's model; one that is there already under its id is replaced."""
        key = folded(template.template_id)
        place = self._index.get(key)
        if place is None:
            place = self._free.pop() if self._free else self._next()
            self._index.put(key, place)
        else:
            self._counts[self._store_at(place)] -= 1
        block, row = divmod(place, _BLOCK)
        store = self._number_of(template.store_id)
        self._counts[store] += 1
        self._rows[block][row] = (
            template.template_id.bytes,
            template.face_id.bytes,
            template.event_id.bytes,
            (template.captured_at - _EPOCH) // _MICROSECOND,
            template.source_offset,
            template.source_partition,
            store,
            template.quality,
            template.enrolled,
            True,
        )
        self._embeddings[block][row] = np.frombuffer(template.embedding, dtype=FLOAT)

    def remove(self, template_id: UUID) -> str | None:
        """Take a template out, leaving nothing of it in memory, and return its store; None where it is not there."""
        key = folded(template_id)
        place = self._index.get(key)
        if place is None:
            return None
        number = self._store_at(place)
        self._counts[number] -= 1
        block, row = divmod(place, _BLOCK)
        self._rows[block][row] = np.zeros((), ROW)
        self._embeddings[block][row] = 0.0
        self._index.discard(key)
        self._free.append(place)
        return self._stores[number]

    def holds_migrated(self) -> bool:
        """Return whether any template was made for this model of what another had learnt."""
        return any(
            template_id == migrated_template_id(event_id, self._model_id)
            for columns in self.by_block()
            for template_id, event_id in zip(columns.ids("template_id"), columns.ids("event_id"), strict=True)
        )

    def store_of(self, template_id: UUID) -> str | None:
        """Return the store of a template; None where it is not there."""
        place = self._index.get(folded(template_id))
        return None if place is None else self._stores[self._store_at(place)]

    def count_elsewhere(self, store_id: str) -> int:
        """Return how many templates are not of a store."""
        return len(self) - self._counts[self._numbers.get(store_id, -1)]

    def of_store(self, store_id: str) -> Columns:
        """Return the templates of a store, oldest first."""
        number = self._numbers.get(store_id, -1)
        return self._selected([rows["store"] == number for rows in self._used_rows()])

    def concerned(self, face_ids: Iterable[UUID], event_ids: Iterable[UUID]) -> Columns:
        """Return the templates that were taken for some FaceIds, or given by some events, oldest first."""
        faces, events = (np.array([folded(one) for one in some], np.uint64) for some in (face_ids, event_ids))
        return self._selected(
            [
                np.isin(folded_rows(rows["face_id"]), faces) | np.isin(folded_rows(rows["event_id"]), events)
                for rows in self._used_rows()
            ]
        )

    def since(self, partition: int, offset: int) -> list[Template]:
        """Return the templates taken from crops of a partition at or behind an offset, oldest first."""
        columns = self._selected(
            [(rows["source_partition"] == partition) & (rows["source_offset"] >= offset) for rows in self._used_rows()]
        )
        ids = zip(columns.ids("template_id"), columns.ids("face_id"), columns.ids("event_id"), strict=True)
        return [
            Template(
                template_id=template_id,
                face_id=face_id,
                store_id=self._stores[row["store"]],
                model_id=self._model_id,
                embedding=embedding.tobytes(),
                quality=float(row["quality"]),
                captured_at=_EPOCH + int(row["captured_at_us"]) * _MICROSECOND,
                event_id=event_id,
                source_partition=int(row["source_partition"]),
                source_offset=int(row["source_offset"]),
                enrolled=bool(row["enrolled"]),
            )
            for (template_id, face_id, event_id), row, embedding in zip(
                ids, columns.rows, columns.embeddings, strict=True
            )
        ]

    def by_block(self) -> Iterator[Columns]:
        """Yield all templates, some thousands at a time; not copied where none of them was removed."""
        for rows, embeddings in zip(self._used_rows(), self._embeddings, strict=False):
            kept = where(rows["kept"])
            yield Columns(rows=rows[kept], embeddings=embeddings[: len(rows)][kept], stores=tuple(self._stores))

    def blocks(self) -> tuple[list[NDArray[Any]], list[NDArray[np.float32]], tuple[str, ...]]:
        """Return rows, a copy, and embeddings, not a copy, block by block, and the stores. Rows not ``kept`` are none.

        An embedding may change afterwards; never does a block move or end.
        """
        rows = [rows.copy() for rows in self._used_rows()]
        return rows, self._embeddings[: len(rows)], tuple(self._stores)

    def _store_at(self, place: int) -> int:
        block, row = divmod(place, _BLOCK)
        return int(self._rows[block][row]["store"])

    def _used_rows(self) -> Iterator[NDArray[Any]]:
        for number, rows in enumerate(self._rows):
            if number * _BLOCK < self._used:
                yield rows[: self._used - number * _BLOCK]

    def _selected(self, masks: Sequence[NDArray[np.bool_]]) -> Columns:
        found = [
            (rows[chosen], embeddings[: len(rows)][chosen])
            for rows, embeddings, mask in zip(self._used_rows(), self._embeddings, masks, strict=False)
            if (chosen := np.flatnonzero(mask & rows["kept"])).size
        ]
        rows = np.concatenate([np.empty(0, ROW), *(rows for rows, _ in found)])
        embeddings = np.concatenate([np.empty((0, self._dim), FLOAT), *(embeddings for _, embeddings in found)])
        order = np.argsort(rows["captured_at_us"], kind="stable")
        return Columns(rows=rows[order], embeddings=embeddings[order], stores=tuple(self._stores))

    def _next(self) -> int:
        if self._used == len(self._rows) * _BLOCK:
            self._grow(np.empty(0, ROW), np.empty((0, self._dim), FLOAT))
        self._used += 1
        return self._used - 1

    def _grow(self, rows: NDArray[Any], embeddings: NDArray[np.float32]) -> None:
        if len(rows) < _BLOCK:
            rows = np.concatenate([rows, np.zeros(_BLOCK - len(rows), ROW)])
            embeddings = np.concatenate([embeddings, np.zeros((_BLOCK - len(embeddings), self._dim), FLOAT)])
        self._rows.append(rows)
        self._embeddings.append(embeddings)

    def _number_of(self, store_id: str) -> int:
        number = self._numbers.setdefault(store_id, len(self._stores))
        if number == len(self._stores):
            self._stores.append(store_id)
        return number
