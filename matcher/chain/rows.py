"""Whose each template of the chain is, in some forty bytes for each."""

from collections.abc import Sequence
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from matcher.chain.columns import roomy
from matcher.chain.row_index import RowIndex, Rows
from matcher.gallery import Ids
from matcher.id_index import Keys, folded, folded_rows
from schemas.errors import InputError

_ID = np.dtype("V16")
_NONE = np.zeros((), _ID)


class TemplateRows:
    """Templates by row: template id (folded), FaceId, and a stamp that counts up with each template added.

    A row without a template has the stamp 0. Rows of templates that are gone wait until they are ``released``, then
    they are used again. One thread may change this, whatever others read of ``faces`` and ``stamps``.
    """

    def __init__(self, room: int) -> None:
        """Have room for so many rows."""
        self.faces: Ids = roomy(room, _ID)
        self.stamps: NDArray[np.uint32] = roomy(room, np.uint32)
        self.next_stamp = 1
        self.used = 0  # rows that were ever used
        self.gone: list[int] = []  # rows whose templates are gone
        self.face_count = 0
        self._templates: Keys = roomy(room, np.uint64)
        self._free: list[Rows] = []
        self._free_count = 0
        self._by_template = RowIndex(lambda rows: self._templates[rows])
        self._by_face = RowIndex(lambda rows: folded_rows(self.faces[rows]))

    def __len__(self) -> int:
        """Return the number of templates."""
        return self.used - len(self.gone) - self._free_count

    def find(self, template_ids: Ids) -> Rows:
        """Return the row of each template, (n,), -1 for those that are not there."""
        return self._by_template.first(folded_rows(template_ids))

    def take(self, count: int) -> Rows:
        """Return rows for so many new templates. Raises InputError when there is no room."""
        free = np.concatenate([np.empty(0, np.int64), *self._free])
        taken, left = free[:count], free[count:]
        fresh = np.arange(self.used, self.used + count - len(taken))
        if len(fresh) and fresh[-1] >= len(self.stamps):
            raise InputError(
                f"the gallery has room for {len(self.stamps):,} templates and is full; erase visitors who have not "
                "been seen for long, or put a vector engine behind it (docs/gallery.md)"
            )
        self._free, self._free_count = [left] if len(left) else [], len(left)
        self.used += len(fresh)
        return np.concatenate([taken, fresh])

    def fill(self, rows: Rows, template_ids: Ids, faces: Ids) -> NDArray[np.uint32]:
        """Put templates that are not there yet into rows that were taken; return their stamps, (n,)."""
        templates = folded_rows(template_ids)
        self._templates[rows] = templates
        self._own(rows, faces)
        self._by_template.put(templates, rows)
        stamps = np.arange(self.next_stamp, self.next_stamp + len(rows)).astype(np.uint32)
        self.stamps[rows] = stamps
        self.next_stamp += len(rows)
        return stamps

    def give(self, row: int, face_id: UUID) -> None:
        """Say whose a template is from now on."""
        self._disown(row)
        self._own(np.array([row]), id_bytes([face_id]))

    def remove(self, row: int) -> None:
        """Take a template out of its row."""
        self._by_template.discard(int(self._templates[row]), row)
        self.stamps[row] = 0
        self._disown(row)
        self.faces[row] = _NONE
        self._templates[row] = 0
        self.gone.append(row)

    def release(self, rows: Rows) -> None:
        """Use rows again whose templates are gone, and of which nothing is searched any more."""
        self.gone = np.setdiff1d(np.array(self.gone, np.int64), rows, assume_unique=True).tolist()
        self._free.append(rows)
        self._free_count += len(rows)

    def of_face(self, face_id: UUID) -> Rows:
        """Return the rows of a FaceId in the order of their adding."""
        rows = self._by_face.all(folded(face_id))
        return rows[np.argsort(self.stamps[rows], kind="stable")]

    def columns(self) -> tuple[Keys, Ids, NDArray[np.uint32]]:
        """Return template keys, FaceIds and stamps of the rows used, not copied."""
        return self._templates[: self.used], self.faces[: self.used], self.stamps[: self.used]

    def restore(self, templates: Keys, faces: Ids, stamps: NDArray[np.uint32]) -> None:
        """Fill rows that were never used with columns, (n,), as ``columns`` gave them."""
        self.used = len(stamps)
        self._templates[: self.used], self.faces[: self.used] = templates, faces
        held = np.flatnonzero(stamps)
        # Counted anew from 1: stamps have 32 bits.
        self.stamps[held[np.argsort(stamps[held], kind="stable")]] = np.arange(1, len(held) + 1, dtype=np.uint32)
        self.next_stamp = len(held) + 1
        self._free = [np.flatnonzero(stamps == 0)]
        self._free_count = len(self._free[0])
        keys = folded_rows(faces[held])
        self.face_count = len(np.unique(keys))
        self._by_template.put(templates[held], held)
        self._by_face.put(keys, held)

    def _own(self, rows: Rows, faces: Ids) -> None:
        keys = folded_rows(faces)
        new = keys[self._by_face.first(keys) < 0]
        self.face_count += len(np.unique(new)) if len(new) > 1 else len(new)
        self.faces[rows] = faces
        self._by_face.put(keys, rows)

    def _disown(self, row: int) -> None:
        key = folded_rows(self.faces[row : row + 1])
        self._by_face.discard(int(key[0]), row)
        self.face_count -= int(self._by_face.first(key)[0] < 0)


def id_bytes(ids: Sequence[UUID]) -> Ids:
    """Return ids in 16 bytes each, (n,)."""
    return np.frombuffer(b"".join([one.bytes for one in ids]), _ID)
