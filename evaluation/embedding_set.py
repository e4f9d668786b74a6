"""The faces of a set of pictures: found, judged and embedded once, then measured in many ways."""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.embedding_cache import EmbeddingCache, Row
from evaluation.pictures import Picture, read_picture
from faces.errors import PictureError
from faces.packs import Pack
from faces.portrayed import portrayed
from faces.ports import Embedder, FaceDetector
from faces.quality import Quality, assess
from ingest.gates import Gates


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EmbeddingSet:
    """A row for each picture with a face: the one nearest to its middle, as the pack sees it.

    ``embeddings`` are (n, dim); ``people``, ``names`` and ``rejections`` (n,) text, a rejection being "" where the
    gates let the face pass; ``qualities`` (n,) are utilities, 0..1; ``boxes`` (n, 4) as in Detection.
    Times are milliseconds for each picture. ``without_face`` and the keys of ``unreadable`` are names of pictures
    without a row; the values of ``unreadable`` say what is wrong with the file.
    """

    embeddings: NDArray[np.float32]
    people: NDArray[np.str_]
    names: NDArray[np.str_]
    rejections: NDArray[np.str_]
    qualities: NDArray[np.float32]
    boxes: NDArray[np.float32]
    detect_ms: NDArray[np.float32]
    embed_ms: NDArray[np.float32]
    cpu_ms: NDArray[np.float32]
    without_face: Sequence[str]
    unreadable: Mapping[str, str]

    @property
    def passed(self) -> NDArray[np.bool_]:
        """Which rows the gates let pass."""
        return np.asarray(self.rejections == "")


def embed_pictures(
    pictures: Sequence[Picture],
    pack: Pack,
    cache: EmbeddingCache,
    *,
    threads: int = 1,
    on_picture: Callable[[], None] = lambda: None,
) -> EmbeddingSet:
    """Find, judge and embed the face of each picture, or take it from the cache. Raises ModelError.

    ``on_picture`` is called after each picture. What was embedded before an interruption stays in the cache.
    """
    lens = _Lens(pack, threads)
    rows: list[Row] = []
    seen: list[Picture] = []
    without_face: list[str] = []
    unreadable: dict[str, str] = {}
    with cache:
        for picture in pictures:
            try:
                row = cache.row_of(_digest(picture.path), partial(lens.look, picture.path))
            except PictureError as error:
                unreadable[picture.name] = str(error)
            else:
                if row.embedding is None:
                    without_face.append(picture.name)
                else:
                    rows.append(row)
                    seen.append(picture)
            on_picture()
    gates = Gates(min_score=pack.min_score)
    dim = len(rows[0].embedding) if rows and rows[0].embedding is not None else 0
    return EmbeddingSet(
        embeddings=np.array([row.embedding for row in rows], dtype=np.float32).reshape(len(rows), dim),
        people=np.array([picture.person for picture in seen], dtype=np.str_),
        names=np.array([picture.name for picture in seen], dtype=np.str_),
        rejections=np.array([gates.refuse(_quality(row)) or "" for row in rows], dtype=np.str_),
        qualities=np.array([_quality(row).score for row in rows], dtype=np.float32),
        boxes=np.array([row.box for row in rows], dtype=np.float32).reshape(len(rows), 4),
        detect_ms=np.array([row.detect_ms for row in rows], dtype=np.float32),
        embed_ms=np.array([row.embed_ms for row in rows], dtype=np.float32),
        cpu_ms=np.array([row.cpu_ms for row in rows], dtype=np.float32),
        without_face=without_face,
        unreadable=unreadable,
    )


def _quality(row: Row) -> Quality:
    return Quality(**{field.name: value for field, value in zip(fields(Quality), row.quality, strict=True)})


class _Lens:
    """Detector, alignment and embedder of a pack, loaded when the first picture is looked at."""

    def __init__(self, pack: Pack, threads: int) -> None:
        self._pack = pack
        self._threads = threads
        self._parts: tuple[FaceDetector, Embedder] | None = None

    def look(self, path: Path) -> Row:
        image = read_picture(path)
        if self._parts is None:
            self._parts = (
                self._pack.make_detector(threads=self._threads),
                self._pack.make_embedder(threads=self._threads),
            )
        detector, embedder = self._parts
        cpu, began = time.process_time(), time.perf_counter()
        found = detector.detect(image)
        detected = time.perf_counter()
        face = portrayed(found, image)
        if face is None:
            return Row.empty()
        (embedding,) = embedder.embed([self._pack.align(image, face.landmarks)])
        embedded = time.perf_counter()
        cpu_ms = 1000 * (time.process_time() - cpu)
        return Row(
            embedding=embedding,
            quality=astuple(assess(image, face, self._pack.landmark_scheme)),
            box=face.box,
            detect_ms=1000 * (detected - began),
            embed_ms=1000 * (embedded - detected),
            cpu_ms=cpu_ms,
        )


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise PictureError(f"{path}: cannot be read ({error.strerror})") from error
