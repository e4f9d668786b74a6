"""Who comes: people who do not exist, or people of a folder of pictures."""

import math
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from faces.packs import open_pack
from simulator.face_space import shipped_face_space
from simulator.people import People, invent_people, pictured_people, pictures_shown

_DEVELOPMENT_PEOPLE = ("lfw_deepfunneled/images", "casia_facev5_40/images")
_PICTURES = 2  # whoever has but one would show the same picture on every visit, and be recognised by that
# Of so many real people there is a usable picture; CASIA-FaceV5 gives faces in 19 of 20.
USABLE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Casting:
    """How many people; ``folders`` are of real ones, a folder of pictures each, and empty for invented people."""

    people: int
    seed: int
    folders: Sequence[Path] = ()

    def cast(self) -> People:
        """Return the people: the same for the same values, in whichever process."""
        rng = np.random.default_rng([self.seed, 1])
        if not self.folders:
            return invent_people(shipped_face_space(), self.people, rng)
        with ExitStack() as opened:
            together = Path(opened.enter_context(TemporaryDirectory()))
            for folder in self.folders:
                (together / folder.name).symlink_to(folder.resolve(), target_is_directory=True)
            return pictured_people(together, self.people, open_pack("dlib"), rng)


def folders_of_people(people: int) -> tuple[str, Sequence[Path]]:
    """Return what the folders of real people are called, and enough of them for so many people.

    They are those of FOOTFALL_FACES, else LFW and CASIA-FaceV5 of FOOTFALL_DATA; none where those are not there. Those
    with most pictures are taken, so that as few visits as can be show what was shown before, and none with but one.
    """
    if named := os.environ.get("FOOTFALL_FACES"):
        who, found = Path(named).name, _with_pictures(Path(named))
    else:
        data = Path(os.environ.get("FOOTFALL_DATA", "../shared/data"))
        who, found = (
            "LFW and CASIA-FaceV5",
            [one for part in _DEVELOPMENT_PEOPLE for one in _with_pictures(data / part)],
        )
    found.sort(key=lambda folder: (-pictures_of(folder), folder.name))
    return who, found[: math.ceil(people / USABLE)]


def _with_pictures(folder: Path) -> list[Path]:
    people = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    return [one for one in people if pictures_of(one) >= _PICTURES]


def pictures_of(folder: Path) -> int:
    """Return how many files a person's folder holds."""
    return sum(1 for file in folder.rglob("*") if file.is_file())


def pictures_a_visit(pictures: int) -> str:
    """Say what visits of somebody show who has so many pictures."""
    first, second = (set(pictures_shown(pictures, visit)) for visit in (0, 1))
    again = "the same" if first == second else "one of them" if first & second else "none of them"
    return f"{len(first)} pictures a visit, {again} on the next"


def shown_before(came: Iterable[str], pictures: Mapping[str, int]) -> float:
    """Return the share of visits, each person's first left aside, on which no picture is new.

    ``came`` names who came, one after the other, and ``pictures`` says how many each has.
    """
    made: Counter[str] = Counter()
    again = 0
    for person in came:
        shown = [set(pictures_shown(pictures[person], visit)) for visit in range(made[person] + 1)]
        again += made[person] > 0 and shown[-1] <= set().union(*shown[:-1])
        made[person] += 1
    returned = made.total() - len(made)
    return again / returned if returned else 0.0
