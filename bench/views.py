"""Sets beside one another the ways to embed a crop: as it comes or of length 1, alone or with its mirror image.

    python -m bench.views [--pack dlib] [--data ../shared/data]

For each, of LFW the share of the pairs answered rightly and FNMR at two FMRs, single shots, over all pictures with a
face; of CASIA-FaceV5 FNMR at FMR 1e-3. Takes a minute and a half.
"""

import argparse
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from evaluation.comparisons import compare
from evaluation.error_rates import fnmr, threshold_of
from evaluation.pictures import find_pictures, read_pairs, read_picture
from evaluation.verification import pairs_accuracy
from evaluation.visits import Samples, numbered
from faces.packs import Pack, open_pack, pack_names
from faces.portrayed import portrayed

LFW, CASIA = "lfw_deepfunneled/images", "casia_facev5_40/images"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", choices=pack_names(), default="dlib")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("FOOTFALL_DATA", "../shared/data")))
    arguments = parser.parse_args()
    folder = arguments.data / LFW
    if not folder.is_dir():
        parser.error(f"{folder} is not there: say with --data where the pictures are")
    pack = open_pack(arguments.pack)
    pairs = read_pairs(arguments.data / "lfw_pairs_dev.csv", folder, find_pictures(folder))
    names, people, views = seen(pack, folder)
    _, people_of_casia, views_of_casia = seen(pack, arguments.data / CASIA)
    for of_length_one in (False, True):
        for mirrored in (False, True):
            made, of_casia = (embeddings(both, of_length_one, mirrored) for both in (views, views_of_casia))
            accuracy = pairs_accuracy(names, made, pairs)
            print(
                f"{pack.name}, {'of length 1' if of_length_one else 'as it is   '}, "
                f"{'with its mirror image' if mirrored else 'alone                '}: "
                f"LFW pairs {100 * accuracy.value:.2f} % ({100 * accuracy.low:.2f} to {100 * accuracy.high:.2f}), "
                f"FNMR {told(made, people, (1e-3, 1e-4))}; CASIA {told(of_casia, people_of_casia, (1e-3,))}"
            )


def seen(pack: Pack, folder: Path) -> tuple[list[str], list[str], NDArray[np.float32]]:
    """Return the names and people of the pictures with a face, and what the network answers, (n, 2, dim).

    Of the crop first, then of its mirror image.
    """
    plain = pack.embedder.model_copy(update={"mirrored": False, "metric": "l2"})
    detector, embedder = pack.make_detector(threads=1), replace(pack, embedder=plain).make_embedder(threads=1)
    names, people, views = [], [], []
    for picture in track(find_pictures(folder), description=folder.parent.name):
        image = read_picture(picture.path)
        face = portrayed(detector.detect(image), image)
        if face is not None:
            crop = pack.align(image, face.landmarks)
            names.append(picture.name)
            people.append(picture.person)
            views.append(embedder.embed([crop, np.ascontiguousarray(crop[:, ::-1])]))
    return names, people, np.array(views)


def embeddings(views: NDArray[np.float32], of_length_one: bool, mirrored: bool) -> NDArray[np.float32]:
    made = views.mean(axis=1) if mirrored else views[:, 0]
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True) if of_length_one else made)


def told(made: NDArray[np.float32], people: list[str], rates: tuple[float, ...]) -> str:
    names, person_of = numbered(np.array(people))
    rows = np.arange(len(made), dtype=np.int64)[:, None]
    comparisons = compare([Samples(vectors=made, person_of=person_of, rows=rows, people=len(names))])
    return ", ".join(
        f"{100 * fnmr(comparisons, threshold_of(comparisons, rate)):.2f} % at FMR {rate:.0e}" for rate in rates
    )


if __name__ == "__main__":
    main()
