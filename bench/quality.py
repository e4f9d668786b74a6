"""Measures whether the quality of a picture tells how likely it is to be missed.

    python -m bench.quality [--pack dlib] [--data ../shared/data] [--out out/bench]

For each pack and group of people the threshold is that at which different people come with an FMR of 1e-3 and 1e-4.
FNMR is the share of mated pairs above it. Then the pictures of lowest score are left out, 5, 10 and 20 % of them, with
the threshold as it was, and the FNMR of what remains is set beside it. The same once more with each picture of people
who have four or more spoilt in one way and strength drawn for it, as cameras spoil them: such pictures are compared
with each other, whole and spoilt ones never mixed. Also told: what the gates refuse and why, what weighting by score
does to visits fused from three shots, and what an assessment costs. The curves are written to quality.html.

The constants of faces.quality were fitted to half of the people of LFW, whole and spoilt, and then rounded with all of
these pictures in view. ``bench.turned_heads`` sets the score beside errors in films.
"""

import argparse
import csv
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from zlib import crc32

import cv2
import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from bench.spoiling import SPOILINGS
from faces.packs import Pack, open_pack, pack_files, pack_names
from faces.portrayed import portrayed
from faces.ports import Embedder, FaceDetector
from faces.quality import Quality, assess
from ingest.gates import Gates

GROUPS = {"LFW": "lfw_deepfunneled/", "CASIA-FaceV5": "casia_facev5_40/", "faces94": "faces94_18/"}
RATES = (1e-3, 1e-4)
REJECTED = (0.0, 0.05, 0.1, 0.2)
CURVE = np.linspace(0.0, 0.5, 26)
SPOILT_FROM_PICTURES = 4
SHOTS_FUSED = 3
FEWEST_PAIRS = 50

