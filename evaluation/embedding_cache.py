"""What was seen in each picture, kept between evaluations: looking is slow, measuring is not."""

import hashlib
import io
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

import faces
from faces.model_cache import CACHE_VARIABLE, cache_dir
from faces.packs import Pack
from faces.ports import Embeddings
from faces.whole_files import write_whole
from schemas.errors import StorageError

_COLUMNS = ("quality", "box", "detect_ms", "embed_ms", "cpu_ms")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Row:
    """What a pack saw in one picture; ``embedding`` is None where it found no face, and the rest then empty.

    ``quality`` holds the fields of faces.quality.Quality in their order.
    """

    embedding: Embeddings | None
    quality: tuple[float, ...]
    box: tuple[float, ...]
    detect_ms: float
    embed_ms: float
    cpu_ms: float

    @classmethod
    def empty(cls) -> Self:
        """Return the row of a picture without a face."""
        return cls(embedding=None, quality=(), box=(), detect_ms=0.0, embed_ms=0.0, cpu_ms=0.0)


class EmbeddingCache:
    """The rows of one folder and one pack in one ``.npz`` file, by the SHA-256 of each picture.

    A context manager: on leaving, also by an exception, the rows asked for are written, and those of pictures that are
    gone are dropped. A cache made by other code than today's or by another model is not looked at. Embeddings are to be
    kept like pictures of faces: the file can be read by its owner alone.
    """

    def __init__(self, place: Path) -> None:
        self._place = place
        self._known: dict[str, Row] = {}
        self._asked: dict[str, Row] = {}
        self._changed = False

    def __enter__(self) -> Self:
        with suppress(OSError, KeyError, ValueError, zipfile.BadZipFile):
            self._known = _read(self._place)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._changed:
            return
        try:
            _write(self._place, self._asked if kind is None else self._known | self._asked)
        except OSError as failure:
            raise StorageError(
                f"{self._place}: cannot keep the embeddings ({failure.strerror}); free space, or set {CACHE_VARIABLE} "
                "to a folder that can be written"
            ) from failure

    def row_of(self, digest: str, look: Callable[[], Row]) -> Row:
        """Return the row kept for a picture, or the one ``look`` gives."""
        row = self._known.get(digest)
        if row is None:
            row = look()
            self._changed = True
        self._asked[digest] = row
        return row


def cache_of(folder: Path, pack: Pack) -> EmbeddingCache:
    """Return the cache, in the user's cache folder, of the pictures in ``folder`` as ``pack`` sees them."""
    key = hashlib.sha256()
    for part in (str(folder.resolve()), pack.model_id, pack.detector_id, str(pack.default_min_face_px), _code()):
        key.update(part.encode() + b"\0")
    return EmbeddingCache(cache_dir() / "evaluation" / f"{pack.name}-{folder.name}-{key.hexdigest()[:16]}.npz")


def _code() -> str:
    """Return a digest of the code that looks at pictures: what it saw before it was changed may be something else."""
    digest = hashlib.sha256()
    for module in sorted(Path(faces.__file__).parent.rglob("*.py")):
        digest.update(module.read_bytes())
    return digest.hexdigest()


def _read(place: Path) -> dict[str, Row]:
    with place.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        with_face = {
            str(digest): Row(
                embedding=embedding,
                quality=tuple(quality.tolist()),
                box=tuple(box.tolist()),
                detect_ms=float(detect_ms),
                embed_ms=float(embed_ms),
                cpu_ms=float(cpu_ms),
            )
            for digest, embedding, quality, box, detect_ms, embed_ms, cpu_ms in zip(
                *(stored[name] for name in ("digest", "embedding", *_COLUMNS)), strict=True
            )
        }
        return with_face | {str(digest): Row.empty() for digest in stored["without_face"]}


def _write(place: Path, rows: dict[str, Row]) -> None:
    with_face = {digest: row for digest, row in rows.items() if row.embedding is not None}
    columns: dict[str, Any] = {
        name: np.array([getattr(row, name) for row in with_face.values()], dtype=np.float32)
        for name in ("embedding", *_COLUMNS)
    }
    file = io.BytesIO()
    np.savez(
        file,
        digest=np.array(list(with_face), dtype=np.str_),
        without_face=np.array([digest for digest in rows if digest not in with_face], dtype=np.str_),
        **columns,
    )
    place.parent.mkdir(parents=True, exist_ok=True)
    write_whole(place, file.getvalue())
