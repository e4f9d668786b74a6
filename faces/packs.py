"""Model packs: named, versioned sets of detector, alignment and embedder with licence, checksums and calibration.

Each shipped pack is a TOML manifest in ``faces/packs``; the networks themselves are loaded when a part is made.
"""

import hashlib
import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from faces import dlib_parts, retail_parts
from faces.calibration import Calibration
from faces.errors import ModelError
from faces.landmarks import LandmarkScheme
from faces.model_cache import cache_dir
from faces.parts import Parts
from faces.ports import Embedder, FaceDetector, Image, Landmarks

MODELS_VARIABLE = "FOOTFALL_MODELS"
# Where the program runs from a checkout, a folder of model files may lie beside that.
_MODELS_BESIDE_CHECKOUT = Path(__file__).resolve().parents[2] / "shared" / "models"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A model pack whose files are in place and unharmed.

    ``accuracy`` is one sentence on what to expect and which command improves it. What scores less
    than ``min_score`` is more often no usable face than one. Detector, alignment and embedder belong together: mixing
    those of two packs gives embeddings that mean nothing.
    """

    name: str
    version: str
    licence: str
    accuracy: str
    model_id: str
    detector_id: str
    default_min_face_px: float
    min_score: float
    landmark_scheme: LandmarkScheme
    calibration: Calibration
    parts: Parts

    def make_detector(self, *, min_face_px: float | None = None, threads: int | None = None) -> FaceDetector:
        """Load the detector. ``min_face_px`` is the narrowest face wanted; the larger, the faster.

        ``threads`` bounds the cores one call may use. Raises ModelError.
        """
        return self.parts.detector(min_face_px=min_face_px or self.default_min_face_px, threads=threads)

    def make_embedder(self, *, threads: int | None = None) -> Embedder:
        """Load the embedder. Raises ModelError."""
        return self.parts.embedder(threads=threads)

    def align(self, image: Image, landmarks: Landmarks) -> Image:
        """Return the crop the embedder was trained on; ``landmarks`` are (5, 2), from this pack's detector."""
        return self.parts.align(image, landmarks)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackFile:
    """A file a manifest names: ``found`` is where it lies, None when it is nowhere, and ``sha256`` what it must be."""

    name: str
    sha256: str
    found: Path | None

    def is_whole(self) -> bool:
        """Tell whether the file is in place with the right checksum."""
        return self.found is not None and _sha256(self.found) == self.sha256


def pack_names() -> tuple[str, ...]:
    """Return the names of the shipped packs."""
    return tuple(
        sorted(entry.name.removesuffix(".toml") for entry in _manifests().iterdir() if entry.name.endswith(".toml"))
    )


def default_pack_name() -> str:
    """Return "retail" where its files are in place, else "dlib"."""
    return "retail" if all(file.found for file in pack_files("retail")) else "dlib"


def pack_of_model(model_id: str) -> str | None:
    """Return the name of the pack whose embeddings bear a model_id; None where no shipped pack's do."""
    return next((name for name in pack_names() if _PARTS[name]({}).model_id == model_id), None)


def pack_licence(name: str) -> str:
    """Return the licence a manifest states, whether the pack's files are in place or not."""
    return str(_manifest(name)["licence"])


def pack_files(name: str) -> tuple[PackFile, ...]:
    """Return the files of a pack and where they lie; raises ModelError for an unknown pack."""
    folders = _folders(name)
    return tuple(
        PackFile(
            name=file_name,
            sha256=sha256,
            found=next((folder / file_name for folder in folders if (folder / file_name).is_file()), None),
        )
        for file_name, sha256 in _manifest(name)["files"].items()
    )


def how_to_get(name: str) -> str:
    """Return what to do, as the end of a sentence, to put the files of a pack into place."""
    if name == "dlib":
        return "install the package face_recognition_models (`make install` does)"
    return f"put it into {_folders(name)[-1]}, or name its folder in {MODELS_VARIABLE}"


def open_pack(name: str) -> Pack:
    """Return a pack after checking its files; raises ModelError when it is unknown, incomplete or damaged."""
    manifest = _manifest(name)
    places = {}
    for file in pack_files(name):
        if file.found is None:
            raise ModelError(f"pack {name}: {file.name} is not in place; {how_to_get(name)}")
        if not file.is_whole():
            raise ModelError(f"pack {name}: {file.found} has a wrong checksum; delete it and {how_to_get(name)}")
        places[file.name] = file.found
    parts = _PARTS[name](places)
    return Pack(
        name=name,
        version=manifest["version"],
        licence=manifest["licence"],
        accuracy=manifest["accuracy"],
        model_id=parts.model_id,
        detector_id=parts.detector_id,
        default_min_face_px=float(manifest["default_min_face_px"]),
        min_score=float(manifest["min_score"]),
        landmark_scheme=LandmarkScheme(manifest["landmarks"]),
        calibration=_calibration(manifest["calibration"]),
        parts=parts,
    )


_PARTS: dict[str, Callable[[Mapping[str, Path]], Parts]] = {
    "dlib": dlib_parts.DlibParts,
    "retail": retail_parts.RetailParts,
}


def _manifests() -> Any:
    return files("faces").joinpath("packs")


def _manifest(name: str) -> dict[str, Any]:
    if name not in pack_names():
        raise ModelError(f"there is no pack {name!r}; choose one of {', '.join(pack_names())}")
    return tomllib.loads(_manifests().joinpath(f"{name}.toml").read_text(encoding="utf-8"))


def _folders(name: str) -> list[Path]:
    if name == "dlib":
        spec = find_spec("face_recognition_models")
        return [Path(place) / "models" for place in (spec.submodule_search_locations or [])] if spec else []
    chosen = os.environ.get(MODELS_VARIABLE)
    return [Path(chosen) if chosen else _MODELS_BESIDE_CHECKOUT, cache_dir() / "packs" / name]


def _calibration(table: dict[str, Any]) -> Calibration:
    groups = {name: _points(points) for name, points in table["groups"].items()}
    return Calibration(measured_on=table["measured_on"], groups=groups, neighbour_gap=_points(table["neighbour_gap"]))


def _points(pairs: Sequence[Sequence[float]]) -> tuple[tuple[float, float], ...]:
    return tuple((float(rate), float(distance)) for rate, distance in pairs)


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
