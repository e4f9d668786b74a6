"""dlib's own files, converted once to what an engine reads and kept in the user's cache."""

import io
from dataclasses import fields
from pathlib import Path

import numpy as np

from faces.dlib_export import detector_onnx, embedder_onnx
from faces.dlib_format import ShapePredictor, read_layers, read_shape_predictor
from faces.dlib_landmarks import FivePointLandmarks
from faces.model_cache import cached

_EXPORT_VERSION = 2  # raise it whenever the conversion would write something else

DLIB_DETECTOR_IN_INTEGERS = Path(__file__).with_name("data") / "dlib-detector.int8.xml"
"""The detector in 8-bit integers, as OpenVINO IR; `make quantise` makes it (bench/quantise.py)."""


def dlib_detector_model(path: Path) -> bytes:
    """Return ``mmod_human_face_detector.dat`` as ONNX. Raises ModelError."""
    return cached(f"dlib-detector.v{_EXPORT_VERSION}.onnx", lambda: detector_onnx(read_layers(path)))


def dlib_embedder_model(path: Path) -> bytes:
    """Return ``dlib_face_recognition_resnet_model_v1.dat`` as ONNX. Raises ModelError."""
    return cached(f"dlib-embedder.v{_EXPORT_VERSION}.onnx", lambda: embedder_onnx(read_layers(path)))


def dlib_landmarks(path: Path) -> FivePointLandmarks:
    """Return the landmarks of ``shape_predictor_5_face_landmarks.dat``. Raises ModelError."""
    packed = cached(f"dlib-landmarks.v{_EXPORT_VERSION}.npz", lambda: _packed(read_shape_predictor(path)))
    with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
        return FivePointLandmarks(ShapePredictor(**arrays))


def _packed(predictor: ShapePredictor) -> bytes:
    file = io.BytesIO()
    np.savez(file, **{field.name: getattr(predictor, field.name) for field in fields(predictor)})
    return file.getvalue()
