"""The embeddings of shots seen lately: a track is told of several times, and most of its shots each time again."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TypeAlias
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from schemas.messages import FaceCrop, Shot

Row: TypeAlias = NDArray[np.float32]
NumberedShot: TypeAlias = tuple[int, Shot]
"""A shot and its place in its crop event."""
_Key: TypeAlias = tuple[UUID, int]
_REMEMBERED = 4_096


class ShotMemory:
    """Embeds shots, each of a track once, as long as it is among the last 4,096."""

    def __init__(self, embed: Callable[[Sequence[NumberedShot]], Row]) -> None:
        """``embed`` returns a row for each of some shots."""
        self._embed = embed
        self._rows: OrderedDict[_Key, Row] = OrderedDict()

    def embed(self, crops: Sequence[FaceCrop]) -> list[Row]:
        """Return (n, dim) for the n shots of each crop.

        All that is new is embedded in one go. What that raises is raised, and nothing is remembered then.
        """
        keys = [[_key_of(crop, shot) for shot in crop.shots] for crop in crops]
        new: dict[_Key, NumberedShot] = {}
        for crop, of_crop in zip(crops, keys, strict=True):
            for index, key in enumerate(of_crop):
                if key not in self._rows and key not in new:
                    new[key] = index, crop.shots[index]
        rows = dict(zip(new, self._embed(list(new.values())), strict=True)) if new else {}
        found = [np.stack([rows[key] if key in rows else self._rows[key] for key in of_crop]) for of_crop in keys]
        self._rows |= rows
        while len(self._rows) > _REMEMBERED:
            self._rows.popitem(last=False)
        return found


def _key_of(crop: FaceCrop, shot: Shot) -> _Key:
    # Of 64 bits, by a secret of this process: two of the few shots of a track that are alike in it do not come.
    return crop.track_id, hash(shot.jpeg)
