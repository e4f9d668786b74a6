"""Measures how many of the pairs of LFW face_recognition itself answers rightly: what the dlib pack can reach.

    python -m bench.reference_pairs [--jitters 1] [--data ../shared/data]

Detector, landmarks, chip and network are dlib's own throughout (`make reference`), which takes about a second for each
of 1,583 pictures; with jitters each face is encoded so many times, moved and mirrored at random, and averaged.
"""

import argparse
import os
import subprocess
from pathlib import Path

import numpy as np
from rich.progress import track

from evaluation.pictures import find_pictures, read_pairs
from evaluation.verification import pairs_accuracy
from faces.reference import reference_python

ENCODER = Path(__file__).with_name("reference_encodings.py")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jitters", type=int, default=1)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("FOOTFALL_DATA", "../shared/data")))
    parser.add_argument("--out", type=Path, default=Path("out/bench"))
    arguments = parser.parse_args()
    folder = arguments.data / "lfw_deepfunneled" / "images"
    python = reference_python()
    if python is None:
        parser.error("face_recognition is not here: run `make reference`")
    if not folder.is_dir():
        parser.error(f"{folder} is not there: say with --data where the pictures are")
    pictures = find_pictures(folder)
    pairs = read_pairs(arguments.data / "lfw_pairs_dev.csv", folder, pictures)
    asked = {name for pair in pairs for name in (pair.one, pair.other)}
    chosen = [picture for picture in pictures if picture.name in asked]
    arguments.out.mkdir(parents=True, exist_ok=True)
    place = arguments.out / f"reference-{arguments.jitters}.npz"
    encodings = encoded(python, [picture.path for picture in chosen], arguments.jitters, place)
    found = np.isfinite(encodings[:, 0])
    names = [picture.name for picture, seen in zip(chosen, found, strict=True) if seen]
    accuracy = pairs_accuracy(names, encodings[found], pairs)
    print(
        f"face_recognition, {arguments.jitters} jitters: {100 * accuracy.value:.2f} % "
        f"({100 * accuracy.low:.2f} to {100 * accuracy.high:.2f}) of {len(pairs)} pairs; "
        f"no face found in {int((~found).sum())} of {len(chosen)} pictures"
    )


def encoded(python: Path, pictures: list[Path], jitters: int, place: Path) -> np.ndarray:
    """Return (n, 128) float32, a row for each picture."""
    with subprocess.Popen(
        [python, ENCODER, place, str(jitters)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdin.write("\n".join(map(str, pictures)))
        worker.stdin.close()
        for _ in track(worker.stdout, total=len(pictures), description="encoding"):
            pass
    if worker.returncode != 0:
        raise SystemExit(
            f"{python}: face_recognition has ended (status {worker.returncode}); run `make reference` again"
        )
    return np.asarray(np.load(place)["encodings"])


if __name__ == "__main__":
    main()
