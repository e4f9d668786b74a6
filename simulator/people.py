"""Whose faces walk through the door: people who do not exist, or pictures of people from a folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from faces.packs import Pack
from faces.portrayed import portrayed
from faces.ports import FaceDetector, Image
from schemas.errors import InputError
from simulator.face_space import Coefficients, FaceSpace
from simulator.portrait import SIDE_PX, aligned_portrait
from simulator.sprite import FACE_ALONE, WHOLE_HEAD, Outline

_PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})
_PICTURE_PX = 2 * SIDE_PX
_MOST_A_VISIT, _LEAST_A_VISIT = 4, 2
_SMALLEST_FACE_PX = 40
_LARGEST_PICTURE_PX = 1200


class People(Protocol):
    """The people of a simulated day, numbered from 0."""

    @property
    def names(self) -> Sequence[str]:
        """A name for each person, sorted."""

    @property
    def outline(self) -> Outline:
        """How much of a portrait is the person's own."""

    def portraits(self, person: int, visit: int) -> Sequence[Image]:
        """Return the portraits, one after the other, that a person shows on the visit of this number (from 0)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InventedPeople:
    """People who do not exist: points of the face space, and a new look of the point on each visit."""

    space: FaceSpace
    people: Sequence[Coefficients]
    seed: int

    @property
    def names(self) -> Sequence[str]:
        """``visitor-001`` and so on."""
        return [f"visitor-{number:03d}" for number in range(1, len(self.people) + 1)]

    @property
    def outline(self) -> Outline:
        """The face alone."""
        return FACE_ALONE

    def portraits(self, person: int, visit: int) -> Sequence[Image]:
        """Return one look, another on each visit."""
        rng = np.random.default_rng([self.seed, person, visit])
        return [self.space.portrait(self.space.look(self.people[person], rng))]


def invent_people(space: FaceSpace, number: int, rng: np.random.Generator) -> InventedPeople:
    """Draw people from the face space."""
    people = [space.person(rng) for _ in range(number)]
    return InventedPeople(space=space, people=people, seed=int(rng.integers(2**31)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PicturedPeople:
    """Real people from pictures, for measuring: each visit takes other pictures of the person, as far as they reach."""

    names: Sequence[str]
    pictures: Sequence[Sequence[Image]]

    @property
    def outline(self) -> Outline:
        """The whole head."""
        return WHOLE_HEAD

    def portraits(self, person: int, visit: int) -> Sequence[Image]:
        """Return the pictures ``pictures_shown`` names."""
        own = self.pictures[person]
        return [own[number] for number in pictures_shown(len(own), visit)]


def pictures_shown(pictures: int, visit: int) -> Sequence[int]:
    """Return which of somebody's pictures a visit shows: half of them, but two to four where there are so many.

    Somebody who is seen on a visit turns, speaks, comes nearer: one picture alone is not what a camera sees of them.
    The next visit goes on where this one ends, and with too few pictures begins anew.
    """
    number = min(max(min(_MOST_A_VISIT, pictures // 2), _LEAST_A_VISIT), pictures)
    return [(visit * number + offset) % pictures for offset in range(number)]


def pictured_people(folder: Path, number: int, pack: Pack, rng: np.random.Generator) -> PicturedPeople:
    """Choose people at random from a folder that holds a folder of pictures for each person.

    Raises InputError when fewer than ``number`` folders hold a picture with a face of at least 40 pixels.
    """
    folders = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    detector = pack.make_detector(min_face_px=_SMALLEST_FACE_PX)
    found: dict[str, list[Image]] = {}
    for place in rng.permutation(len(folders)):
        if len(found) == number:
            break
        paths = sorted(path for path in folders[place].rglob("*") if path.suffix.lower() in _PICTURE_SUFFIXES)
        portraits = [portrait for portrait in (_portrait(path, detector) for path in paths) if portrait is not None]
        if portraits:
            found[folders[place].name] = [portraits[index] for index in rng.permutation(len(portraits))]
    if len(found) < number:
        raise InputError(
            f"{folder}: {len(found)} of its {len(folders)} folders hold a picture with a usable face, {number} people "
            "are asked for; give a folder with one folder of pictures for each person, or ask for fewer people"
        )
    names = sorted(found)
    return PicturedPeople(names=names, pictures=[found[name] for name in names])


def _portrait(path: Path, detector: FaceDetector) -> Image | None:
    """Return the portrait of whom a picture shows; None where there is no face."""
    picture = cv2.imread(str(path))
    if picture is None:
        return None
    shrink = _LARGEST_PICTURE_PX / max(picture.shape[:2])
    if shrink < 1:
        picture = cv2.resize(picture, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    image = np.asarray(picture, dtype=np.uint8)
    face = portrayed(detector.detect(image), image)
    return None if face is None else aligned_portrait(image, face.landmarks, _PICTURE_PX)
