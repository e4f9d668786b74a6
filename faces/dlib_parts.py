"""The parts of the dlib pack: weights from dlib's own files, converted once and kept in the user's cache."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from faces.alignment import dlib_chip
from faces.dlib_detector import DETECTOR_ID, DlibDetector
from faces.dlib_export import detector_onnx, embedder_onnx
from faces.dlib_format import ShapePredictor, read_layers, read_shape_predictor
from faces.dlib_landmarks import FivePointLandmarks
from faces.embedders import NetworkEmbedder
from faces.model_cache import cached
from faces.ports import Embedder, FaceDetector, Image, Landmarks
from faces.runtime import Network

_DETECTOR = "mmod_human_face_detector.dat"
_LANDMARKS = "shape_predictor_5_face_landmarks.dat"
_EMBEDDER = "dlib_face_recognition_resnet_model_v1.dat"
_EXPORT_VERSION = 1  # raise it whenever the conversion would write something else
_STRIDE = 2


@dataclass(frozen=True, slots=True)
class DlibParts:
    """Where dlib's files lie, by their names."""

    places: Mapping[str, Path]

    @property
    def model_id(self) -> str:
        """See Parts."""
        return "dlib-resnet-128.chip150.v1"

    @property
    def detector_id(self) -> str:
        """See Parts."""
        return DETECTOR_ID

    def detector(self, *, min_face_px: float, threads: int | None, stride: int = _STRIDE) -> FaceDetector:
        """See Parts. ``stride`` 1 looks at every size dlib looks at (see DlibDetector)."""
        place = self.places[_DETECTOR]
        model = cached(f"dlib-detector.v{_EXPORT_VERSION}.onnx", lambda: detector_onnx(read_layers(place)))
        network = Network(model, name="dlib's face detector", threads=threads)
        return DlibDetector(network, self._landmarks(), min_face_px=min_face_px, stride=stride)

    def embedder(self, *, threads: int | None) -> Embedder:
        """See Parts."""
        place = self.places[_EMBEDDER]
        model = cached(f"dlib-embedder.v{_EXPORT_VERSION}.onnx", lambda: embedder_onnx(read_layers(place)))
        network = Network(model, name="dlib's embedder", threads=threads)
        return NetworkEmbedder(network, model_id=self.model_id, dim=128, normalised=False)

    def align(self, image: Image, landmarks: Landmarks) -> Image:
        """See Parts."""
        return dlib_chip(image, landmarks)

    def _landmarks(self) -> FivePointLandmarks:
        place = self.places[_LANDMARKS]
        packed = cached(f"dlib-landmarks.v{_EXPORT_VERSION}.npz", lambda: _packed(read_shape_predictor(place)))
        with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
            return FivePointLandmarks(ShapePredictor(**arrays))


def _packed(predictor: ShapePredictor) -> bytes:
    file = io.BytesIO()
    np.savez(file, **{field.name: getattr(predictor, field.name) for field in fields(predictor)})
    return file.getvalue()
