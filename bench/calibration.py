"""Measures how far apart the embeddings of different people lie, and writes a pack's calibration from it.

    python -m bench.calibration [--pack dlib] [--data ../shared/data]

For each group of people (celebrities of LFW, the East Asian people of CASIA-FaceV5) and for single shots as well as for
visits fused from up to three shots, the distances of different people are ranked. The false match rate (FMR) of a
distance is the share of pairs at or below it. Where pairs are too few, a Gaussian tail goes on: the normal quantile of
FMR is fitted as a straight line over the rarest tenfold range of rates that at least 20 pairs stand behind. A pack goes
by the group with the smaller distance at each rate: a threshold must hold for the people hardest to tell apart.
"""

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from statistics import NormalDist

import cv2
import numpy as np
from numpy.typing import NDArray

from faces.packs import Pack, open_pack, pack_files, pack_names
from faces.ports import Detection, Image

RATES = (1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
GROUPS = {"LFW": "lfw_deepfunneled/images", "CASIA-FaceV5": "casia_facev5_40/images"}
SHOTS_FUSED = 3
PAIRS_BEHIND_A_RATE = 20

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    person: str
    embedding: Vectors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", choices=pack_names(), help="without it, every pack in place")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("FOOTFALL_DATA", "../shared/data")))
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    for folder in GROUPS.values():
        if not (arguments.data / folder).is_dir():
            parser.error(f"{arguments.data / folder} is not there: say with --data where the pictures are")
    in_place = [name for name in pack_names() if all(file.found for file in pack_files(name))]
    for name in [arguments.pack] if arguments.pack else in_place:
        calibrate(open_pack(name), arguments.data, arguments.threads)


def calibrate(pack: Pack, data: Path, threads: int) -> None:
    print(f"pack {pack.name}")
    columns: dict[str, list[float]] = {}
    for group, folder in GROUPS.items():
        shots = list(embedded(data / folder, pack, threads))
        for label, vectors, people in (("single", *singles(shots)), ("fused", *visits(shots))):
            mated, non_mated = distances(vectors, people)
            columns[f"{group} {label}"] = fitted = [threshold(non_mated, rate) for rate in RATES]
            print(f"{group} {label}: {len(set(people))} people, {len(people)} probes, {len(non_mated)} non-mated pairs")
            if len(mated):
                missed = ", ".join(
                    f"{rate:.0e}: {np.mean(mated > at):.3f}" for rate, at in zip(RATES, fitted, strict=True)
                )
                print(f"  {len(mated)} mated pairs, median {np.median(mated):.3f}, 95 % {np.quantile(mated, 0.95):.3f}")
                print(f"  FNMR at FMR {missed}")
    print(f"\n{'FMR':>6}  " + "  ".join(f"{name:>20}" for name in columns))
    for row, rate in enumerate(RATES):
        print(f"{rate:6.0e}  " + "  ".join(f"{column[row]:20.3f}" for column in columns.values()))
    print("\n[calibration.groups]")
    for group in GROUPS:
        points = ", ".join(f"[{rate:.0e}, {at:.3f}]" for rate, at in zip(RATES, columns[f"{group} fused"], strict=True))
        print(f'"{group}" = [{points}]')


def embedded(folder: Path, pack: Pack, threads: int) -> Iterator[Shot]:
    """Yield the face nearest to the middle of each picture; pictures without a face are counted and left out."""
    detector, embedder = pack.make_detector(threads=threads), pack.make_embedder(threads=threads)
    without = 0
    for path in sorted([*folder.glob("*/*.jpg"), *folder.glob("*/*.png")]):
        image = cv2.imread(str(path))
        found = detector.detect(image)
        if not found:
            without += 1
            continue
        face = min(found, key=lambda detection: off_centre(detection, image))
        yield Shot(person=path.parent.name, embedding=embedder.embed([pack.align(image, face.landmarks)])[0])
    print(f"{folder.parent.name}: no face found in {without} pictures")


def off_centre(detection: Detection, image: Image) -> float:
    x, y, width, height = detection.box
    return float(np.hypot(x + width / 2 - image.shape[1] / 2, y + height / 2 - image.shape[0] / 2))


def singles(shots: list[Shot]) -> tuple[Vectors, list[str]]:
    return np.array([shot.embedding for shot in shots]), [shot.person for shot in shots]


def visits(shots: list[Shot]) -> tuple[Vectors, list[str]]:
    """Fuse each person's shots, dealt out so that a visit takes every n-th of them, up to three a visit."""
    fused, people = [], []
    for person, group in groupby(shots, key=lambda shot: shot.person):
        embeddings = np.array([shot.embedding for shot in group])
        count = max(1, round(len(embeddings) / SHOTS_FUSED))
        for visit in range(count):
            shots_of_visit = embeddings[visit::count][:SHOTS_FUSED]
            probe = shots_of_visit.mean(axis=0)
            if np.allclose(np.linalg.norm(embeddings, axis=1), 1.0, atol=1e-3):
                probe /= np.linalg.norm(probe)
            fused.append(probe)
            people.append(person)
    return np.array(fused), people


def distances(vectors: Vectors, people: list[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the distances of mated and of non-mated pairs, each pair once."""
    names = np.array(people)
    squares = np.square(vectors).sum(axis=1)
    between = np.sqrt(np.maximum(squares[:, None] + squares[None] - 2 * vectors @ vectors.T, 0))
    once = np.triu(np.ones(between.shape, dtype=bool), k=1)
    same = names[:, None] == names[None]
    return between[once & same], np.sort(between[once & ~same])


def threshold(non_mated: NDArray[np.float32], rate: float) -> float:
    """Return the distance of an FMR: as ranked where enough pairs stand behind it, else from the Gaussian tail."""
    rarest = PAIRS_BEHIND_A_RATE / len(non_mated)
    if rate >= rarest:
        return float(np.quantile(non_mated, rate))
    normal = NormalDist()
    rates = np.geomspace(rarest, 10 * rarest, 25)
    slope, intercept = np.polyfit(np.quantile(non_mated, rates), [normal.inv_cdf(share) for share in rates], 1)
    return float((normal.inv_cdf(rate) - intercept) / slope)


if __name__ == "__main__":
    main()
