"""How the chain's gallery grows: training, and what puts its lists in order, in the background."""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from threading import Lock, Thread, get_native_id

import numpy as np

from faces.cores import cores_here
from matcher.chain.codes import Codes, HalfCodes, TemplateCodes, principal_axes, short_codes_for
from matcher.chain.columns import give_back_memory, roomy
from matcher.chain.holdings import Holdings
from matcher.chain.index import Block, Lists, block_of, lists_for, sample_size, train_lists, use_cores
from matcher.chain.row_index import Rows
from matcher.chain.search import ChainSizes, View

_MOST_BLOCKS = 8
_LARGE_BLOCK = 65_536
_AT_ONCE = 16_384
_ENOUGH_FOR_AXES = 65_536
_GONE_SHARE = 1 / 8
_LONG_BEYOND = 1.1
_NICE = 10
_SEED = 20_260_102

_log = logging.getLogger(__name__)


class Growth:
    """Two threads that come and go: one trains, one keeps the exact blocks few and empties them into the lists."""

    def __init__(self, holdings: Holdings, sizes: ChainSizes) -> None:
        self._holdings = holdings
        self._sizes = sizes
        self._exchanging = Lock()  # held while a view is made that is to follow upon the present one
        self._tidying = False
        self._training = False
        self._failure: Exception | None = None
        self._at_first = 0  # templates searched exactly from the beginning

    def begin(self) -> None:
        """Begin what is due of a gallery filled all at once, whose size alone makes nobody wait."""
        self._at_first = self._holdings.view.waiting
        self.nudge()

    def nudge(self) -> None:
        """Begin what is due. Called after each change, by whoever holds ``changing``."""
        if self._tidying_due() and not self._tidying:
            self._tidying = True
            Thread(target=self._run, args=(self._tidy_up,), name="gallery-tidying", daemon=True).start()
        if self._training_due() and not self._training:
            self._training = True
            Thread(target=self._run, args=(self._train,), name="gallery-training", daemon=True).start()

    def make_wait(self) -> None:
        """Return once few enough wait for lists, or for short codes, that more may come. Raises what a thread met."""
        with self._holdings.changing:
            self._holdings.changing.wait_for(lambda: self._failure or not (self._busy() and self._far_behind()))
            if self._failure:
                raise self._failure

    def settle(self) -> None:
        """Return once nothing is due any more. Raises what a thread met."""
        with self._holdings.changing:
            self._holdings.changing.wait_for(lambda: self._failure or not self._busy())
            if self._failure:
                raise self._failure

    def _busy(self) -> bool:
        return self._tidying or self._training

    def _far_behind(self) -> bool:
        view, sizes = self._holdings.view, self._sizes
        # Long codes of many more would take more memory than the gallery takes for good.
        many = _LONG_BEYOND * max(sizes.short_above, self._at_first)
        too_long = isinstance(view.codes, HalfCodes) and len(self._holdings.rows) > many
        return too_long or view.waiting > self._at_first + 2 * max(sizes.exact_up_to, sizes.tail)

    def _run(self, work: Callable[[], None]) -> None:
        with suppress(OSError):
            # Of this thread and those that Faiss starts for it: searches go first.
            os.setpriority(os.PRIO_PROCESS, get_native_id(), _NICE)
        use_cores(cores_here())
        try:
            work()
        except Exception as failure:  # noqa: BLE001 - whoever adds next raises it
            _log.exception("the chain's gallery cannot grow")
            with self._holdings.changing:
                self._failure = failure
                self._holdings.changing.notify_all()

    # Tidying

    def _tidying_due(self) -> bool:
        view = self._holdings.view
        if view.lists is None and self._training:
            return False  # the blocks will be in the lists soon
        full = len(view.blocks) > 0 if view.lists is not None else len(_small(view)) > _MOST_BLOCKS
        return full or self._many_gone()

    def _many_gone(self) -> bool:
        rows = self._holdings.rows
        return not self._training and len(rows.gone) > max(self._sizes.tail, _GONE_SHARE * len(rows))

    def _tidy_up(self) -> None:
        while True:
            with self._exchanging:
                with self._holdings.changing:
                    if not self._tidying_due():
                        self._tidying = False
                        self._holdings.changing.notify_all()
                        return
                    view, wholly = self._holdings.seal(), self._many_gone()
                    # Lists in training still have them.
                    gone = np.array([] if self._training else self._holdings.rows.gone, np.int64)
                if view.lists is None:
                    self._merge(view.blocks if wholly else _small(view), view, gone)
                else:
                    self._empty_blocks(view, view.lists, gone)
            del view  # and with it the last of what was exchanged
            give_back_memory()

    def _merge(self, taken: Sequence[Block], view: View, gone: Rows) -> None:
        """Make one block of several, without what was gone when these were the blocks.

        What goes meanwhile stays in it: a row that is in no block and not released would be gone for ever.
        """
        rows, stamps = (np.concatenate(parts) for parts in zip(*((one.rows, one.stamps) for one in taken), strict=True))
        held = ~np.isin(rows, gone)
        merged = block_of(rows[held], stamps[held], view.codes.decode(view.coded[rows[held]]))
        self._exchange(view.lists, taken, (merged,), gone[np.isin(gone, rows)])

    def _empty_blocks(self, view: View, lists: Lists, gone: Rows) -> None:
        """Put what is in the blocks into a copy of the lists."""
        copied = lists.copy_without(gone)
        for block in view.blocks:
            rows = block.rows[self._holdings.rows.stamps[block.rows] == block.stamps]
            for some in _chunks(rows):
                copied.add(some, view.codes.decode(view.coded[some]))
        self._exchange(copied, view.blocks, (), gone)

    def _exchange(self, lists: Lists | None, taken: Sequence[Block], new: Sequence[Block], gone: Rows) -> None:
        with self._holdings.changing:
            view = self._holdings.view
            kept = [block for block in view.blocks if not any(block is one for one in taken)]
            self._holdings.view = replace(view, lists=lists, blocks=(*new, *kept))
            self._holdings.rows.release(gone)
            self._holdings.changing.notify_all()

    # Training

    def _training_due(self) -> bool:
        view, templates = self._holdings.view, len(self._holdings.rows)
        if templates < self._sizes.exact_up_to:
            return False
        grown = view.lists is None or lists_for(templates) > view.lists.lists
        return grown or (isinstance(view.codes, HalfCodes) and templates >= self._sizes.short_above)

    def _train(self) -> None:
        while True:
            with self._holdings.changing:
                if not self._training_due():
                    self._training = False
                    self._holdings.changing.notify_all()
                    return
                view = self._holdings.seal()
                rows = np.flatnonzero(self._holdings.rows.stamps[: self._holdings.rows.used])
                self._holdings.added = []
            lists, codes = _trained(view, rows, short=len(rows) >= self._sizes.short_above)
            coded = view.coded if codes is view.codes else roomy((len(view.coded), codes.size), np.uint8)
            self._take_over(view, rows, lists, codes, coded)
            with self._exchanging:
                self._finish(lists, codes, coded)
            del view, lists, codes, coded
            give_back_memory()

    def _take_over(self, view: View, rows: Rows, lists: Lists, codes: TemplateCodes, coded: Codes) -> None:
        """Put rows into lists, and into other codes where these are others. Of a row that changes since, what goes in
        is no template's any more."""
        for some in _chunks(rows):
            held = some[self._holdings.rows.stamps[some] > 0]
            embeddings = view.codes.decode(view.coded[held])
            lists.add(held, embeddings)
            if codes is not view.codes:
                coded[held] = codes.encode(embeddings)

    def _finish(self, lists: Lists, codes: TemplateCodes, coded: Codes) -> None:
        """Follow what was added meanwhile until little is left, and exchange."""
        while True:
            with self._holdings.changing:
                view = self._holdings.seal()
                added = np.unique(np.concatenate([np.empty(0, np.int64), *(self._holdings.added or [])]))
                self._holdings.added = []
                last = len(added) <= self._sizes.tail
                if last:
                    self._take_over(view, added, lists, codes, coded)
                    coded[np.array(self._holdings.rows.gone, np.int64)] = 0
                    self._holdings.view = replace(view, codes=codes, coded=coded, lists=lists, blocks=())
                    self._holdings.added = None
                    self._holdings.changing.notify_all()
                    return
            self._take_over(view, added, lists, codes, coded)


def _trained(view: View, rows: Rows, *, short: bool) -> tuple[Lists, TemplateCodes]:
    """Return empty lists for so many rows, and the codes to keep them in."""
    random = np.random.default_rng(_SEED).permutation(rows)[: sample_size(len(rows))]
    few = view.codes.decode(view.coded[random[:_ENOUGH_FOR_AXES]])
    mean, axes = principal_axes(few)
    embeddings = (view.codes.decode(view.coded[some]) for some in _chunks(random))
    lists = train_lists(embeddings, len(random), mean, axes, lists_for(len(rows)))
    if short and isinstance(view.codes, HalfCodes):
        return lists, short_codes_for(mean, axes, few)
    return lists, view.codes


def _chunks(rows: Rows) -> Iterator[Rows]:
    for begin in range(0, len(rows), _AT_ONCE):
        yield rows[begin : begin + _AT_ONCE]


def _small(view: View) -> list[Block]:
    return [block for block in view.blocks if len(block.rows) < _LARGE_BLOCK]
