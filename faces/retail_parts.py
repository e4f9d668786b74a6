"""The parts of the retail pack: YuNet and face-reidentification-retail-0095, as ONNX files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from faces.alignment import similarity_crop
from faces.embedders import NetworkEmbedder
from faces.errors import ModelError
from faces.ports import Embedder, FaceDetector, Image, Landmarks
from faces.runtime import Network
from faces.yunet import DETECTOR_ID, YuNetDetector

_DETECTOR = "yunet_n.onnx"
_EMBEDDER = "face-reidentification-retail-0095.onnx"
_CROP_PX = 128
# Where the five points lie in the crop, in parts of its side, from the model's description in Open Model Zoo.
_TARGETS = _CROP_PX * np.array(
    [(0.31557, 0.46157), (0.68262, 0.46157), (0.50026, 0.64054), (0.34947, 0.82470), (0.65344, 0.82470)]
)


@dataclass(frozen=True, slots=True)
class RetailParts:
    """Where the pack's files lie, by their names."""

    places: Mapping[str, Path]

    @property
    def model_id(self) -> str:
        """See Parts."""
        return "retail-0095-256.crop128.v1"

    @property
    def detector_id(self) -> str:
        """See Parts."""
        return DETECTOR_ID

    def detector(self, *, min_face_px: float, threads: int | None) -> FaceDetector:
        """See Parts."""
        network = Network(_bytes(self.places[_DETECTOR]), name="YuNet", threads=threads)
        return YuNetDetector(network, min_face_px=min_face_px)

    def embedder(self, *, threads: int | None) -> Embedder:
        """See Parts."""
        network = Network(_bytes(self.places[_EMBEDDER]), name="face-reidentification-retail-0095", threads=threads)
        return NetworkEmbedder(network, model_id=self.model_id, dim=256, normalised=True)

    def align(self, image: Image, landmarks: Landmarks) -> Image:
        """See Parts."""
        return similarity_crop(image, landmarks, _TARGETS, _CROP_PX)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
