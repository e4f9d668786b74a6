"""Sets the accuracy lost beside the speed won, for each network and each number format it can run in.

    python -m bench.quantisation [--pack dlib] [--data ../shared/data]

Detectors: milliseconds of CPU for a picture of 640x360 with two faces; of the faces found in 32-bit floats how many are
found, and how many more; how far the landmarks move, in hundredths of the face's width; and FNMR at two FMRs over all
pairs of LFW's pictures, when the embedder, in 32-bit floats, is given crops aligned by them: the mean over the pictures
in three sizes, for by which size a face is found decides much. Embedders: milliseconds of CPU for a face, alone and in
batches; how far the distances between two crops move, of both or of one of them; the same FNMR.

"shipped" marks the format that runs where the CPU computes in it; the rule is that FNMR at FMR 1e-4 may rise by less
than half a point. What is not shipped in 8-bit integers is quantised here and now, as `make quantise` does it.
"""

import argparse
import logging
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import nncf
import numpy as np
import openvino as ov
from numpy.typing import NDArray

from bench.quantise import VIEW, in_integers, pictures
from evaluation.comparisons import compare
from evaluation.error_rates import fnmr, threshold_of
from evaluation.visits import Samples, numbered
from faces.dlib_models import dlib_embedder_model
from faces.embedders import NetworkEmbedder
from faces.engines import Engine
from faces.input_format import InputFormat
from faces.packs import Pack, in_place, open_pack, pack_names
from faces.portrayed import off_centre
from faces.ports import Detection, Embedder, FaceDetector, Image
from faces.runtime import Network, cpu_name, fast_formats
from faces.yunet import YuNetDetector
from simulator.still import draw_still

PICTURES_OF_PEOPLE = "lfw_deepfunneled/images"
RATES = (1e-3, 1e-4)
BATCHES = (1, 4, 8, 16)
SIZES = (0.8, 1.0, 1.25)
ROUNDS = 25
WIDTHS = (0.7, 0.8, 0.9, 1.0, 1.1)
SHRUNK = 400
SAME_FACE = 0.25  # landmarks apart by less than this share of the face's width belong to one face

Vectors = NDArray[np.float32]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", choices=pack_names(), help="without it, every pack in place")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("FOOTFALL_DATA", "../shared/data")))
    parser.add_argument("--every", type=int, default=1, help="take only every so-manieth picture")
    arguments = parser.parse_args()
    folder = arguments.data / PICTURES_OF_PEOPLE
    if not folder.is_dir():
        parser.error(f"{folder} is not there: say with --data where the pictures are")
    nncf.set_log_level(logging.ERROR)
    cv2.setNumThreads(1)
    paths = sorted(folder.glob("*/*.jpg"))[:: arguments.every]
    print(f"{cpu_name()}: {', '.join(fast_formats())}; {len(paths)} pictures of LFW")
    for name in [arguments.pack] if arguments.pack else filter(in_place, pack_names()):
        measure(open_pack(name), paths)


def measure(pack: Pack, paths: Sequence[Path]) -> None:
    people = np.array([path.parent.name for path in paths])
    print(f"\n{pack.name}: detector {pack.detector_id}, faces from {pack.default_min_face_px:.0f} pixels")
    plain_embedder = in_floats(pack).make_embedder(threads=1)
    reference: list[list[Detection]] = []
    crops: list[Image] = []
    for label, detector in detectors(pack):
        ms = cpu_ms(lambda detector=detector: detector.detect(STILL))
        found, missed = [], []
        for size in SIZES:
            faces = [detected(detector, picture(path, size)) for path in paths]
            aligned = [
                pack.align(picture(path, size), seen[0].landmarks)
                for path, seen in zip(paths, faces, strict=True)
                if seen
            ]
            kept = list(people[[bool(seen) for seen in faces]])
            missed.append(fnmrs(plain_embedder.embed(aligned), kept))
            found += faces
            if size == 1 and not crops:
                crops, people_of_crops, as_they_come = aligned, kept, faces
        reference = reference or found
        print(f"  {label:22} {ms:6.2f} ms  {agreement(reference, found)}  {told(np.mean(missed, axis=0))}")
    print(f"  the shipped one finds of faces {found_by_width(pack, paths, as_they_come)}")
    print(f"{pack.name}: embedder {pack.model_id}")
    plain: Vectors | None = None
    for label, embedder in embedders(pack):
        times = [
            cpu_ms(lambda batch=batch, embedder=embedder: embedder.embed(crops[:batch])) / batch for batch in BATCHES
        ]
        vectors = embedder.embed(crops)
        plain = vectors if plain is None else plain
        each = " ".join(f"{ms:5.2f}" for ms in times)
        print(f"  {label:22} {each} ms  {moved(plain, vectors)}  {told(fnmrs(vectors, people_of_crops))}")


