"""What the chain's gallery holds, and the one way to change it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from threading import Condition, RLock
from typing import TypeVar

import numpy as np

from matcher.chain.codes import Codes, HalfCodes, TemplateCodes
from matcher.chain.columns import roomy
from matcher.chain.index import Block, Lists, Stamps, Tail, block_of
from matcher.chain.products import Vectors
from matcher.chain.row_index import Rows
from matcher.chain.rows import TemplateRows
from matcher.chain.search import ChainSizes, View
from matcher.gallery import Ids, Known
from matcher.id_index import Keys, folded_rows

MARK_BYTES = 8
_BLOCK_AT_FIRST = 131_072

Waiting = tuple[Rows, Stamps, Vectors]
_Item = TypeVar("_Item")
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChainParts:
    """All that a chain's gallery is: the columns of its rows, (n,) or (n, size), its codes, and its trained lists.

    ``waiting`` are the rows that are not in the lists.
    """

    dim: int
    templates: Keys
    faces: Ids
    stamps: Stamps
    codes: TemplateCodes
    coded: Codes
    lists: Lists | None
    waiting: Rows


@dataclass(frozen=True, kw_only=True, eq=False)
class Learnt:
    """What training gave, and where it put what: ``lists`` of rows, and ``codes``.

    ``keys`` (rows,) are the folded ids of the templates in those rows, 0 for rows that are not in the lists; ``marks``
    (rows, MARK_BYTES) the beginnings of their codes, by which they are known again.
    """

    dim: int
    codes: TemplateCodes
    lists: Lists
    keys: Keys
    marks: Codes

    def rows_of(self, keys: Keys, coded: Codes) -> Rows:
        """Return the row in which each template was, (n,), with this very embedding; -1 for the others."""
        places = np.minimum(np.searchsorted(self._sorted, keys), len(self._order) - 1)
        rows = self._order[places]
        same = (self.keys[rows] == keys) & (keys != 0) & (self.marks[rows] == coded[:, :MARK_BYTES]).all(axis=1)
        return np.where(same, rows, -1)

    @cached_property
    def _order(self) -> Rows:
        return np.argsort(self.keys, kind="stable")

    @cached_property
    def _sorted(self) -> Keys:
        return self.keys[self._order]


class Holdings:
    """The rows of all templates and the view that is searched.

    Whoever changes either holds ``changing``; to exchange the view is one assignment.
    """

    def __init__(self, dim: int, sizes: ChainSizes) -> None:
        codes = HalfCodes(dim)
        self.changing = Condition(RLock())
        self.rows = TemplateRows(sizes.room)
        self.added: list[Rows] | None = None  # rows filled since the training that goes on began
        self._dim = dim
        self._sizes = sizes
        self.view = View(
            codes=codes,
            coded=roomy((sizes.room, codes.size), np.uint8),
            lists=None,
            blocks=(),
            tail=self._new_tail(),
            end=1,
        )

    def fill(self, known: Iterable[Known], learnt: Learnt | None) -> None:
        """Take in templates where nothing was held before: those that ``learnt`` has in its lists, and exact blocks."""
        view, waiting = self.view, list[Waiting]()
        if learnt is not None:
            coded = view.coded if learnt.codes == view.codes else roomy((self._sizes.room, learnt.codes.size), np.uint8)
            view = replace(view, codes=learnt.codes, coded=coded, lists=learnt.lists)
            self.rows.take(len(learnt.keys))
        encode = view.codes.encode
        for some, codes in one_ahead(known, lambda some: encode(some.embeddings)):
            keys = folded_rows(some.template_ids)
            rows = np.full(len(keys), -1, np.int64) if learnt is None else learnt.rows_of(keys, codes)
            new = np.flatnonzero(rows < 0)
            rows[new] = self.rows.take(len(new))
            view.coded[rows] = codes
            stamps = self.rows.fill(rows, some.template_ids, some.face_ids)
            waiting.append((rows[new], stamps[new], some.embeddings[new]))
            if sum(len(rows) for rows, _, _ in waiting) >= _BLOCK_AT_FIRST:
                view = replace(view, blocks=(*view.blocks, _block_of(waiting)))
                waiting = []
        if any(len(rows) for rows, _, _ in waiting):
            view = replace(view, blocks=(*view.blocks, _block_of(waiting)))
        if learnt is not None:
            # In the lists, and nobody's any more.
            self.rows.gone = np.flatnonzero(self.rows.stamps[: len(learnt.keys)] == 0).tolist()
        self.view = replace(view, end=self.rows.next_stamp)

    def learnt(self) -> Learnt | None:
        """Return what training gave; None before the first."""
        view, (templates, _, stamps) = self.view, self.rows.columns()
        if view.lists is None:
            return None
        keys = np.where(stamps > 0, templates, np.uint64(0))
        keys[self._waiting(view)] = 0
        marks = view.coded[: len(stamps), :MARK_BYTES].copy()
        return Learnt(dim=self._dim, codes=view.codes, lists=view.lists, keys=keys, marks=marks)

    def add(self, template_ids: Ids, face_ids: Ids, embeddings: Vectors) -> None:
        """Add templates that are not there yet."""
        view, rows = self.view, self.rows.take(len(template_ids))
        view.coded[rows] = view.codes.encode(embeddings)
        stamps = self.rows.fill(rows, template_ids, face_ids)
        if self.added is not None:
            self.added.append(rows)
        if view.tail.count + len(rows) > self._sizes.tail:
            view = self._sealed()
        if len(rows) > self._sizes.tail:
            blocks, tail = (*view.blocks, block_of(rows, stamps, embeddings)), view.tail
        else:
            blocks, tail = view.blocks, view.tail
            place = slice(tail.count, tail.count + len(rows))
            tail.rows[place], tail.stamps[place], tail.embeddings[place] = rows, stamps, embeddings
            tail = replace(tail, count=place.stop)
        self.view = replace(view, blocks=blocks, tail=tail, end=self.rows.next_stamp)

    def remove(self, row: int) -> None:
        """Take a template out, and of its embedding what can be reached at once."""
        self.rows.remove(row)
        self.view.coded[row] = 0

    def seal(self) -> View:
        """Make a block of the tail, and return the view with it."""
        self.view = self._sealed()
        return self.view

    def parts(self) -> ChainParts:
        """Return all there is, not copied."""
        view, (templates, faces, stamps) = self.view, self.rows.columns()
        return ChainParts(
            dim=self._dim,
            templates=templates,
            faces=faces,
            stamps=stamps,
            codes=view.codes,
            coded=view.coded[: len(stamps)],
            lists=view.lists,
            waiting=self._waiting(view),
        )

    def restore(self, parts: ChainParts) -> None:
        """Hold ``parts`` where nothing was held before. Raises InputError where there is no room for them."""
        rows = self.rows.take(len(parts.stamps))
        self.rows.restore(parts.templates, parts.faces, parts.stamps)
        coded = roomy((self._sizes.room, parts.codes.size), np.uint8)
        coded[rows] = parts.coded
        waiting = parts.waiting[self.rows.stamps[parts.waiting] > 0]
        blocks = (block_of(waiting, self.rows.stamps[waiting], parts.codes.decode(coded[waiting])),)
        self.view = View(
            codes=parts.codes,
            coded=coded,
            lists=parts.lists,
            blocks=blocks if len(waiting) else (),
            tail=self._new_tail(),
            end=self.rows.next_stamp,
        )

    @staticmethod
    def _waiting(view: View) -> Rows:
        return np.concatenate([view.tail.rows[: view.tail.count], *(block.rows for block in view.blocks)])

    def _sealed(self) -> View:
        view, tail = self.view, self.view.tail
        if not tail.count:
            return view
        held = slice(tail.count)
        block = block_of(tail.rows[held], tail.stamps[held], tail.embeddings[held])
        return replace(view, blocks=(*view.blocks, block), tail=self._new_tail())

    def _new_tail(self) -> Tail:
        most = self._sizes.tail
        return Tail(np.empty(most, np.int64), np.empty(most, np.uint32), np.empty((most, self._dim), np.float32))


def one_ahead(items: Iterable[_Item], work: Callable[[_Item], _Made]) -> Iterator[tuple[_Item, _Made]]:
    """Yield each item with what ``work`` makes of it; of the next one it is made meanwhile, in a thread."""
    with ThreadPoolExecutor(1, "gallery-filling") as beside:
        ready: tuple[_Item, Future[_Made]] | None = None
        for item in items:
            coming = item, beside.submit(work, item)
            if ready is not None:
                yield ready[0], ready[1].result()
            ready = coming
        if ready is not None:
            yield ready[0], ready[1].result()


def _block_of(parts: Sequence[Waiting]) -> Block:
    rows, stamps, embeddings = (np.concatenate(column) for column in zip(*parts, strict=True))
    return block_of(rows, stamps, embeddings)
