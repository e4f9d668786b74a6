"""The pictures an evaluation is made on: a folder of person folders, and pairs of them."""

import csv
from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

import faces.pictures
from faces.ports import Image
from schemas.errors import InputError

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})
# Pictures are brought to this size, so that a face in a portrait from a telephone is not searched for in megapixels.
_LONGEST_SIDE_PX = 1200
_MAX_PIXELS = 100_000_000
_PAIR_COLUMNS = ("path_a", "path_b", "same")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture of one person: ``name`` is its path within the folder, ``person`` the folder that it lies in."""

    path: Path
    name: str
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two pictures, by their names, and whether they show one person. Pairs of one ``fold`` are judged together."""

    one: str
    other: str
    same: bool
    fold: str


def find_pictures(folder: Path) -> list[Picture]:
    """Return the pictures anywhere below ``folder``, by name; each shows the person its own folder is named after.

    So a person's pictures may be parted over several folders of the same name, ``train/anna`` and ``test/anna``.
    Raises InputError when there is no such folder or no picture in it.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; give a folder with one folder of pictures for each person")
    pictures = [
        Picture(path=path, name=path.relative_to(folder).as_posix(), person=path.parent.name)
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in SUFFIXES and path.is_file()
    ]
    if not pictures:
        raise InputError(
            f"{folder}: holds no pictures ({', '.join(sorted(SUFFIXES))}); give a folder with one folder of pictures "
            "for each person"
        )
    return pictures


def read_picture(path: Path) -> Image:
    """Return a picture, BGR, its longer side at most 1200 px; raises PictureError for anything but a whole picture."""
    image = faces.pictures.read_picture(path, max_pixels=_MAX_PIXELS)
    shrink = _LONGEST_SIDE_PX / max(image.shape[:2])
    if shrink >= 1:
        return image
    return np.asarray(cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def read_pairs(path: Path, folder: Path, pictures: Sequence[Picture]) -> list[Pair]:
    """Return the pairs of a CSV file with the columns path_a, path_b, same (0 or 1), and, if it likes, fold.

    Paths are relative to ``folder`` or to the folder it lies in. Raises InputError for a file that is none of this, and
    for pairs of pictures that are not among ``pictures``.
    """
    names = {picture.name for picture in pictures}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read ({error}); give a CSV file of pairs") from error
    absent = [column for column in _PAIR_COLUMNS if not rows or column not in rows[0]]
    if absent:
        raise InputError(
            f"{path}: holds no pairs with a column {absent[0]}; the first line must read "
            "path_a,path_b,same, and may go on with ,fold"
        )
    pairs = []
    for line, row in enumerate(rows, start=2):
        if row["same"] not in ("0", "1"):
            raise InputError(f"{path}, line {line}: same is {row['same']!r}; write 1 for one person, 0 for two")
        one, other = (_within(row[column] or "", folder.resolve(), names) for column in ("path_a", "path_b"))
        for name, column in ((one, "path_a"), (other, "path_b")):
            if name not in names:
                raise InputError(
                    f"{path}, line {line}: {row[column]} is no picture in {folder}; pairs name their pictures as they "
                    "lie in the folder of --data or in the one above it"
                )
        pairs.append(Pair(one=one, other=other, same=row["same"] == "1", fold=row.get("fold") or ""))
    return pairs


def read_groups(path: Path) -> dict[str, str]:
    """Return the group of each person from a CSV file with the columns person and group; raises InputError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read ({error}); give a CSV file of people and groups") from error
    if not rows or not {"person", "group"} <= rows[0].keys():
        raise InputError(f"{path}: names no groups; the first line must read person,group")
    return {row["person"]: row["group"] for row in rows if row["person"] and row["group"]}


def _within(written: str, folder: Path, names: Container[str]) -> str:
    """Return the name in the folder of a path that starts there or one folder above.

    Nothing is asked of the file system: it fails over what is no path to it, such as a name longer than it allows.
    """
    name = Path(written).as_posix()
    return name if name in names else name.removeprefix(f"{folder.name}/")