STILL = draw_still(VIEW, (100, 120), np.random.default_rng(0))


def in_brief() -> str:
    """Say in which format a network runs here that may run in bfloat16."""
    return "bf16" if "BF16" in fast_formats() else "f32"


def detectors(pack: Pack) -> Iterator[tuple[str, FaceDetector]]:
    """Yield a pack's detector in 32-bit floats, and in every other format, under the name of that."""
    yield "f32", in_floats(pack).make_detector(threads=1)
    if pack.detector == "dlib":
        yield "int8 (shipped)", pack.make_detector(threads=1)
        return
    yield f"{in_brief()} (shipped)", pack.make_detector(threads=1)
    samples = [picture[:352] for picture in pictures()]  # YuNet takes sides that 32 divides
    network = loaded(in_integers(pack.places["yunet_n.onnx"], samples), "YuNet in integers")
    yield "int8", YuNetDetector(network, min_face_px=pack.default_min_face_px)


def embedders(pack: Pack) -> Iterator[tuple[str, Embedder]]:
    """Yield a pack's embedder in 32-bit floats, and in every other format, under the name of that."""
    yield "f32", in_floats(pack).make_embedder(threads=1)
    brief = replace(pack, embedder=pack.embedder.model_copy(update={"bfloat16": True})).make_embedder(threads=1)
    yield f"{in_brief()} (shipped)" if pack.embedder.bfloat16 else in_brief(), brief
    place = pack.places[pack.network]
    if pack.embedder.input.format() != InputFormat(side_px=pack.embedder.input.side_px):
        return  # the samples would have to be brought into its own format first
    floats = dlib_embedder_model(place) if pack.network.endswith(".dat") else place
    network = loaded(in_integers(floats, list(synthetic_crops(pack))), f"{pack.name}'s embedder in integers")
    normalised = pack.embedder.metric == "cosine"
    yield "int8", NetworkEmbedder(network, model_id=brief.model_id, dim=brief.dim, normalised=normalised)


def in_floats(pack: Pack) -> Pack:
    return replace(pack, engine=Engine(precision="f32"))


def synthetic_crops(pack: Pack) -> Iterator[Image]:
    detector = pack.make_detector(threads=1)
    for picture in pictures():
        for face in detector.detect(picture):
            yield pack.align(picture, face.landmarks)


def loaded(model: ov.Model, name: str) -> Network:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "model.xml"
        ov.save_model(model, place, compress_to_fp16=False)
        return Network(place, name=name, threads=1)


def picture(path: Path, size: float) -> Image:
    return np.asarray(cv2.resize(cv2.imread(str(path)), None, fx=size, fy=size, interpolation=cv2.INTER_AREA))


def detected(detector: FaceDetector, image: Image) -> list[Detection]:
    return sorted(detector.detect(image), key=lambda face: off_centre(face, image))


