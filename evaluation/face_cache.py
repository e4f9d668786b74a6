"""The faces of pictures, kept between runs by the digest of each picture: looking is slow, comparing is not.

Embeddings and portraits are personal data. The file can be read by its owner alone, and what was not asked for in
thirty days is erased from it.
"""

import sqlite3
import threading
from collections.abc import Sequence
from datetime import date, timedelta
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Self

import numpy as np

from evaluation.face_finder import Face
from faces.model_cache import CACHE_VARIABLE, cache_dir
from faces.packs import Pack
from faces.ports import Detection
from schemas.errors import StorageError

_KEPT = timedelta(days=30)
_TABLES = """
CREATE TABLE IF NOT EXISTS pictures (
    id INTEGER PRIMARY KEY, digest BLOB NOT NULL, seen_by TEXT NOT NULL, used_on TEXT NOT NULL, UNIQUE (digest, seen_by)
);
CREATE TABLE IF NOT EXISTS faces (
    picture INTEGER NOT NULL REFERENCES pictures ON DELETE CASCADE, number INTEGER NOT NULL,
    x REAL, y REAL, width REAL, height REAL, score REAL, landmarks BLOB, embedding BLOB, portrait BLOB,
    PRIMARY KEY (picture, number)
);
"""


class FaceCache:
    """One SQLite file, a context manager. Safe to call from several threads at once, and from several processes."""

    def __init__(self, pack: Pack, *, today: date, place: Path | None = None) -> None:
        """Keep what ``pack`` sees in ``faces.sqlite`` of the user's cache folder, or in ``place``."""
        self._place = place or cache_dir() / "faces.sqlite"
        self._seen_by = _seen_by(pack)
        self._today = today
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Open the file, made anew where it is damaged. Raises StorageError where it cannot be written."""
        try:
            try:
                self._open()
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:
                self._place.unlink()
                self._open()
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(error) from error
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def faces_of(self, digest: bytes) -> list[Face] | None:
        """Return the faces of the picture with this digest, the largest first; None where it was never seen."""
        with self._lock:
            try:
                return self._read(digest)
            except sqlite3.Error as error:
                raise self._unusable(error) from error

    def keep(self, digest: bytes, found: Sequence[Face]) -> None:
        """Keep the faces of a picture. Raises StorageError."""
        with self._lock:
            try:
                self._write(digest, found)
            except sqlite3.Error as error:
                raise self._unusable(error) from error

    def _open(self) -> None:
        self._place.parent.mkdir(parents=True, exist_ok=True)
        self._place.touch(mode=0o600)
        self._connection = sqlite3.connect(self._place, timeout=30.0, isolation_level=None, check_same_thread=False)
        try:
            for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", "secure_delete = ON"):
                self._connection.execute(f"PRAGMA {pragma}")
            self._connection.executescript(_TABLES)
            self._connection.execute("DELETE FROM pictures WHERE used_on < ?", [(self._today - _KEPT).isoformat()])
        except sqlite3.Error:
            self._connection.close()
            raise

    def _read(self, digest: bytes) -> list[Face] | None:
        picture = self._connection.execute(
            "SELECT id, used_on FROM pictures WHERE digest = ? AND seen_by = ?", [digest, self._seen_by]
        ).fetchone()
        if picture is None:
            return None
        if picture[1] != self._today.isoformat():
            self._connection.execute(
                "UPDATE pictures SET used_on = ? WHERE id = ?", [self._today.isoformat(), picture[0]]
            )
        rows = self._connection.execute(
            "SELECT x, y, width, height, score, landmarks, embedding, portrait FROM faces WHERE picture = ? "
            "ORDER BY number",
            [picture[0]],
        )
        return [
            Face(
                detection=Detection(
                    box=(x, y, width, height),
                    score=score,
                    landmarks=np.frombuffer(landmarks, dtype=np.float32).reshape(5, 2),
                ),
                embedding=np.frombuffer(embedding, dtype=np.float32),
                portrait=portrait,
            )
            for x, y, width, height, score, landmarks, embedding, portrait in rows
        ]

    def _write(self, digest: bytes, found: Sequence[Face]) -> None:
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            row = self._connection.execute(
                "INSERT OR REPLACE INTO pictures (digest, seen_by, used_on) VALUES (?, ?, ?)",
                [digest, self._seen_by, self._today.isoformat()],
            ).lastrowid
            self._connection.executemany(
                "INSERT INTO faces VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        row, number, *face.detection.box, face.detection.score, face.detection.landmarks.tobytes(),
                        face.embedding.tobytes(), face.portrait,
                    )
                    for number, face in enumerate(found)
                ],
            )  # fmt: skip

    def _unusable(self, error: OSError | sqlite3.Error) -> StorageError:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return StorageError(
            f"{self._place}: cannot keep the faces ({reason}); free space, set {CACHE_VARIABLE} to a folder that can "
            "be written, or keep nothing with --no-cache"
        )


def _seen_by(pack: Pack) -> str:
    """Return what a picture's faces depend on beside the picture: the models, and the code that uses them."""
    code = sha256()
    modules = [module for module in files("faces").iterdir() if module.name.endswith(".py")]
    modules += [files("evaluation") / name for name in ("face_finder.py", "portraits.py")]
    for module in sorted(modules, key=lambda entry: entry.name):
        code.update(module.read_bytes())
    chosen = (pack.model_id, pack.detector_id, pack.default_min_face_px, pack.min_score)
    return " ".join(map(str, (*chosen, code.hexdigest())))
