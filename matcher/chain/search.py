"""The search of the chain's gallery: candidates from every part of a view, measured, and the nearest FaceIds."""

from dataclasses import dataclass
from uuid import UUID

import numpy as np

from matcher.chain.codes import Codes, TemplateCodes
from matcher.chain.index import Block, Lists, Squares, Stamps, Tail, use_cores
from matcher.chain.products import Vectors
from matcher.chain.row_index import Rows
from matcher.chain.rows import TemplateRows
from matcher.gallery import Candidate, Ids

_MEASURED_AT_ONCE = 2048  # what they decode to stays in the cache
_WIDER = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainSizes:
    """When the chain's gallery changes over, and how much of it a probe is compared with."""

    exact_up_to: int = 32_768
    """Templates searched exactly: up to here one probe takes one core about a millisecond."""
    short_above: int = 1_048_576
    """Templates from which on they are kept in three bits for a dimension instead of sixteen."""
    probed: float = 4.0
    """Lists that a probe is compared with, times the root of how many there are."""
    measured: int = 16
    """Candidates of those lists that are measured."""
    tail: int = 4096
    """Latest templates searched exactly, before they go into the lists all at once."""
    room: int = 40_000_000
    """Most templates."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """What one search looks at: templates in ``lists``, in ``blocks`` and in the ``tail``, each in one of them.

    ``coded`` (rows, size) are the ``codes`` of all. A row whose stamp is ``end`` or later was filled after this view
    was made: what the lists have of it is of a template that is gone.
    """

    codes: TemplateCodes
    coded: Codes
    lists: Lists | None
    blocks: tuple[Block, ...]
    tail: Tail
    end: int

    @property
    def waiting(self) -> int:
        """How many rows are not in the lists."""
        return sum(len(block.rows) for block in self.blocks) + self.tail.count

    def __len__(self) -> int:
        return self.waiting + (len(self.lists) if self.lists else 0)


def search_view(view: View, rows: TemplateRows, probes: Vectors, k: int, sizes: ChainSizes) -> list[list[Candidate]]:
    """Return for each probe its ``k`` nearest FaceIds, widening until they are found or nothing is left.

    On the thread that calls and no other: for a few probes, waking others takes longer than the search.
    """
    use_cores(1)
    probed = max(1, round(sizes.probed * view.lists.lists**0.5)) if view.lists else 0
    return _search(view, rows, probes, k, max(sizes.measured, 8 * k), probed)


def _search(view: View, rows: TemplateRows, probes: Vectors, k: int, width: int, probed: int) -> list[list[Candidate]]:
    found = [_nearest(*of_probe, k) for of_probe in zip(*_measured(view, rows, probes, width, probed), strict=True)]
    everything = width >= len(view) and (view.lists is None or probed >= view.lists.lists)
    wanted = min(k, rows.face_count)
    lacking = [] if everything else [number for number, candidates in enumerate(found) if len(candidates) < wanted]
    if lacking:
        wider = _search(view, rows, probes[lacking], k, min(_WIDER * width, len(view)), _WIDER * probed)
        for number, candidates in zip(lacking, wider, strict=True):
            found[number] = candidates
    return found


def _measured(view: View, rows: TemplateRows, probes: Vectors, width: int, probed: int) -> tuple[Squares, Ids]:
    """Return squared distances, infinite for what is no template any more, and FaceIds, both (n, candidates)."""
    parts = [block.search(probes, width) for block in view.blocks if len(block.rows)]
    if view.tail.count:
        parts.append(view.tail.search(probes, width))
    if view.lists is not None and len(view.lists):
        parts.append(_from_lists(view, view.lists, rows, probes, width, probed))
    if not parts:
        return np.empty((len(probes), 0), np.float32), np.empty((len(probes), 0), rows.faces.dtype)
    squares, places, stamps = (np.concatenate(column, axis=1) for column in zip(*parts, strict=True))
    faces = rows.faces[places]
    # Looked at last: a template whose stamp still stands was there, and whose it was, when it was measured.
    squares[(rows.stamps[places] != stamps) | (stamps == 0)] = np.inf
    return squares, faces


def _from_lists(
    view: View, lists: Lists, rows: TemplateRows, probes: Vectors, width: int, probed: int
) -> tuple[Squares, Rows, Stamps]:
    found = lists.search(probes, min(width, len(lists)), probed)
    places = np.maximum(found, 0)
    stamps = rows.stamps[places]
    stamps[(found < 0) | (stamps >= view.end)] = 0
    step = max(1, _MEASURED_AT_ONCE // found.shape[1])
    squares = [
        view.codes.squares(probes[begin : begin + step], view.coded[places[begin : begin + step]])
        for begin in range(0, len(probes), step)
    ]
    return np.concatenate(squares), places, stamps


def _nearest(squares: Squares, faces: Ids, k: int) -> list[Candidate]:
    nearest: dict[bytes, float] = {}
    for place in np.argsort(squares, kind="stable").tolist():
        square = float(squares[place])
        if square == np.inf or len(nearest) == k:
            break
        nearest.setdefault(faces[place].tobytes(), square)
    return [Candidate(face_id=UUID(bytes=face), distance=square**0.5) for face, square in nearest.items()]
