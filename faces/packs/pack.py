"""A pack whose files are in place, and the parts it makes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from faces.aligner import Aligner, Refiner
from faces.alignment import dlib_chip, similarity_crop
from faces.calibration import Calibration, Repeats, Table
from faces.dlib_detector import DETECTOR_ID as DLIB_ID
from faces.dlib_detector import DlibDetector
from faces.dlib_models import DLIB_DETECTOR_IN_INTEGERS, dlib_detector_model, dlib_embedder_model, dlib_landmarks
from faces.embedders import NetworkEmbedder
from faces.engines import ON_CPU, Engine
from faces.errors import ModelError
from faces.input_format import InputFormat
from faces.landmarks import LandmarkScheme
from faces.own_calibration import read_own_calibration
from faces.packs.catalogue import KnownPack, how_to_get, known_pack
from faces.packs.manifest import DetectorName, EmbedderTable, LandmarksTable
from faces.ports import Embedder, FaceDetector, Image, Landmarks
from faces.yunet import DETECTOR_ID as YUNET_ID
from faces.yunet import YuNetDetector

_DETECTOR_IDS: dict[DetectorName, str] = {"dlib": DLIB_ID, "yunet": YUNET_ID}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A model pack whose files are in place and unharmed.

    ``accuracy`` is one sentence on what to expect and which command improves it. What scores less
    than ``min_score`` is more often no usable face than one. Detector, alignment and embedder belong together: mixing
    those of two packs gives embeddings that mean nothing. ``align_all(images, landmarks)`` returns the crops the
    embedder was trained on; the landmarks are (5, 2) each, from this pack's detector.
    """

    name: str
    version: str
    licence: str
    accuracy: str
    model_id: str
    detector: DetectorName
    default_min_face_px: float
    min_score: float
    landmark_scheme: LandmarkScheme
    measured: Calibration | None
    align_all: Aligner
    embedder: EmbedderTable
    network: str
    places: Mapping[str, Path]
    engine: Engine

    @property
    def detector_id(self) -> str:
        """Id of the detector whose landmarks the alignment expects."""
        return _DETECTOR_IDS[self.detector]

    @property
    def calibration(self) -> Calibration:
        """What a distance means; raises ModelError for a pack of which that was never measured."""
        if self.measured is None:
            raise ModelError(
                f"pack {self.name} has no calibration, so that nobody can be identified with it: measure one on people "
                f"you have pictures of with `footfall models calibrate --pack {self.name}`"
            )
        return self.measured

    def align(self, image: Image, landmarks: Landmarks) -> Image:
        """Return the crop of one face; several are cut in less time by ``align_all``. Raises ModelError."""
        (crop,) = self.align_all([image], [landmarks])
        return crop

    def make_detector(self, *, min_face_px: float | None = None, threads: int | None = None) -> FaceDetector:
        """Load the detector. ``min_face_px`` is the narrowest face wanted; the larger, the faster.

        ``threads`` bounds the cores one call may use. Raises ModelError.
        """
        smallest_px = min_face_px or self.default_min_face_px
        if self.detector == "yunet":
            network = self.engine.load(self.places["yunet_n.onnx"], name="YuNet", threads=threads, bfloat16=True)
            return YuNetDetector(network, min_face_px=smallest_px)
        model = (
            DLIB_DETECTOR_IN_INTEGERS
            if self.engine.takes_integers()
            else dlib_detector_model(self.places["mmod_human_face_detector.dat"])
        )
        network = self.engine.load(model, name="dlib's face detector", threads=threads, bfloat16=True)
        landmarks = dlib_landmarks(self.places["shape_predictor_5_face_landmarks.dat"])
        return DlibDetector(network, landmarks, min_face_px=smallest_px)

    def make_embedder(self, *, threads: int | None = None) -> Embedder:
        """Load the embedder. Raises ModelError."""
        table, place = self.embedder, self.places[self.network]
        return NetworkEmbedder(
            self.engine.load(
                dlib_embedder_model(place) if self.network.endswith(".dat") else place,
                name=f"embedder of pack {self.name}",
                threads=threads,
                expects=table.input.format(),
                bfloat16=table.bfloat16,
            ),
            model_id=self.model_id,
            dim=table.dimension,
            normalised=table.metric == "cosine",
            mirrored=table.mirrored,
            output=table.output,
        )


def open_pack(name: str, *, engine: Engine = ON_CPU) -> Pack:
    """Return a pack after checking its files; raises ModelError when it is unknown, incomplete or damaged."""
    return assemble(known_pack(name), engine)


