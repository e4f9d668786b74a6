from pathlib import Path

import numpy as np

from evaluation.clustering import agreement, material_of_folder
from evaluation.face_finder import Face
from evaluation.face_set import FaceSet, SeenPicture
from faces.ports import Detection


def agreed(found: list[int], true: list[int]) -> tuple[float, float]:
    return agreement(np.array(found), np.array(true))


def seen(name: str, *faces: int, problem: str = "") -> SeenPicture:
    """A picture with faces of such widths."""
    return SeenPicture(name=name, path=Path(name), faces=[face(width) for width in faces], problem=problem)


def face(width: int) -> Face:
    detection = Detection(box=(0.0, 0.0, width, width), score=1.0, landmarks=np.zeros((5, 2), dtype=np.float32))
    return Face(detection=detection, embedding=np.ones(3, dtype=np.float32), portrait=b"")


def people_of(*pictures: SeenPicture) -> list[int]:
    return material_of_folder(Path("album"), FaceSet(pictures=pictures, dim=3)).people.tolist()


def test_pairs_are_counted_one_by_one():
    # Together: 01 02 12 34; in truth: 01 23 24 34. Both: 01 and 34.
    assert agreed([0, 0, 0, 1, 1], [5, 5, 6, 6, 6]) == (0.5, 0.5)


def test_what_is_in_no_cluster_is_together_with_nobody():
    assert agreed([-1, -1, 0, 0], [1, 1, 2, 2]) == (1.0, 0.5)


def test_in_a_folder_for_each_person_the_largest_face_of_a_picture_is_that_person():
    assert people_of(seen("anna/1.jpg", 50, 20), seen("anna/2.jpg"), seen("ben/1.jpg", 9)) == [0, -1, 1]


def test_of_one_folder_or_of_pictures_beside_the_folders_nobody_is_known():
    assert people_of(seen("anna/1.jpg", 50), seen("anna/2.jpg", 50)) == [-1, -1]
    assert people_of(seen("anna/1.jpg", 50), seen("ben/1.jpg", 50), seen("1.jpg", 50)) == [-1, -1, -1]


def test_pictures_without_a_face_and_pictures_that_cannot_be_read_are_told_apart():
    pictures = [seen("sea.jpg"), seen("half.jpg", problem="breaks off"), seen("anna.jpg", 50)]
    material = material_of_folder(Path("album"), FaceSet(pictures=pictures, dim=3))
    assert material.without_face == ["sea.jpg"]
    assert material.unreadable == [("half.jpg", "breaks off")]
    assert (material.picture_count, len(material.entries)) == (3, 1)
