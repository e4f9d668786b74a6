"""Whether a face is a person's or a picture of one: two networks that look at what is around it as well.

MiniFASNetV2 and MiniFASNetV1SE (minivision, Silent-Face-Anti-Spoofing, Apache-2.0) look for the marks that paper and
screens leave, and for their edges: each takes the face with its surroundings, 2.7 and 4 times its box, as 80x80 pixels.
"""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from faces.engines import Engine
from faces.errors import ModelError
from faces.packs.checksums import Checksum
from faces.packs.places import MODELS_VARIABLE, folder_of, models_dir
from faces.ports import Detection, Image, Inference

FILES = {
    "2.7_80x80_MiniFASNetV2.onnx": 2.7,
    "4_0_0_80x80_MiniFASNetV1SE.onnx": 4.0,
}
"""The networks, and how many times the box of the face each is shown."""

_CHECKSUMS = {
    "2.7_80x80_MiniFASNetV2.onnx": "1f941d0ff66c33a92c0be1e89473b74d91406f631f142b886583d2c5f3a83f84",
    "4_0_0_80x80_MiniFASNetV1SE.onnx": "ded94e70a6f56172fb95fc6a65795315e61625efeec7c47b6279ce63d9136626",
}
_SIDE_PX = 80
_LIVE = 1  # the classes are: a picture on paper, a live face, a picture on a screen


class Liveness:
    """Scores a face in its picture: the mean of what the networks say. Safe to call from several threads at once."""

    def __init__(self, networks: Sequence[tuple[float, Inference]]) -> None:
        self._networks = networks

    def __call__(self, image: Image, detection: Detection) -> float:
        """Return how likely it is a person and no picture of one, 0 to 1."""
        return sum(self.each(image, detection)) / len(self._networks)

    def each(self, image: Image, detection: Detection) -> list[float]:
        """Return what each network says."""
        found = []
        for scale, network in self._networks:
            (logits,) = network.infer(_surroundings(image, detection.box, scale)[None])["logits"].astype(np.float64)
            shares = np.exp(logits - logits.max())
            found.append(float(shares[_LIVE] / shares.sum()))
        return found


def open_liveness(engine: Engine) -> Liveness:
    """Load the networks. Raises ModelError where their files are not in place, or not those that were measured."""
    return Liveness(
        [
            (scale, engine.load(_found(name), name=f"liveness network {name}", threads=1))
            for name, scale in FILES.items()
        ]
    )


def _found(name: str) -> Path:
    for folder in (folder_of("liveness"), models_dir()):
        file = folder / name
        if file.is_file():
            if not Checksum(algorithm="sha256", digest=_CHECKSUMS[name]).fits(file):
                raise ModelError(f"{file} is not the network that was measured, or is damaged: put the right one there")
            return file
    raise ModelError(
        f"liveness needs the network {name}, which is neither in {folder_of('liveness')} nor in the folder that "
        f"{MODELS_VARIABLE} names: docs/models.md says where it comes from; or leave ingest.liveness off"
    )


def _surroundings(image: Image, box: tuple[float, float, float, float], scale: float) -> Image:
    """Return the face with its surroundings, ``scale`` times its box or as much as the picture holds, as 80x80 pixels.

    Near an edge the part is moved inward, so that it is whole: as the networks were trained.
    """
    height, width = image.shape[:2]
    scale = min(scale, width / box[2], height / box[3])
    across, down = box[2] * scale, box[3] * scale
    left = min(max(box[0] + (box[2] - across) / 2, 0.0), width - across)
    top = min(max(box[1] + (box[3] - down) / 2, 0.0), height - down)
    part = image[int(top) : max(int(top + down), int(top) + 1), int(left) : max(int(left + across), int(left) + 1)]
    return np.asarray(cv2.resize(part, (_SIDE_PX, _SIDE_PX)), dtype=np.uint8)
