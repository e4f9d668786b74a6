"""Who comes: people who do not exist, or people of a folder of pictures."""

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from faces.packs import open_pack
from simulator.face_space import shipped_face_space
from simulator.people import People, invent_people, pictured_people

_DEVELOPMENT_PEOPLE = ("lfw_deepfunneled/images", "casia_facev5_40/images")
_PICTURES = 2  # whoever has but one would show the same picture on every visit, and be recognised by that


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


def folders_of_people() -> tuple[str, Sequence[Path]]:
    """Return what the folders of real people are called, and those folders that hold two pictures or more.

    They are those of FOOTFALL_FACES, else LFW and CASIA-FaceV5 of FOOTFALL_DATA; none where those are not there.
    """
    if named := os.environ.get("FOOTFALL_FACES"):
        return Path(named).name, _with_pictures(Path(named))
    data = Path(os.environ.get("FOOTFALL_DATA", "../shared/data"))
    return "LFW and CASIA-FaceV5", [one for part in _DEVELOPMENT_PEOPLE for one in _with_pictures(data / part)]


def pictures_a_visit(folders: Sequence[Path]) -> dict[str, int]:
    """Return for each person how many pictures a visit shows at most: half of all there are, up to four."""
    return {folder.name: max(min(4, _pictures(folder) // 2), 1) for folder in folders}


def _with_pictures(folder: Path) -> list[Path]:
    people = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    return [one for one in people if _pictures(one) >= _PICTURES]


def _pictures(folder: Path) -> int:
    return sum(1 for file in folder.rglob("*") if file.is_file())
