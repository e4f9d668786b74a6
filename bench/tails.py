"""Measures how well each kind of tail foretells pairs nearer than any it was fitted to.

    python -m bench.tails [--pack retail] [--data ../shared/data] [--draws 40]

Single pictures of LFW. Of its people some are drawn; each tail is fitted to the pairs among them, and its distance for
each of RATES is held against the pairs among everybody else. Told is the error of the rate in powers of ten: its mean
size over rates and draws, and its mean at the rarest (above 0: more false matches came than were promised).
"""

import argparse
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import genpareto, norm

from evaluation.embedding_cache import cache_of
from evaluation.embedding_set import embed_pictures
from evaluation.pictures import find_pictures
from evaluation.tail import fit_tail
from faces.packs import open_pack, pack_names

RATES = (1e-4, 3e-5, 1e-5, 3e-6)
DRAWN = (60, 200)
NEAREST = 0.01

Distances = NDArray[np.float64]
# From the distances of non-mated pairs, nearest first, the distance that a share of them is promised to come to.
TailModel = Callable[[Distances, float], float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", choices=pack_names(), default="retail")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("FOOTFALL_DATA", "../shared/data")))
    parser.add_argument("--draws", type=int, default=40)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    folder = arguments.data / "lfw_deepfunneled" / "images"
    if not folder.is_dir():
        parser.error(f"{folder} is not there: say with --data where the pictures are")
    pack = open_pack(arguments.pack)
    faces = embed_pictures(find_pictures(folder), pack, cache_of(folder, pack), threads=arguments.threads)
    names, person_of = np.unique(faces.people[faces.passed], return_inverse=True)
    vectors = faces.embeddings[faces.passed]
    print(f"pack {pack.name}: {len(vectors)} pictures of {len(names)} people, {arguments.draws} draws")
    print(f"{'tail':44}" + "".join(f"{f'{drawn} people: error':>20}{'at 3e-6':>9}" for drawn in DRAWN))
    errors = [errors_of(vectors, person_of, drawn, arguments.draws) for drawn in DRAWN]
    for name in TAILS:
        told = "".join(f"{np.abs(of[name]).mean():20.2f}{of[name][:, -1].mean():+9.2f}" for of in errors)
        print(f"{name:44}{told}")


def errors_of(
    vectors: NDArray[np.float32], person_of: NDArray[np.int64], drawn: int, draws: int
) -> Mapping[str, Distances]:
    """Return for each tail (draws, rates) powers of ten by which the rate that came differs from the one promised."""
    rng = np.random.default_rng(0)
    errors: dict[str, list[list[float]]] = {name: [] for name in TAILS}
    for _ in range(draws):
        seen = np.isin(person_of, rng.permutation(person_of.max() + 1)[:drawn])
        fitted_to = non_mated(vectors[seen], person_of[seen])
        others = non_mated(vectors[~seen], person_of[~seen])
        for name, distance_at in TAILS.items():
            came = [int(np.searchsorted(others, distance_at(fitted_to, rate), "right")) for rate in RATES]
            errors[name].append(
                [
                    float(np.log10(max(count, 0.5) / (rate * len(others))))
                    for count, rate in zip(came, RATES, strict=True)
                ]
            )
    return {name: np.array(of_tail) for name, of_tail in errors.items()}


def non_mated(vectors: NDArray[np.float32], person_of: NDArray[np.int64]) -> Distances:
    """Return the distances between different people, nearest first."""
    return np.sort(np.concatenate(list(_rows(vectors, person_of)))).astype(np.float64)


def _rows(vectors: NDArray[np.float32], person_of: NDArray[np.int64]) -> Iterator[NDArray[np.float32]]:
    for row in range(1, len(vectors)):
        strangers = person_of[:row] != person_of[row]
        # Embeddings have unit length.
        yield np.sqrt(np.maximum(2 - 2 * vectors[:row][strangers] @ vectors[row], 0.0))


def exponential(distances: Distances, rate: float) -> float:
    """The tail that ships."""
    nearest = distances.astype(np.float32)
    return fit_tail(nearest, np.arange(1.0, len(nearest) + 1), float(len(nearest))).distance_at(rate)


def generalised_pareto(distances: Distances, rate: float) -> float:
    """The nearest one in a hundred, with a shape of their own."""
    last = int(NEAREST * len(distances))
    shape, _, scale = genpareto.fit(distances[last] - distances[:last], floc=0)
    return float(distances[last] - genpareto.ppf(1 - rate / NEAREST, shape, scale=scale))


def gaussian(decades: int) -> TailModel:
    """A straight line in the quantiles of the normal distribution, through the rarest ``decades`` tenfold ranges."""

    def distance_at(distances: Distances, rate: float) -> float:
        rarest = 10 / len(distances)
        rates = np.geomspace(rarest, rarest * 10**decades, 20)
        places = np.minimum((rates * len(distances)).astype(int), len(distances) - 1)
        slope, start = np.polyfit(norm.ppf(rates), distances[places], 1)
        return float(start + slope * norm.ppf(rate))

    return distance_at


TAILS: Mapping[str, TailModel] = {
    "exponential, nearest 1 %": exponential,
    "generalised Pareto, fitted shape, nearest 1 %": generalised_pareto,
    "Gaussian line, rarest tenfold range": gaussian(1),
    "Gaussian line, rarest hundredfold range": gaussian(2),
}


if __name__ == "__main__":
    main()
