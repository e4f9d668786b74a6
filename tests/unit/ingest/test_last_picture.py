"""What a camera last saw: which frame is shown, with which boxes, and that nobody can be told on it."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from faces.pictures import decode_jpeg
from ingest.last_picture import FoundFace, LastPicture, more_telling
from ingest.still import boxed_still, coarse_still

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FACE = FoundFace(box=(400.0, 200.0, 160.0, 160.0), is_usable=True)


def seen(seconds: float, *faces: FoundFace) -> LastPicture:
    return LastPicture(
        image=np.full((720, 1280, 3), 100, np.uint8), captured_at=NOON + timedelta(seconds=seconds), faces=faces
    )


@pytest.mark.parametrize(
    ("last", "new", "shown"),
    [
        (None, seen(0), "new"),
        (seen(0), seen(1), "new"),
        (seen(0, FACE), seen(1, FACE), "new"),
        (seen(0, FACE), seen(59), "last"),
        (seen(0, FACE), seen(61), "new"),
        (seen(0, FACE), seen(-3600), "new"),  # the clock was set back
    ],
)
def test_whoever_stood_before_the_camera_is_shown_for_a_minute(
    last: LastPicture | None, new: LastPicture, shown: str
) -> None:
    assert more_telling(last, new) is (new if shown == "new" else last)


def test_a_face_is_framed_in_green_once_a_crop_of_it_is_good_enough_and_in_amber_until_then() -> None:
    refused = FoundFace(box=(800.0, 200.0, 160.0, 160.0), is_usable=False)
    shown = decode_jpeg(boxed_still(seen(0, FACE, refused))).astype(int)
    assert shown.shape == (270, 480, 3)
    blue, green, red = shown[105, 150]  # the left edge of the first box, of 480 / 1280 of its size
    assert green > red + 60
    assert green > blue + 60
    blue, green, red = shown[105, 300]
    assert red > green > blue + 60


def test_of_a_face_that_was_found_four_squares_in_a_row_are_left() -> None:
    noise = np.random.default_rng(2).integers(0, 2, (720, 1280, 1), dtype=np.uint8) * np.full((1, 1, 3), 255, np.uint8)
    coarse_noise = np.kron(noise[:45, :80], np.ones((16, 16, 1), np.uint8))
    whole = FoundFace(box=(0.0, 0.0, 1280.0, 720.0), is_usable=True)
    shown = decode_jpeg(boxed_still(LastPicture(image=coarse_noise, captured_at=NOON, faces=(whole,)))).astype(int)
    inside = shown[6:-6, 6:-6, 1]
    edges = np.flatnonzero(np.abs(np.diff(inside.mean(axis=0))) > 2)
    assert len(edges) <= 12
    assert decode_jpeg(coarse_still(coarse_noise)).std() > 4 * inside.std()


@pytest.mark.parametrize("box", [(-50.0, -50.0, 100.0, 100.0), (1270.0, 700.0, 80.0, 80.0), (5.0, 5.0, 0.5, 0.5)])
def test_a_face_at_the_edge_or_hardly_there_is_drawn_as_far_as_it_goes(box: tuple[float, float, float, float]) -> None:
    shown = boxed_still(seen(0, FoundFace(box=box, is_usable=False)))
    assert decode_jpeg(shown).shape == (270, 480, 3)


@pytest.mark.parametrize(("height", "width"), [(48, 64), (1920, 1080), (9, 2000)])
def test_a_picture_of_any_shape_is_shown_480_pixels_wide(height: int, width: int) -> None:
    picture = LastPicture(image=np.zeros((height, width, 3), np.uint8), captured_at=NOON, faces=())
    assert decode_jpeg(boxed_still(picture)).shape[1] == 480
