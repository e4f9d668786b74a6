import cv2
import numpy as np

from evaluation.portraits import portrait
from faces.landmarks import LandmarkScheme
from faces.ports import Detection

EYES_NOSE_MOUTH = np.array([(-20, -10), (20, -10), (0, 5), (-15, 25), (15, 25)], dtype=np.float32)


def head(turned_deg: float, *, centre: tuple[int, int] = (200, 150)) -> tuple[np.ndarray, Detection]:
    """A white disc for each eye on grey, and what a detector would say of it."""
    angle = np.radians(turned_deg)
    turn = np.array([(np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))])
    points = (EYES_NOSE_MOUTH @ turn.T + centre).astype(np.float32)
    image = np.full((300, 400, 3), 100, dtype=np.uint8)
    for x, y in points[:2]:
        cv2.circle(image, (round(float(x)), round(float(y))), 6, (255, 255, 255), cv2.FILLED)
    box = (centre[0] - 40.0, centre[1] - 40.0, 80.0, 80.0)
    return image, Detection(box=box, score=1.0, landmarks=points)


def eye_rows(crop: np.ndarray) -> tuple[float, float]:
    """The mean row of what is white in the left and in the right half."""
    half = crop.shape[1] // 2
    left, right = (np.nonzero(part[..., 0] > 200)[0].mean() for part in (crop[:, :half], crop[:, half:]))
    return float(left), float(right)


def test_a_face_stands_upright_whatever_way_it_was_turned():
    for turned in (-35, 0, 20, 70):
        image, detection = head(turned)
        left, right = eye_rows(portrait(image, detection, LandmarkScheme.FIVE_POINT, size_px=120))
        assert abs(left - right) < 2
        assert left < 60


def test_a_face_at_the_edge_has_the_size_of_any_other_and_grey_beyond():
    image, detection = head(0, centre=(10, 150))
    crop = portrait(image, detection, LandmarkScheme.FIVE_POINT, size_px=120)
    assert crop.shape == (120, 120, 3)
    assert crop[60, 2].min() > 220
    assert abs(int(crop[5, 100, 0]) - 100) < 3


def test_a_picture_smaller_than_the_portrait_is_no_harm():
    tiny = np.full((3, 3, 3), 100, dtype=np.uint8)
    detection = Detection(box=(0.0, 0.0, 3.0, 3.0), score=1.0, landmarks=EYES_NOSE_MOUTH / 20)
    assert portrait(tiny, detection, LandmarkScheme.FIVE_POINT, size_px=64).shape == (64, 64, 3)
