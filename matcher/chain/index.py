"""What the chain's gallery searches, in Faiss: exact blocks of templates, and lists of them behind a trained index.

Nothing here changes once it is made, but for a tail that is written behind what its readers look at: what has more
rows, or fewer, is made beside it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from matcher.chain.products import MANY, Vectors, turned
from matcher.chain.row_index import Rows

Squares = NDArray[np.float32]
Stamps = NDArray[np.uint32]

# Lists are chosen and scanned on so many of the principal axes at most: those of the retail pack hold two thirds of the
# variance. More take longer and find hardly more.
_SCANNED_AXES = 64
_AXES_A_CODE = 4  # rough, and quickly scanned: what comes near is measured again
_CODE_BITS = 4  # what fast-scan takes
_TRAINING_ROUNDS = 10
_ROWS_FOR_A_LIST = 64
_MOST_TRAINED_ON = 524_288  # more take memory and minutes, and find no more
_LISTS_FOR_A_ROOT = 2.8
_SEED = 20_260_101


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Templates searched exactly: their rows and stamps, (n,), in the order of their embeddings in ``index``."""

    rows: Rows
    stamps: Stamps
    index: Any

    def search(self, probes: Vectors, width: int) -> tuple[Squares, Rows, Stamps]:
        """Return squared distances, rows and stamps of the ``width`` nearest, (n, width)."""
        squares, places = self.index.search(probes, min(width, len(self.rows)))
        return squares, self.rows[places], self.stamps[places]


def block_of(rows: Rows, stamps: Stamps, embeddings: Vectors) -> Block:
    """Return a block of embeddings, (n, dim), in half precision."""
    index = faiss.IndexScalarQuantizer(embeddings.shape[1], faiss.ScalarQuantizer.QT_fp16)
    index.add(np.ascontiguousarray(embeddings, np.float32))
    return Block(rows, stamps, index)


@dataclass(frozen=True, slots=True, eq=False)
class Tail:
    """The latest templates: room for some, of which the first ``count`` are there."""

    rows: Rows
    stamps: Stamps
    embeddings: Vectors
    count: int = 0

    def search(self, probes: Vectors, width: int) -> tuple[Squares, Rows, Stamps]:
        """Return squared distances, rows and stamps of the ``width`` nearest, (n, width)."""
        embeddings = self.embeddings[: self.count]
        _, places = faiss.knn(probes, embeddings, min(width, self.count))
        # Measured again directly: as differences of large squares, small distances are not right to four digits.
        apart = embeddings[places] - probes[:, None]
        return np.einsum("nmd,nmd->nm", apart, apart), self.rows[places], self.stamps[places]


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """An inverted file of rows with fast-scan codes. ``mean`` and ``turn`` take embeddings to what it is made of."""

    mean: Vectors  # (dim,)
    turn: Vectors  # (dim, axes)
    index: Any

    def __len__(self) -> int:
        return int(self.index.ntotal)

    @property
    def lists(self) -> int:
        """How many lists there are."""
        return int(self.index.nlist)

    def search(self, probes: Vectors, width: int, probed: int) -> Rows:
        """Return the rows of about the nearest ``width`` in the nearest ``probed`` lists, (n, width), -1 for none."""
        parameters = faiss.SearchParametersIVF(nprobe=min(probed, self.lists))  # type: ignore[call-arg]
        found = turned(probes - self.mean, self.turn)
        if len(probes) < MANY:
            _, rows = self.index.search(found, width, params=parameters)
            return np.asarray(rows, np.int64)
        return self._search_nearest(found, width, parameters)

    def _search_nearest(self, turned_probes: Vectors, width: int, parameters: Any) -> Rows:
        """Do the same for many probes. Faiss takes four times as long to choose hundreds of lists among thousands."""
        squares = faiss.pairwise_distances(turned_probes, self._middles)
        nearest = np.argpartition(squares, parameters.nprobe - 1, axis=1)[:, : parameters.nprobe]
        nearest = np.ascontiguousarray(nearest, np.int64)
        rows = np.empty((len(turned_probes), width), np.int64)
        distances = np.empty(rows.shape, np.float32)
        of_lists = np.zeros(nearest.shape, np.float32)  # asked for, and not looked at: codes are not of residuals
        arrays = turned_probes, nearest, of_lists, distances, rows
        probes, *others = (faiss.swig_ptr(array) for array in arrays)
        # The wrapper in Python takes no parameters.
        self.index.search_preassigned_c(len(rows), probes, width, *others, False, parameters)
        return rows

    @property
    def _middles(self) -> Vectors:
        """The middles of the lists, (lists, axes), not copied."""
        middles: Any = faiss.downcast_index(self.index.quantizer)
        values = faiss.rev_swig_ptr(middles.get_xb(), middles.ntotal * middles.d)
        return np.asarray(values).reshape(middles.ntotal, middles.d)

    def add(self, rows: Rows, embeddings: Vectors) -> None:
        """Add templates. Only for lists that nobody searches yet."""
        self.index.add_with_ids((embeddings - self.mean) @ self.turn, rows)

    def copy_without(self, rows: Rows) -> "Lists":
        """Return a copy without some rows."""
        copied: Any = faiss.clone_index(self.index)
        if len(rows):
            copied.remove_ids(faiss.IDSelectorBatch(rows))
            _wipe_ends(copied.invlists)
        return Lists(self.mean, self.turn, copied)

    def to_bytes(self) -> NDArray[np.uint8]:
        """Return the inverted file as bytes."""
        return np.asarray(faiss.serialize_index(self.index), np.uint8)


