"""Measures which crops of a film still tell who they belong to: the reason for the gates.

    python -m bench.turned_heads [--pack retail] [--data ../shared/data]

In each film of FOOTFALL_DATA faces are followed from frame to frame. Where a track shows its person from the front, in
three crops or more that agree with each other, their mean stands for that person. Then every crop of every such track
is compared with its own person and with the nearest other person of the film: a crop tells who it belongs to where the
first distance is clearly the smaller one. Following a face does not need a face that can be told apart, so the
truth here is that of the tracker, and independent of the embeddings. Told by yaw, for detections that are certain and
for others, and by the score of ``faces.quality``.

own, other   median distance to the mean of the own person and of the nearest other one
matched      share of crops within the threshold that a gallery of 100 templates has
"""

import argparse
import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faces.packs import Pack, open_pack, pack_files, pack_names
from faces.quality import Quality, assess
from ingest.frames import Frame
from ingest.look import look_of
from ingest.sources import open_source
from ingest.tracker import Tracker
from ingest.tracks import Observation

FRONTAL_YAW = 0.3
FRONTAL_CROPS = 3
CONSISTENT_FMR = 1e-2
BUDGET, TEMPLATES = 0.005, 100
TURNS = (0.0, 0.2, 0.3, 0.45, 0.6, 0.8, 1.2, float("inf"))
SCORES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 1.0)

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crop:
    track: int
    quality: Quality
    embedding: Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    yaw: float
    certain: bool
    score: float
    own: float
    other: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", choices=pack_names(), default="retail")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("FOOTFALL_DATA", "../shared/data")))
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    films = sorted((arguments.data / "videos").glob("*.mp4"))
    if not films:
        parser.error(f"{arguments.data / 'videos'} holds no film: say with --data where the films are")
    if not all(file.found for file in pack_files(arguments.pack)):
        parser.error(
            f"the files of pack {arguments.pack} are not in place: `footfall models list` says how to get them"
        )
    pack = open_pack(arguments.pack)
    tell(pack, [pair for film in films for pair in compared(list(crops(film, pack, arguments.threads)), pack)])


def crops(film: Path, pack: Pack, threads: int) -> Iterator[Crop]:
    """Follow the faces of a film and yield every crop of them that the gates on size would let through."""
    detector, embedder = pack.make_detector(threads=threads), pack.make_embedder(threads=threads)
    tracker = Tracker()
    for frame in open_source(str(film)):
        if not isinstance(frame, Frame):
            continue
        found = detector.detect(frame.image)
        seen = [Observation(box=face.box, look=look_of(frame.image, face.box)) for face in found]
        numbers = tracker.update(seen, frame.captured_at).numbers
        embeddings = embedder.embed([pack.align(frame.image, face.landmarks) for face in found])
        for face, number, embedding in zip(found, numbers, embeddings, strict=True):
            yield Crop(
                track=number,
                quality=assess(frame.image, face, pack.landmark_scheme),
                embedding=embedding,
            )


def compared(seen: Sequence[Crop], pack: Pack) -> Iterator[Compared]:
    by_track: dict[int, list[Crop]] = defaultdict(list)
    for crop in seen:
        if crop.quality.size_px >= pack.default_min_face_px:
            by_track[crop.track].append(crop)
    people = {track: mean for track, of_track in by_track.items() if (mean := person(of_track, pack)) is not None}
    for track, mean in people.items():
        others = [other for number, other in people.items() if number != track]
        for crop in by_track[track] if others else ():
            yield Compared(
                yaw=abs(crop.quality.yaw),
                certain=crop.quality.certainty >= pack.min_score,
                score=crop.quality.score,
                own=float(np.linalg.norm(crop.embedding - mean)),
                other=min(float(np.linalg.norm(crop.embedding - other)) for other in others),
            )


def person(of_track: Sequence[Crop], pack: Pack) -> Vector | None:
    """Return the mean of a track's frontal crops; None where they are few, or disagree and may be of two people."""
    frontal = [
        crop for crop in of_track if abs(crop.quality.yaw) < FRONTAL_YAW and crop.quality.certainty >= pack.min_score
    ]
    if len(frontal) < FRONTAL_CROPS:
        return None
    embeddings = np.array([crop.embedding for crop in frontal])
    mean = np.asarray(embeddings.mean(axis=0), dtype=np.float32)
    agree = np.linalg.norm(embeddings - mean, axis=1) <= pack.calibration.threshold_for(CONSISTENT_FMR)
    return mean * (np.linalg.norm(embeddings, axis=1).mean() / np.linalg.norm(mean)) if agree.all() else None


def tell(pack: Pack, pairs: Sequence[Compared]) -> None:
    threshold = pack.calibration.threshold_for(1 - (1 - BUDGET) ** (1 / TEMPLATES))
    print(f"pack {pack.name}: {len(pairs)} crops, threshold {threshold:.3f}")
    certain = [pair for pair in pairs if pair.certain]
    doubtful = [pair for pair in pairs if not pair.certain]
    tell_by(f"yaw, detector at least as certain as {pack.min_score}", TURNS, certain, lambda pair: pair.yaw, threshold)
    tell_by(f"yaw, detector less certain than {pack.min_score}", TURNS, doubtful, lambda pair: pair.yaw, threshold)
    tell_by("score", SCORES, pairs, lambda pair: pair.score, threshold)


def tell_by(
    title: str,
    edges: Sequence[float],
    pairs: Sequence[Compared],
    value_of: Callable[[Compared], float],
    threshold: float,
) -> None:
    print(f"\n{title}\n{'':>12}  {'crops':>5}  {'own':>5}  {'other':>5}  {'matched':>7}")
    for least, below in pairwise(edges):
        chosen = [pair for pair in pairs if least <= value_of(pair) < below]
        if chosen:
            own, other = (np.array([getattr(pair, side) for pair in chosen]) for side in ("own", "other"))
            print(
                f"{least:5.2f} to {below:4.2f}  {len(chosen):5d}  {np.median(own):5.2f}  {np.median(other):5.2f}"
                f"  {np.mean(own <= threshold):7.2f}"
            )


if __name__ == "__main__":
    main()
