"""Compute the shipped space of faces from the pictures of Labeled Faces in the Wild (deep-funneled).

::

    python -m simulator.build_faces --data ../shared/data --out simulator/data/faces.npz

Each picture is aligned to a portrait and the principal components of all of them are kept, as 8-bit numbers with a
scale each. The file holds statistics over all pictures and no picture of a person.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from faces.packs import Pack, open_pack
from faces.ports import Image
from simulator.face_space import to_row
from simulator.portrait import aligned_portrait

COMPONENTS = 200
_PICTURES = "lfw_deepfunneled/images"
# In these pictures the face that is meant stands in the middle and is about 93 px wide.
_MIN_FACE_PX = 60


def main() -> None:
    """Read the pictures, compute, write, and say from how many pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds lfw_deepfunneled/")
    parser.add_argument("--out", type=Path, required=True, help="the .npz file to write")
    arguments = parser.parse_args()
    paths = sorted((arguments.data / _PICTURES).glob("*/*.jpg"))
    if len(paths) <= COMPONENTS:
        sys.exit(f"{arguments.data / _PICTURES}: {len(paths)} pictures, more than {COMPONENTS} are needed")
    rows = np.stack([to_row(portrait) for portrait in portraits(paths, open_pack("dlib"))])
    write_space(rows, arguments.out)
    sys.stderr.write(f"{arguments.out}: statistics over {len(rows)} of {len(paths)} pictures\n")


def portraits(paths: Sequence[Path], pack: Pack) -> Iterator[Image]:
    """Yield the portrait of the face nearest to the middle of each picture; pictures without a face are passed over."""
    detector = pack.make_detector(min_face_px=_MIN_FACE_PX)
    for path in paths:
        picture = cv2.imread(str(path))
        if picture is None:
            continue
        middle = np.array([picture.shape[1] / 2, picture.shape[0] / 2])
        found = detector.detect(np.asarray(picture, dtype=np.uint8))
        nearest = min(found, key=lambda face: float(np.linalg.norm(face.landmarks.mean(0) - middle)), default=None)
        if nearest is not None:
            yield aligned_portrait(np.asarray(picture, dtype=np.uint8), nearest.landmarks)


def write_space(rows: NDArray[np.float32], out: Path) -> None:
    """Write mean, the first ``COMPONENTS`` principal components and their deviations of ``rows`` (n, d).

    The components come from the eigenvectors of the small (n, n) matrix of inner products (Turk and Pentland, 1991).
    """
    mean = rows.mean(axis=0)
    centred = rows - mean
    values, vectors = np.linalg.eigh(centred @ centred.T)
    values, vectors = values[::-1][:COMPONENTS], vectors[:, ::-1][:, :COMPONENTS]
    components = (vectors / np.sqrt(values)).T @ centred
    scales = np.abs(components).max(axis=1) / 127
    np.savez_compressed(
        out,
        mean=mean.astype(np.float16),
        components=np.rint(components / scales[:, None]).astype(np.int8),
        scales=scales.astype(np.float32),
        deviations=np.sqrt(values / (len(rows) - 1)).astype(np.float32),
    )


if __name__ == "__main__":
    main()