def _wipe_ends(lists: Any) -> None:
    """Clear the places behind the last code of each list.

    Faiss 1.15 leaves there what was removed, and what is added later goes over it by a bitwise or.
    """
    lists = faiss.downcast_InvertedLists(lists)
    packer, nothing = lists.packer, np.zeros(lists.packer.code_size, np.uint8)
    for number in range(lists.nlist):
        count = lists.list_size(number)
        if count % packer.nvec:
            blocks = -(-count // packer.nvec)
            codes = faiss.rev_swig_ptr(lists.get_codes(number), blocks * packer.block_size).reshape(blocks, -1)
            for place in range(count, blocks * packer.nvec):
                packer.pack_1(nothing, place, codes)


def lists_for(templates: int) -> int:
    """Return how many lists serve so many templates: a power of two, so that training is due when they are fourfold."""
    return int(2 ** np.ceil(np.log2(max(_LISTS_FOR_A_ROOT * templates**0.5, 1.0))))


def sample_size(templates: int) -> int:
    """Return how many of so many templates to train on."""
    return min(templates, _MOST_TRAINED_ON, _ROWS_FOR_A_LIST * lists_for(templates))


def train_lists(sample: Iterable[Vectors], count: int, mean: Vectors, axes: Vectors, lists: int) -> Lists:
    """Return empty lists fitted to ``count`` embeddings, some (n, dim) at a time; the same for the same ones.

    ``mean`` (dim,) and ``axes``, the columns of (dim, dim), are the principal ones.
    """
    scanned = min(_SCANNED_AXES, axes.shape[1])
    # Turned at random, so that no pair of axes has more to tell than its code of four bits can.
    codes = -(-scanned // _AXES_A_CODE)
    width = codes * _AXES_A_CODE
    random = np.random.default_rng(_SEED).standard_normal((width, width))
    turn = (axes[:, :scanned] @ np.linalg.qr(random)[0][:scanned]).astype(np.float32)
    index = faiss.IndexIVFPQFastScan(faiss.IndexFlatL2(width), width, lists, codes, _CODE_BITS)
    index.by_residual = False
    for settings in (index.cp, index.pq.cp):
        settings.seed = _SEED
        settings.min_points_per_centroid = 1
    index.cp.niter = _TRAINING_ROUNDS
    index.cp.max_points_per_centroid = _ROWS_FOR_A_LIST
    turned, filled = np.empty((count, width), np.float32), 0
    for embeddings in sample:
        turned[filled : filled + len(embeddings)] = (embeddings - mean) @ turn
        filled += len(embeddings)
    index.train(turned)
    return Lists(mean, turn, index)


def lists_of_bytes(mean: Vectors, turn: Vectors, stored: NDArray[np.uint8]) -> Lists:
    """Return lists from what ``to_bytes`` gave. To be sure of: Faiss takes flipped bits without a word."""
    return Lists(mean, turn, faiss.deserialize_index(stored))


def use_cores(cores: int) -> None:
    """Let what the calling thread does here use so many cores."""
    faiss.omp_set_num_threads(cores)
