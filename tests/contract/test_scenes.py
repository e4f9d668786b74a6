"""How many faces a detector finds in real scenes whose number of people is known."""

import re
from pathlib import Path

import pytest

from faces.packs import open_pack
from faces.pictures import read_picture

pytestmark = pytest.mark.needs_data

# The narrowest face in these scenes is 25 pixels wide: dlib has to be asked for it.
SEARCHES = [pytest.param("retail", None, marks=pytest.mark.needs_models), pytest.param("dlib", 32, id="dlib-32")]


def people_in(scene: Path) -> int:
    """The number stands in the name; a letter is one labelled person."""
    told = re.fullmatch(r"\d+_(\d+|[A-Z]).*", scene.stem)
    assert told, scene.name
    return int(told[1]) if told[1].isdigit() else 1


@pytest.mark.parametrize(("name", "min_face_px"), SEARCHES)
def test_all_but_one_of_the_people_in_a_scene_are_found_and_nobody_else(
    name: str, min_face_px: float | None, data_dir: Path
):
    pack = open_pack(name)
    detector = pack.make_detector(threads=1, min_face_px=min_face_px or pack.default_min_face_px)
    scenes = sorted((data_dir / "scenes" / "compreface").glob("*.jpg"))
    assert len(scenes) == 12
    found = {
        scene.name: sum(face.score >= pack.min_score for face in detector.detect(read_picture(scene)))
        for scene in scenes
    }
    assert all(abs(found[scene.name] - people_in(scene)) <= 1 for scene in scenes), found
