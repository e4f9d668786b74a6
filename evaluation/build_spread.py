"""Compute the shipped spread of embeddings from the pictures of Labeled Faces in the Wild (deep-funneled).

::

    python -m evaluation.build_spread --data ../shared/data --out evaluation/data/spread.npz

The file holds a mean and two covariances over all pictures and no picture or embedding of a person.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import ledoit_wolf

from evaluation.embedding_cache import cache_of
from evaluation.embedding_set import embed_pictures
from evaluation.invented_templates import Spread
from evaluation.pictures import find_pictures
from evaluation.visits import numbered
from faces.packs import open_pack

_PICTURES = "lfw_deepfunneled/images"


def main() -> None:
    """Embed the pictures, compute, write, and say from how many."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds lfw_deepfunneled/")
    parser.add_argument("--pack", default="retail", help="the model pack that embeds")
    parser.add_argument("--out", type=Path, required=True, help="the .npz file to write")
    arguments = parser.parse_args()
    folder, pack = arguments.data / _PICTURES, open_pack(arguments.pack)
    faces = embed_pictures(find_pictures(folder), pack, cache_of(folder, pack))
    _, person_of = numbered(faces.people)
    spread = spread_of(faces.embeddings, person_of)
    half = np.float16
    np.savez_compressed(
        arguments.out, mean=spread.mean.astype(half), between=spread.between.astype(half), within=spread.within
        .astype(half),
    )  # fmt: skip
    sys.stderr.write(
        f"{arguments.out}: statistics over {len(person_of)} faces of {person_of.max() + 1} people, "
        f"variance {np.square(spread.between).sum():.3f} between and {np.square(spread.within).sum():.3f} within them\n"
    )


def spread_of(embeddings: NDArray[np.float32], person_of: NDArray[np.int32]) -> Spread:
    """Return the spread of (n, dim) embeddings of the people numbered in ``person_of`` (n,), from 0.

    Both covariances are shrunk as Ledoit and Wolf do (Journal of Multivariate Analysis 88, 2004): there are few people
    for so many dimensions. What the mean of a few pictures has of the spread within is taken off that between people.
    """
    counts = np.bincount(person_of)
    means = np.stack([np.bincount(person_of, column) for column in embeddings.T], axis=1) / counts[:, None]
    several = counts[person_of] > 1
    # Of n pictures round their own mean, n - 1 are free.
    freed = np.sqrt(counts / np.maximum(counts - 1, 1))[person_of]
    within, _ = ledoit_wolf(((embeddings - means[person_of]) * freed[:, None])[several], assume_centered=True)
    between, _ = ledoit_wolf(means)
    return Spread(
        mean=means.mean(axis=0).astype(np.float32),
        between=_root(between - within * (1 / counts).mean()),
        within=_root(within),
    )


def _root(covariance: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return (dim, dim) rows, largest first, whose sum with independent normal weights has this covariance."""
    values, vectors = np.linalg.eigh(covariance)
    return np.ascontiguousarray((vectors * np.sqrt(np.maximum(values, 0.0))).T[::-1], dtype=np.float32)


if __name__ == "__main__":
    main()
