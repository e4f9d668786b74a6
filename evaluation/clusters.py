"""Which faces show one person, in two steps: who is linked, and whether those who are linked hang together.

Links alone chain: a blurred face between two people makes one of both. So each linked group is parted again by average
linkage, in which a cluster is joined only where its faces lie near one another on the whole. Measured against DBSCAN
and HDBSCAN in ``bench/clusters.py``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import AgglomerativeClustering

from evaluation.links import Groups, linked_groups
from evaluation.strangers import Distances, Strangers, strangers_of
from faces.calibration import Calibration
from faces.ports import Embeddings

# False links to a face among all the others: one face in ten has one. What it chains, the second step parts.
_FALSE_LINKS = 0.1
_LAXEST_FMR = 1e-3
# Two faces of a cluster are, in the mean, no farther apart than strangers who come at this rate.
_MEAN_FMR = 1e-4
# Average linkage holds a distance for each pair: 4,000 faces take 130 MB.
_LARGEST_GROUP = 4_000
_TIGHTER, _TIGHTEST = 0.1, 1e-3
_NEVER = 1e6  # in bars; the mean over two clusters stays above one bar for any pair of faces of one picture

UNCLUSTERED = -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clusters:
    """``labels`` (n,) is the cluster of each face, from 0, the largest first; UNCLUSTERED where it has none.

    ``members`` are the rows of each cluster, the most typical face first. ``fmr`` is the rate the links were made at,
    ``eps`` the median bar it came to, in the distance of the embeddings.
    """

    labels: Groups
    members: Sequence[Groups]
    fmr: float
    eps: float

    @property
    def unclustered(self) -> Groups:
        """The rows in no cluster, in their order."""
        return np.flatnonzero(self.labels == UNCLUSTERED)


def fmr_of_links(faces: int) -> float:
    """Return the false match rate that links are made at among so many faces, where nobody asks for another."""
    return min(_LAXEST_FMR, _FALSE_LINKS / max(faces, 1))


def cluster(
    embeddings: Embeddings,
    calibration: Calibration,
    *,
    pictures: NDArray[np.int64] | None = None,
    fmr: float | None = None,
    min_faces: int = 2,
) -> Clusters:
    """Cluster (n, d) embeddings of one model.

    ``pictures`` (n,) numbers the picture of each face: two faces of one picture are two people. ``fmr`` is the false
    match rate of a link, by default one that follows from n; smaller gives fewer false and more missed links. A
    cluster of less than ``min_faces`` is none.
    """
    fmr = fmr_of_links(len(embeddings)) if fmr is None else fmr
    strangers = strangers_of(embeddings, embeddings, calibration)
    mean_bars = strangers.bars(max(fmr, _MEAN_FMR))
    apart = np.arange(len(embeddings)) if pictures is None else pictures
    found: list[Groups] = []
    for rows in _groups_to_part(embeddings, strangers, fmr):
        found += _parted(rows, embeddings, mean_bars, apart) if len(rows) <= _LARGEST_GROUP else [rows]
    kept = sorted((rows for rows in found if len(rows) >= max(min_faces, 1)), key=lambda rows: (-len(rows), rows[0]))
    labels = np.full(len(embeddings), UNCLUSTERED)
    for number, rows in enumerate(kept):
        labels[rows] = number
    return Clusters(
        labels=labels,
        members=[_typical_first(rows, embeddings) for rows in kept],
        fmr=fmr,
        eps=float(np.median(strangers.bars(fmr))) if len(embeddings) else calibration.threshold_for(fmr),
    )


def _groups_to_part(embeddings: Embeddings, strangers: Strangers, fmr: float) -> Iterator[Groups]:
    """Yield the rows of each linked group; one too large for average linkage is linked anew at a stricter rate.

    What is still too large at a thousandth of the rate is yielded as it is: faces as near as that are one person's.
    """
    waiting = [(np.arange(len(embeddings)), 1.0)]
    while waiting:
        rows, share = waiting.pop()
        for group in _rows_of(linked_groups(embeddings[rows], strangers.bars(share * fmr)[rows])):
            if len(group) <= _LARGEST_GROUP or share <= _TIGHTEST:
                yield rows[group]
            else:
                waiting.append((rows[group], share * _TIGHTER))


def _parted(rows: Groups, embeddings: Embeddings, mean_bars: Distances, pictures: NDArray[np.int64]) -> list[Groups]:
    """Return the clusters within a linked group, by average linkage of distances in bars; one bar parts them."""
    if len(rows) == 1:
        return [rows]
    vectors = embeddings[rows].astype(np.float64)
    squares = np.square(vectors).sum(axis=1)
    distances = np.sqrt(np.maximum(squares[:, None] + squares[None] - 2 * vectors @ vectors.T, 0.0))
    in_bars = distances / np.maximum(np.minimum(mean_bars[rows][:, None], mean_bars[rows][None]), 1e-12)
    in_bars[pictures[rows][:, None] == pictures[rows][None]] = _NEVER
    np.fill_diagonal(in_bars, 0.0)
    linkage = AgglomerativeClustering(n_clusters=None, distance_threshold=1.0, metric="precomputed", linkage="average")
    return [rows[part] for part in _rows_of(linkage.fit_predict(in_bars))]


def _rows_of(groups: Groups) -> list[Groups]:
    """Return the rows of each group, rising."""
    order = np.argsort(groups, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(groups[order])) + 1) if len(groups) else []


def _typical_first(rows: Groups, embeddings: Embeddings) -> Groups:
    """Order the rows of a cluster by their distance to its mean."""
    vectors = embeddings[rows].astype(np.float64)
    return rows[np.argsort(np.linalg.norm(vectors - vectors.mean(axis=0), axis=1), kind="stable")]