Vectors = NDArray[np.float32]
Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    path: str
    person: str
    embedding: Vectors
    quality: Quality
    spoilt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Mated pairs as two rows of places in a list of pictures, their distances, and the threshold of each rate."""

    one: NDArray[np.intp]
    other: NDArray[np.intp]
    distance: Vectors
    thresholds: tuple[float, ...]

    def fnmr(self, scores: Scores, rejected: float, threshold: float) -> float:
        """Return the share of missed pairs once the pictures of lowest score are left out; nan where few remain."""
        rank = np.argsort(np.argsort(scores, kind="stable")) / len(scores)
        kept = (rank[self.one] >= rejected) & (rank[self.other] >= rejected)
        return float(np.mean(self.distance[kept] > threshold)) if kept.sum() >= FEWEST_PAIRS else float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", choices=pack_names(), help="without it, every pack in place")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("FOOTFALL_DATA", "../shared/data")))
    parser.add_argument("--out", type=Path, default=Path("out/bench"))
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    if not (arguments.data / "manifest.csv").is_file():
        parser.error(f"{arguments.data / 'manifest.csv'} is not there: say with --data where the pictures are")
    cv2.setNumThreads(arguments.threads)
    figure = go.Figure()
    in_place = [name for name in pack_names() if all(file.found for file in pack_files(name))]
    for name in [arguments.pack] if arguments.pack else in_place:
        measure(open_pack(name), arguments.data, arguments.threads, figure)
    figure.update_layout(
        title="What is missed once the pictures of lowest quality are left out",
        xaxis={"title": "pictures left out", "tickformat": ".0%"},
        yaxis={"title": "share of mated pairs missed (FNMR)", "tickformat": ".1%", "rangemode": "tozero"},
    )
    arguments.out.mkdir(parents=True, exist_ok=True)
    figure.write_html(arguments.out / "quality.html", include_plotlyjs=True)
    print(f"\n{arguments.out / 'quality.html'}")


def measure(pack: Pack, data: Path, threads: int, figure: go.Figure) -> None:
    detector, embedder = pack.make_detector(threads=threads), pack.make_embedder(threads=threads)
    print(f"\npack {pack.name}: an assessment takes {assessment_ms(pack, detector, data):.2f} ms on one core")
    for group in GROUPS:
        listed = pictures_of(data, group)
        whole = list(taken(pack, detector, embedder, data, listed, spoil=False))
        print(f"\n{group}: {len(whole)} pictures of {len({picture.person for picture in whole})} people")
        seen = {picture.path for picture in whole}
        missing = [path for path, _ in listed if path not in seen]
        print(f"  no face found in {len(missing)} {' '.join(missing)}\n  {refusals(pack, whole)}")
        tell_errors(f"{pack.name}, {group}", whole, figure)
        spoilt = list(taken(pack, detector, embedder, data, listed, spoil=True))
        tell_errors(f"{pack.name}, {group}, spoilt", spoilt, figure)
        tell_kinds(spoilt, whole)
        for name, pictures in (("whole", whole), ("spoilt", spoilt)):
            tell_fusion(name, pictures)


def pictures_of(data: Path, group: str) -> list[tuple[str, str]]:
    """Return (path, person) of a group, person by person."""
    with (data / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["path"], row["person_id"]) for row in csv.DictReader(file)]
    return sorted(
        (row for row in rows if row[0].startswith(GROUPS[group]) and row[0].endswith((".jpg", ".png", ".bmp"))),
        key=lambda row: (row[1], row[0]),
    )


def taken(
    pack: Pack,
    detector: FaceDetector,
    embedder: Embedder,
    data: Path,
    listed: Sequence[tuple[str, str]],
    *,
    spoil: bool,
) -> Iterator[Picture]:
    """Yield each picture in which a face is found, the one nearest to the middle."""
    counts = Counter(person for _, person in listed)
    for path, person in listed:
        if spoil and counts[person] < SPOILT_FROM_PICTURES:
            continue
        image = cv2.imread(str(data / path))
        face = portrayed(detector.detect(image), image)
        kind = ""
        if face is not None and spoil:
            rng = np.random.default_rng(crc32(path.encode()))
            spoiling = SPOILINGS[int(rng.integers(len(SPOILINGS)))]
            image, kind = spoiling(image, face.box, float(rng.random())), spoiling.__name__
            face = portrayed(detector.detect(image), image)
        if face is not None:
            yield Picture(
                path=path,
                person=person,
                embedding=embedder.embed([pack.align(image, face.landmarks)])[0],
                quality=assess(image, face, pack.landmark_scheme),
                spoilt=kind,
            )


def refusals(pack: Pack, pictures: Sequence[Picture]) -> str:
    gates = Gates(min_score=pack.min_score)
    refused = [(fault, picture.path) for picture in pictures if (fault := gates.refuse(picture.quality))]
    text = f"the gates refuse {len(refused)} ({len(refused) / len(pictures):.1%})"
    if refused:
        counts = Counter(fault.value for fault, _ in refused)
        text += ": " + ", ".join(f"{count} {fault}" for fault, count in counts.most_common())
        text += "".join(f"\n    {fault.value:>14}  {path}" for fault, path in refused[:12])
    return text


def pairs_of(vectors: Vectors, people: Sequence[str]) -> Pairs:
    names = np.array(people)
    squares = np.square(vectors).sum(axis=1)
    between = np.sqrt(np.maximum(squares[:, None] + squares[None] - 2 * vectors @ vectors.T, 0))
    one, other = np.triu_indices(len(names), k=1)
    mated = names[one] == names[other]
    thresholds = tuple(float(np.quantile(between[one[~mated], other[~mated]], rate)) for rate in RATES)
    one, other = one[mated], other[mated]
    return Pairs(one=one, other=other, distance=between[one, other], thresholds=thresholds)


def tell_errors(title: str, pictures: Sequence[Picture], figure: go.Figure) -> None:
    pairs = pairs_of(embeddings(pictures), [picture.person for picture in pictures])
    scores = np.array([picture.quality.score for picture in pictures])
    print(f"  {title}: {len(pairs.one)} mated pairs")
    for rate, threshold in zip(RATES, pairs.thresholds, strict=True):
        errors = [pairs.fnmr(scores, rejected, threshold) for rejected in REJECTED]
        told = ", ".join(f"{share:.0%} {error:.2%}" for share, error in zip(REJECTED, errors, strict=True))
        cut = f"{1 - errors[-1] / errors[0]:.0%} fewer" if errors[0] else "nothing to cut"
        print(f"    FNMR at FMR {rate:.0e}, left out: {told} ({cut})")
        if errors[0]:
            curve = [pairs.fnmr(scores, rejected, threshold) for rejected in CURVE]
            figure.add_scatter(x=CURVE, y=curve, name=f"{title}, FMR {rate:.0e}", mode="lines")


def tell_kinds(spoilt: Sequence[Picture], whole: Sequence[Picture]) -> None:
    """Print the median score of each kind, and how far its pictures lie from whole ones of the same people."""
    print("    spoilt by: median score, mean distance to whole pictures of the same person")
    people = np.array([picture.person for picture in whole])
    vectors = embeddings(whole)
    kinds = sorted(spoilt, key=lambda picture: picture.spoilt)
    for kind, group in groupby([*whole[:400], *kinds], key=lambda picture: picture.spoilt):
        members = list(group)
        away = [
            float(np.linalg.norm(vectors[same] - member.embedding, axis=1).mean())
            for member in members
            if (same := (people == member.person) & np.array([picture.path != member.path for picture in whole])).any()
        ]
        print(
            f"    {kind or 'nothing':>16}: {np.median([member.quality.score for member in members]):.2f}, "
            f"{np.mean(away):.3f} ({len(members)} pictures)"
        )


def tell_fusion(name: str, pictures: Sequence[Picture]) -> None:
    """Print the FNMR of visits of three shots, fused with equal weights and with the scores as weights."""
    unit = np.allclose(np.linalg.norm(embeddings(pictures), axis=1), 1.0, atol=1e-3)
    visits: dict[str, list[Vectors]] = {"equal": [], "score": []}
    people = []
    for person, group in groupby(pictures, key=lambda picture: picture.person):
        shots = list(group)
        count = len(shots) // SHOTS_FUSED
        for visit in range(count):
            chosen = shots[visit::count][:SHOTS_FUSED]
            people.append(person)
            for weighting, weights in (("equal", None), ("score", [shot.quality.score for shot in chosen])):
                fused = np.average(embeddings(chosen), axis=0, weights=weights)
                visits[weighting].append((fused / np.linalg.norm(fused) if unit else fused).astype(np.float32))
    if len(set(people)) == len(people):
        return
    told = []
    for weighting, fused in visits.items():
        pairs = pairs_of(np.array(fused), people)
        rates = [f"{np.mean(pairs.distance > threshold):.2%}" for threshold in pairs.thresholds]
        told.append(f"{weighting} weights {' and '.join(rates)}, mean distance {pairs.distance.mean():.4f}")
    print(f"    {SHOTS_FUSED}-shot visits, {name}: FNMR at FMR 1e-3 and 1e-4 {'; '.join(told)}")


def embeddings(pictures: Sequence[Picture]) -> Vectors:
    return np.array([picture.embedding for picture in pictures])


def assessment_ms(pack: Pack, detector: FaceDetector, data: Path) -> float:
    """Return the median time of an assessment, over a hundred pictures of people."""
    took = []
    for path, _ in pictures_of(data, "LFW")[:100]:
        image = cv2.imread(str(data / path))
        for face in detector.detect(image):
            began = time.perf_counter()
            assess(image, face, pack.landmark_scheme)
            took.append(time.perf_counter() - began)
    return 1e3 * float(np.median(took))


if __name__ == "__main__":
    main()
