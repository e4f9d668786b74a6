from datetime import UTC, datetime

import numpy as np
import pytest

from faces.pictures import decode_jpeg
from faces.ports import Detection
from ingest.crops import cut_shot
from schemas.messages import MAX_JPEG_BYTES, Shot

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NOISE = np.random.default_rng(5).integers(0, 256, (1080, 1920, 3), dtype=np.uint8)


def marked(box: tuple[float, float, float, float], *, height: int = 720, width: int = 1280) -> tuple[Shot, np.ndarray]:
    """A crop of a dark picture with five white marks as landmarks, and where they are in it."""
    x, y, box_width, box_height = box
    shares = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]])
    landmarks = (shares * [box_width, box_height] + [x, y]).round().astype(np.float32)
    image = np.full((height, width, 3), 20, np.uint8)
    mark = max(1, int(box_width / 30))
    for column, row in landmarks.astype(int):
        if 0 <= row < height and 0 <= column < width:
            image[max(0, row - mark) : row + mark + 1, max(0, column - mark) : column + mark + 1] = 250
    detection = Detection(box=box, score=0.9, landmarks=landmarks)
    shot = cut_shot(image, detection, captured_at=NOW, quality=0.5)
    return shot, decode_jpeg(shot.jpeg)


@pytest.mark.parametrize(
    "box",
    [(600.0, 300.0, 60.0, 60.0), (300.0, 100.0, 400.0, 420.0), (5.0, 10.0, 80.0, 90.0), (1190.5, 630.2, 80.0, 85.0)],
)
def test_landmarks_lie_on_their_marks_in_the_jpeg(box: tuple[float, float, float, float]) -> None:
    shot, crop = marked(box)
    for column, row in np.array(shot.landmarks).reshape(5, 2):
        assert crop[round(row), round(column)].mean() > 150


def test_a_crop_has_a_margin_of_six_tenths_on_each_side() -> None:
    _, crop = marked((600.0, 300.0, 100.0, 100.0))
    assert abs(crop.shape[0] - 220) <= 2
    assert abs(crop.shape[1] - 220) <= 2


def test_a_crop_ends_where_the_frame_ends() -> None:
    _, crop = marked((0.0, 0.0, 100.0, 100.0))
    assert abs(crop.shape[0] - 160) <= 2


def test_the_largest_crop_of_pure_noise_still_fits() -> None:
    detection = Detection(box=(300.0, 100.0, 900.0, 900.0), score=0.9, landmarks=np.full((5, 2), 500, np.float32))
    shot = cut_shot(NOISE, detection, captured_at=NOW, quality=0.5)
    assert len(shot.jpeg) <= MAX_JPEG_BYTES
    assert decode_jpeg(shot.jpeg).shape[1] > 200


def test_a_box_at_the_very_corner_gives_a_crop() -> None:
    detection = Detection(box=(1279.0, 719.0, 1.0, 1.0), score=0.9, landmarks=np.zeros((5, 2), np.float32))
    image = np.zeros((720, 1280, 3), np.uint8)
    assert decode_jpeg(cut_shot(image, detection, captured_at=NOW, quality=0.5).jpeg).size