def open_as_brought(name: str) -> Pack:
    """Return a pack with the calibration it brings, whatever was measured since; raises ModelError as open_pack."""
    return _as_brought(known_pack(name), ON_CPU)


def assemble(known: KnownPack, engine: Engine) -> Pack:
    """Return a pack from its manifest after checking its files; raises ModelError."""
    pack = _as_brought(known, engine)
    own = read_own_calibration(pack.name, pack.model_id)
    return pack if own is None else replace(pack, measured=_calibration(pack.name, own))


def _as_brought(known: KnownPack, engine: Engine) -> Pack:
    manifest, detector = known.manifest, known.detector
    if manifest.embedder.alignment.landmarks is not detector.landmarks:
        raise ModelError(
            f"pack {manifest.name}: its alignment takes landmarks of the order {manifest.embedder.alignment.landmarks} "
            f"and its detector {detector.name} gives {detector.landmarks}: arcface and five points go with yunet, "
            "dlib's chip with dlib"
        )
    (network, of_landmarks), files = known.chosen(engine)
    places = {}
    for file in files:
        if file.found is None:
            raise ModelError(f"pack {manifest.name}: {file.name} is not in place; {how_to_get(manifest.name)}")
        if not file.is_whole():
            raise ModelError(
                f"pack {manifest.name}: {file.found} has a wrong checksum; delete it and {how_to_get(manifest.name)}"
            )
        places[file.name] = file.found
    if network not in places:
        places[network] = _folder(network, places, manifest.name)
    return Pack(
        name=manifest.name,
        version=manifest.version,
        licence=known.licence,
        accuracy=manifest.accuracy,
        model_id=known.model_id,
        detector=detector.name,
        default_min_face_px=manifest.detector.min_face_px or detector.min_face_px,
        min_score=detector.min_score if manifest.detector.min_score is None else manifest.detector.min_score,
        landmark_scheme=detector.landmarks,
        measured=None if manifest.calibration is None else _calibration(manifest.name, manifest.calibration),
        align_all=Aligner(_cut_of(manifest.embedder), _refiner(manifest.landmarks, of_landmarks, places, engine)),
        embedder=manifest.embedder,
        network=network,
        places=places,
        engine=engine,
    )


def _folder(network: str, places: Mapping[str, Path], pack: str) -> Path:
    """Return where a SavedModel folder lies, by a file in it."""
    inside = next((name for name in places if name.startswith(f"{network}/")), None)
    if inside is None:
        raise ModelError(
            f"pack {pack}: {network} holds no file: name a folder that TensorFlow saved a model in, or a file that "
            "ends in .onnx, .xml or .tflite"
        )
    return Path(str(places[inside]).removesuffix(inside.removeprefix(network)))


def _refiner(
    table: LandmarksTable | None, network: str | None, places: Mapping[str, Path], engine: Engine
) -> Refiner | None:
    if table is None or network is None:
        return None
    expects = InputFormat(side_px=table.side_px)
    # 32-bit floats whatever the CPU has: in 16 bits some such networks find the same points in every face.
    load = partial(engine.load, places[network], name="the landmark network", threads=1, expects=expects)
    return Refiner(load, side_px=table.side_px)


def _cut_of(table: EmbedderTable) -> Callable[[Image, Landmarks], Image]:
    if table.alignment.scheme == "dlib":
        return dlib_chip
    side_px = table.input.side_px
    return partial(similarity_crop, targets=side_px * np.array(table.alignment.targets()), size_px=side_px)


def _calibration(pack: str, table: dict[str, Any]) -> Calibration:
    try:
        return Calibration(
            measured_on=table["measured_on"],
            groups={name: _points(points) for name, points in table["groups"].items()},
            neighbour_gap=_points(table["neighbour_gap"]),
            mutual_gap=_points(table.get("mutual_gap", [])),
            single_shots={name: _points(points) for name, points in table.get("single_shots", {}).items()},
            repeats=None if "repeats" not in table else _repeats(table["repeats"]),
        )
    except (KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
        raise ModelError(
            f"pack {pack}: its calibration cannot be read ({error}): measure it anew with `footfall models calibrate`"
        ) from error


def _repeats(table: dict[str, Any]) -> Repeats:
    return Repeats(
        people=int(table["people"]),
        ratios=_points(table["ratios"]),
        newcomers=int(table["newcomers"]),
        fpir=float(table["fpir"]),
    )


def _points(pairs: list[list[float]]) -> Table:
    return tuple((float(rate), float(distance)) for rate, distance in pairs)
