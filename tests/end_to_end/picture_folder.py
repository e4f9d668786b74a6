"""A folder of pictures of people who do not exist, as somebody may have one."""

from pathlib import Path

import numpy as np
from faces_scene import portrait, scene
from picture_files import file_of, turned_jpeg

from faces.ports import Image


def picture_of(*people: int, look: int = 0, side_px: int = 220) -> Image:
    """A picture in which these people stand side by side."""
    return scene(*(portrait(person, look) for person in people), side_px=side_px, width=260 * max(len(people), 2))


def fill(folder: Path, *, people: int, looks: int) -> None:
    """Write ``looks`` pictures of each of so many people, in a folder for each person, in every kind that is read."""
    for person in range(people):
        of_person = folder / f"person-{person}"
        of_person.mkdir(parents=True)
        for look in range(looks):
            kind = ("jpg", "png", "webp")[look % 3]
            (of_person / f"look-{look}.{kind}").write_bytes(file_of(picture_of(person, look=look), kind))


def lying(person: int, look: int) -> bytes:
    """The file of a telephone that was held askew."""
    return turned_jpeg(picture_of(person, look=look), 6)


def crowd() -> Image:
    """Forty people in one picture, eight in a row."""
    rows = [scene(*(portrait(100 + 8 * row + place) for place in range(8)), side_px=150, width=1600, height=170)
            for row in range(5)]  # fmt: skip
    return np.concatenate(rows)
