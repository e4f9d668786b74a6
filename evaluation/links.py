"""Who is linked to whom in a set of faces: pairs nearer than the bar of both, found a block of rows at a time."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from evaluation.strangers import Distances
from faces.ports import Embeddings

Groups = NDArray[np.int64]

_BLOCK_ROWS = 256  # of 100,000 columns: 100 MB of float32, and ten times that where every pair is linked
_ROUNDING = 1e-4  # what float32 may err in a product; the pairs it lets through are measured again in float64


def linked_groups(embeddings: Embeddings, bars: Distances) -> Groups:
    """Return for each of (n, d) embeddings the number of its group, (n,): the connected components of the links.

    Two rows are linked where their Euclidean distance is at most the bar of each. The answer does not depend on the
    blocks. Time grows with the square of n, memory with n: links are merged into groups as they are found, not kept.
    """
    groups = np.arange(len(embeddings))
    half_squares = np.square(embeddings, dtype=np.float64).sum(axis=1) / 2
    # |a - b|² <= bar² is a·b - |b|²/2 >= (|a|² - bar²)/2: one product with a column more, one comparison.
    columns = np.column_stack([embeddings, -half_squares]).astype(np.float32)
    least = half_squares - np.square(bars) / 2 - _ROUNDING * (1 + half_squares)
    for block in _blocks(len(embeddings)):
        rows = np.column_stack([embeddings[block], np.ones(block.stop - block.start, dtype=np.float32)])
        products = rows @ columns[block.start :].T
        one, other = np.nonzero(products >= least[block, None].astype(np.float32))
        one, other = one + block.start, other + block.start
        apart = (one < other) & (groups[one] != groups[other])
        one, other = one[apart], other[apart]
        near = _are_near(embeddings, one, other, np.minimum(bars[one], bars[other]))
        groups = _merged(groups, one[near], other[near])
    return groups


def _blocks(rows: int) -> Iterator[slice]:
    return (slice(start, min(start + _BLOCK_ROWS, rows)) for start in range(0, rows, _BLOCK_ROWS))


def _are_near(embeddings: Embeddings, one: Groups, other: Groups, bar: Distances) -> NDArray[np.bool_]:
    near = np.empty(len(one), dtype=bool)
    for part in range(0, len(one), 1 << 16):
        pairs = slice(part, part + (1 << 16))
        apart = embeddings[one[pairs]].astype(np.float64) - embeddings[other[pairs]]
        near[pairs] = np.sqrt(np.square(apart).sum(axis=1)) <= bar[pairs]
    return near


def _merged(groups: Groups, one: Groups, other: Groups) -> Groups:
    """Return the groups, numbered from 0 in the order of their first rows, after those of linked rows became one."""
    if not len(one):
        return groups
    size = int(groups.max()) + 1
    links = coo_array((np.ones(len(one), dtype=bool), (groups[one], groups[other])), shape=(size, size))
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)[groups]
