"""Accuracy on pairs: one threshold, chosen on other pairs, answers whether two pictures show one person."""

from collections.abc import Iterable, Sequence

import numpy as np

from evaluation.bootstrap import Interval, share_of
from evaluation.pictures import Pair
from faces.ports import Embeddings

_FOLDS = 10


def pairs_accuracy(names: Iterable[str], embeddings: Embeddings, pairs: Sequence[Pair], *, seed: int = 0) -> Interval:
    """Return the share of the pairs answered rightly, fold by fold, each by the threshold best for all other folds.

    ``embeddings`` (n, dim) are of the pictures ``names``. As with Labeled Faces in the Wild; pairs without a fold are
    dealt into ten. All faces found take part, also those
    the gates refuse; a pair with a picture in which no face was found is answered "two people".
    """
    row_of = {name: row for row, name in enumerate(names)}
    rows = [(row_of.get(pair.one), row_of.get(pair.other)) for pair in pairs]
    distance = np.array(
        [
            np.inf if one is None or other is None else np.linalg.norm(embeddings[one] - embeddings[other])
            for one, other in rows
        ]
    )
    same = np.array([pair.same for pair in pairs])
    fold = np.array([pair.fold for pair in pairs])
    if len(np.unique(fold)) < 2:
        fold = np.random.default_rng(seed).permutation(np.arange(len(pairs)) % _FOLDS).astype(np.str_)
    right = np.zeros(len(pairs), dtype=bool)
    for held_out in np.unique(fold):
        inside = fold == held_out
        threshold = best_threshold(distance[~inside].tolist(), same[~inside].tolist())
        right[inside] = (distance[inside] <= threshold) == same[inside]
    _, person_of = np.unique([pair.one.rpartition("/")[0] for pair in pairs], return_inverse=True)
    accuracy = share_of(right, person_of.astype(np.int32), seed=seed)
    assert accuracy is not None  # a file of pairs holds some
    return accuracy


def best_threshold(distance: Sequence[float], same: Sequence[bool]) -> float:
    """Return the threshold that answers most pairs rightly: of equally good ones, the middle of the widest gap.

    A pair infinitely far apart has no say: no threshold accepts it.
    """
    finite = np.isfinite(distance)
    far, kind = np.asarray(distance)[finite], np.asarray(same, dtype=bool)[finite]
    if not len(far):
        return 0.0
    order = np.argsort(far, kind="stable")
    far, kind = far[order], kind[order]
    # Accepting the nearest k pairs is right for the mated among them and for the non-mated among the rest.
    right = (~kind).sum() + np.concatenate([[0], np.cumsum(np.where(kind, 1, -1))])
    below, above = np.concatenate([[far[0] - 1.0], far]), np.concatenate([far, [far[-1] + 1.0]])
    best = np.flatnonzero(right == right.max())
    widest = best[np.argmax((above - below)[best])]
    return float((below[widest] + above[widest]) / 2)
