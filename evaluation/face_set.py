"""The faces of all pictures in a folder."""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.face_cache import FaceCache
from evaluation.face_finder import Face, faces_in
from faces.cores import cores_here
from faces.errors import PictureError
from faces.face_finder import FaceFinder
from faces.packs import Pack
from faces.pictures import decode_own_picture
from faces.ports import Embeddings
from schemas.errors import InputError

# By their names these are pictures. Which of them can be read, their first bytes tell.
_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".heic", ".heif", ".avif", ".bmp", ".gif", ".tif", ".tiff"}
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeenPicture:
    """A picture of a folder: ``name`` is its path within the folder, ``faces`` are the largest first.

    ``problem`` is what is wrong with one that cannot be read, else "".
    """

    name: str
    path: Path
    faces: Sequence[Face]
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceSet:
    """The pictures of a folder, by name, and their faces: row by row in the order of pictures and of faces in each."""

    pictures: Sequence[SeenPicture]
    dim: int

    @property
    def faces(self) -> list[Face]:
        """The face of each row."""
        return [face for picture in self.pictures for face in picture.faces]

    @property
    def embeddings(self) -> Embeddings:
        """(n, dim), the embedding of each row."""
        rows = [face.embedding for face in self.faces]
        return np.array(rows, dtype=np.float32).reshape(len(rows), self.dim)

    @property
    def picture_of(self) -> NDArray[np.int64]:
        """(n,), which of the pictures each row is in."""
        return np.repeat(np.arange(len(self.pictures)), [len(picture.faces) for picture in self.pictures])

    @property
    def unreadable(self) -> list[SeenPicture]:
        """The pictures that cannot be read."""
        return [picture for picture in self.pictures if picture.problem]


def pictures_in(folder: Path) -> list[Path]:
    """Return the pictures anywhere below a folder, by name; hidden ones are left out.

    Raises InputError where there is no such folder or no picture in it.
    """
    if not folder.is_dir():
        wrong = "is a file, not a folder" if folder.exists() else "there is no such folder"
        raise InputError(f"{folder}: {wrong}; give a folder of pictures")
    try:
        found = sorted(
            path
            for path in folder.rglob("*")
            if path.suffix.lower() in _SUFFIXES
            and path.is_file()
            and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        )
    except OSError as error:
        raise InputError(f"{error.filename}: cannot be read ({error.strerror}); change its permissions") from error
    if not found:
        raise InputError(f"{folder}: there is no picture in it; give a folder of JPEG, PNG, WebP or BMP pictures")
    return found


def faces_of_folder(
    folder: Path,
    paths: Sequence[Path],
    pack: Pack,
    cache: FaceCache | None,
    *,
    on_picture: Callable[[SeenPicture], None] = lambda _: None,
) -> FaceSet:
    """Look at pictures below a folder, as ``pictures_in`` gives them, on all cores; ``on_picture`` is told of each.

    Pictures that ``cache`` knows are not looked at again; what was seen before an interruption stays in it. One that
    cannot be read is no error but part of the answer. Raises ModelError, StorageError.
    """
    finder = FaceFinder(pack)

    def look(path: Path) -> SeenPicture:
        name = path.relative_to(folder).as_posix()
        try:
            return SeenPicture(name=name, path=path, faces=_faces_of(path, finder, pack, cache))
        except PictureError as error:
            return SeenPicture(name=name, path=path, faces=(), problem=str(error))

    with ThreadPoolExecutor(cores_here()) as workers:
        pictures = []
        # Closed where it is left early, so that pictures that wait are not looked at any more.
        with closing(_in_order(workers, look, paths)) as seen:
            for picture in seen:
                pictures.append(picture)
                on_picture(picture)
    return FaceSet(pictures=pictures, dim=finder.dim)


def _faces_of(path: Path, finder: FaceFinder, pack: Pack, cache: FaceCache | None) -> Sequence[Face]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PictureError(f"cannot be read ({error.strerror}); change its permissions") from error
    digest = sha256(data).digest()
    known = cache.faces_of(digest) if cache else None
    if known is not None:
        return known
    found = faces_in(decode_own_picture(data), finder, pack.landmark_scheme)
    if cache:
        cache.keep(digest, found)
    return found


def _in_order(
    workers: ThreadPoolExecutor, look: Callable[[Path], SeenPicture], paths: Sequence[Path]
) -> Generator[SeenPicture]:
    yield from workers.map(look, paths)
