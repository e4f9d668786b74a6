import numpy as np

from faces.portrayed import portrayed
from faces.ports import Detection

PICTURE = np.zeros((250, 250, 3), np.uint8)


def face(x: float, y: float, size: float) -> Detection:
    return Detection(box=(x, y, size, size), score=0.9, landmarks=np.zeros((5, 2), np.float32))


def test_whoever_stands_before_the_person_a_picture_is_of_is_not_taken_for_them():
    person, larger, distant = face(85, 80, 90), face(180, 60, 140), face(10, 10, 20)
    assert portrayed([larger, distant, person], PICTURE) is person
    assert portrayed([distant], PICTURE) is distant


def test_a_picture_without_a_face_shows_nobody():
    assert portrayed([], PICTURE) is None
