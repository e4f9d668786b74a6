"""How long the parts of a pack take on this machine, and how that compares with the engine they were made from.

Times are CPU times, of all threads together: on one core and an idle machine that is what a clock on the wall shows,
and what else the machine has to do does not count. Each measurement runs in a process of its own, kept to as many cores
as it may use: then its peak memory is that of a pack at work.
"""

import os
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import ParamSpec, TypeVar

import cv2
import numpy as np

from faces.engines import ON_CPU, Engine
from faces.packs import open_pack
from faces.pictures import read_picture
from faces.ports import Embedder, Embeddings, Image
from faces.reference import ReferenceEmbedder, as_in_face_recognition
from faces.self_test import SOME_LANDMARKS

WIDTH_PX, HEIGHT_PX = 640, 360
_ROUNDS = 25
_WARM_UPS = 3
_ROUNDS_BESIDE_REFERENCE = 7
_FLOATS = Engine(precision="f32")
_STATUS = Path("/proc/self/status")

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Medians in milliseconds of CPU: finding faces in a picture, embedding one aligned crop, both with the alignment.

    ``faces`` is how many faces the picture holds and ``min_face_px`` the narrowest that is looked for;
    ``frame_to_embedding_ms`` is for the picture with all of them. ``rss_mb`` is the peak memory of the process.
    """

    faces: int
    min_face_px: float
    detect_ms: float
    embed_ms: float
    frame_to_embedding_ms: float
    rss_mb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The embedder of the dlib pack beside face_recognition, in turns, on the same aligned crops.

    ``embed_ms`` is face_recognition's median for a face. ``ratio`` is how many times longer that is than the pack's, as
    it runs on this machine, and ``ratio_f32`` than the pack's in 32-bit floats, whose embeddings are face_recognition's
    own: ``max_abs_diff`` is the largest difference between any two of their numbers.
    """

    embed_ms: float
    max_abs_diff: float
    ratio: float
    ratio_f32: float


def measure(pack_name: str, image: Image, *, threads: int, min_face_px: float | None = None) -> Speed:
    """Run a pack's detector and embedder over a picture, some dozen times, on so many cores. Raises ModelError.

    ``min_face_px`` is the narrowest face looked for; without it, the pack's own.
    """
    return _alone(_measured, pack_name, image, threads, min_face_px)


def compare(python: Path, crops: Sequence[Image], *, threads: int) -> Comparison:
    """Set the dlib pack beside face_recognition, run by ``python``. Raises ModelError.

    ``crops`` are dlib's aligned crops, (150, 150, 3), and are embedded all in one call by either.
    """
    return _alone(_compared, python, list(crops), threads)


def picture_to_measure_on(path: Path) -> Image:
    """Return a picture brought to 640x360; raises PictureError, naming the file."""
    size = (WIDTH_PX, HEIGHT_PX)
    return np.asarray(cv2.resize(read_picture(path), size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _measured(pack_name: str, image: Image, threads: int, min_face_px: float | None) -> Speed:
    _keep_to_cores(threads)
    pack = open_pack(pack_name)
    smallest_px = min_face_px or pack.default_min_face_px
    detector = pack.make_detector(threads=threads, min_face_px=smallest_px)
    embedder = pack.make_embedder(threads=threads)
    found = detector.detect(image)
    landmarks = found[0].landmarks if found else SOME_LANDMARKS  # an embedder takes as long over any crop
    crop = pack.align(image, landmarks)

    def whole() -> object:
        return embedder.embed([pack.align(image, face.landmarks) for face in detector.detect(image)])

    return Speed(
        faces=len(found),
        min_face_px=smallest_px,
        detect_ms=_median_ms(lambda: detector.detect(image)),
        embed_ms=_median_ms(lambda: embedder.embed([crop])),
        frame_to_embedding_ms=_median_ms(whole),
        rss_mb=_peak_mb(),
    )


def _compared(python: Path, crops: Sequence[Image], threads: int) -> Comparison:
    _keep_to_cores(threads)
    shipped, floats = (as_in_face_recognition(engine).make_embedder(threads=threads) for engine in (ON_CPU, _FLOATS))
    times: dict[str, list[float]] = {"shipped": [], "floats": [], "reference": []}
    apart = 0.0
    with ReferenceEmbedder(python) as reference:
        for round_ in range(_WARM_UPS + _ROUNDS_BESIDE_REFERENCE):
            _, shipped_s = _timed(shipped, crops)
            ours, floats_s = _timed(floats, crops)
            theirs, reference_s = reference.timed_embed(crops)
            apart = max(apart, float(np.abs(ours - theirs).max()))
            if round_ >= _WARM_UPS:
                for name, took_s in zip(times, (shipped_s, floats_s, reference_s), strict=True):
                    times[name].append(took_s)
    median_s = {name: statistics.median(took) for name, took in times.items()}
    return Comparison(
        embed_ms=1000 * median_s["reference"] / len(crops),
        max_abs_diff=apart,
        ratio=median_s["reference"] / median_s["shipped"],
        ratio_f32=median_s["reference"] / median_s["floats"],
    )


def _timed(embedder: Embedder, crops: Sequence[Image]) -> tuple[Embeddings, float]:
    began = time.process_time()
    embeddings = embedder.embed(crops)
    return embeddings, time.process_time() - began


def _alone(step: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(step, *arguments, **named).result()


def _keep_to_cores(number: int) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-number:])
    cv2.setNumThreads(number)


def _peak_mb() -> float:
    # getrusage also counts what the process held before it became this program, which on Linux is its parent's memory.
    if _STATUS.exists():
        peak_kb = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM")).split()[1]
        return int(peak_kb) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _median_ms(step: Callable[[], object]) -> float:
    times = []
    for round_ in range(_WARM_UPS + _ROUNDS):
        began = time.process_time()
        step()
        if round_ >= _WARM_UPS:
            times.append(time.process_time() - began)
    return 1000 * statistics.median(times)