def agreement(reference: Sequence[Sequence[Detection]], found: Sequence[Sequence[Detection]]) -> str:
    """Tell how many faces both found, and how far apart their landmarks lie."""
    both, moves = 0, []
    for expected, faces in zip(reference, found, strict=True):
        for face in expected:
            width = face.box[2]
            nearest = min(
                (float(np.linalg.norm(face.landmarks - other.landmarks, axis=1).mean()) / width for other in faces),
                default=1.0,
            )
            if nearest < SAME_FACE:
                both += 1
                moves.append(nearest)
    total, here = sum(map(len, reference)), sum(map(len, found))
    return (
        f"{both} of {total} faces, {here - both} more, landmarks off by "
        f"{100 * statistics.median(moves):.1f} (95 %: {100 * float(np.quantile(moves, 0.95)):.1f}) %"
    )


def found_by_width(pack: Pack, paths: Sequence[Path], reference: Sequence[Sequence[Detection]]) -> str:
    """Tell the share of faces found by their width, in shares of what the detector is asked for, each shrunk to it."""
    asked_px = pack.default_min_face_px
    detector = pack.make_detector(threads=1)
    shares = []
    for part in WIDTHS:
        hits = 0
        chosen = [(path, faces[0]) for path, faces in zip(paths, reference, strict=True) if faces][:SHRUNK]
        for path, face in chosen:
            ratio = part * asked_px / face.box[2]
            shrunk = cv2.resize(cv2.imread(str(path)), None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA)
            expected = face.landmarks * ratio
            hits += any(
                float(np.linalg.norm(other.landmarks - expected, axis=1).mean()) < SAME_FACE * part * asked_px
                for other in detector.detect(np.ascontiguousarray(shrunk))
            )
        shares.append(f"{part * asked_px:.0f} px wide {100 * hits / len(chosen):.0f} %")
    return ", ".join(shares)


def fnmrs(vectors: Vectors, people: list[str]) -> list[float]:
    """Return FNMR at each of the rates, over all pairs."""
    names, person_of = numbered(np.array(people))
    samples = Samples(
        vectors=vectors, person_of=person_of, rows=np.arange(len(vectors), dtype=np.int64)[:, None], people=len(names)
    )
    comparisons = compare([samples])
    return [fnmr(comparisons, threshold_of(comparisons, rate)) for rate in RATES]


def told(missed: Sequence[float]) -> str:
    rates = zip(RATES, missed, strict=True)
    return "FNMR " + ", ".join(f"{100 * share:.2f} % at FMR {rate:.0e}" for rate, share in rates)


def distances(vectors: Vectors, people: list[str]) -> tuple[Vectors, Vectors]:
    """Return the distances of mated and of non-mated pairs, each pair once."""
    names = np.array(people)
    squares = np.square(vectors).sum(axis=1)
    between = np.sqrt(np.maximum(squares[:, None] + squares[None] - 2 * vectors @ vectors.T, 0))
    one, other = np.triu_indices(len(vectors), k=1)
    same = names[one] == names[other]
    return between[one, other][same], between[one, other][~same]


def moved(plain: Vectors, vectors: Vectors) -> str:
    """Tell how far the distances between the crops lie from those in 32-bit floats."""
    before, after = between(plain, plain), between(vectors, vectors)
    across = between(plain, vectors)
    within = np.abs(after - before)[np.triu_indices(len(plain), 1)]
    mixed = np.abs(across - before)[np.triu_indices(len(plain), 1)]
    return (
        f"distances off by {np.median(within):.4f} (max {within.max():.4f}), "
        f"against f32 templates {np.median(mixed):.4f} (max {mixed.max():.4f})"
    )


def between(one: Vectors, other: Vectors) -> NDArray[np.float32]:
    squares = np.square(one).sum(axis=1)[:, None] + np.square(other).sum(axis=1)[None] - 2 * one @ other.T
    return np.sqrt(np.maximum(squares, 0))


def cpu_ms(step: Callable[[], object]) -> float:
    """Return the median CPU of a step in milliseconds: what else runs on this machine does not count."""
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        step()
        times.append(time.process_time() - began)
    return 1000 * statistics.median(times)


if __name__ == "__main__":
    main()
