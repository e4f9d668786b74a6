"""What a camera last saw: which frame is shown, with which frames around faces, and that nobody can be told on it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from faces.pictures import decode_jpeg
from faces.ports import Image
from ingest.boxed_still import boxed_still
from ingest.last_picture import FoundFace, LastPicture, last_picture, more_telling
from ingest.still import coarse_still
from ingest.tracks import Box

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FACE = FoundFace(box=(400.0, 200.0, 160.0, 160.0), is_usable=True)
GREY = np.full((720, 1280, 3), 100, np.uint8)
BLOCKS = np.kron(
    np.random.default_rng(2).integers(0, 2, (36, 64, 1), dtype=np.uint8) * np.full((1, 1, 3), 255, np.uint8),
    np.ones((20, 20, 1), np.uint8),
)
"""Black and white at random, a block for each pixel of the coarse picture."""


def seen(seconds: float = 0.0, *faces: FoundFace, image: Image = GREY, followed: Sequence[Box] = ()) -> LastPicture:
    return last_picture(image, NOON + timedelta(seconds=seconds), faces, followed)


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


def test_what_is_kept_of_a_frame_is_64_pixels_wide_and_holds_nothing_finer() -> None:
    assert np.array_equal(seen(image=BLOCKS).image, BLOCKS[::20, ::20])
    finer = GREY.copy()
    finer[:, ::2] = 0
    assert seen(image=finer).image.std() == 0
    assert decode_jpeg(coarse_still(BLOCKS)).shape == (270, 480, 3)


@pytest.mark.parametrize("as_face", [True, False], ids=["found in the frame", "followed and not found in it"])
def test_of_a_face_four_squares_in_a_row_are_left_and_around_it_what_was_there(as_face: bool) -> None:
    box = (400.0, 200.0, 320.0, 320.0)
    faces = (FoundFace(box=box, is_usable=True),) if as_face else ()
    left = seen(0, *faces, image=BLOCKS, followed=() if as_face else [box]).image[:, :, 0]
    hidden = left[8:28, 18:38]  # the box and 0.15 of its side around it
    assert {len(np.unique(hidden[row])) <= 4 for row in range(len(hidden))} == {True}
    assert len(np.unique(hidden)) <= 16
    outside = np.ones(left.shape, np.bool_)
    outside[8:28, 18:38] = False
    assert np.array_equal(left[outside], BLOCKS[::20, ::20, 0][outside])


@pytest.mark.parametrize("box", [(-50.0, -50.0, 100.0, 100.0), (1270.0, 700.0, 80.0, 80.0), (5.0, 5.0, 0.5, 0.5)])
def test_a_face_at_the_edge_or_hardly_there_is_drawn_as_far_as_it_goes(box: Box) -> None:
    shown = boxed_still(seen(0, FoundFace(box=box, is_usable=False)))
    assert decode_jpeg(shown).shape == (270, 480, 3)


@pytest.mark.parametrize("box", [(-300.0, 100.0, 100.0, 100.0), (100.0, -300.0, 100.0, 100.0), (2000.0, 0.0, 9.0, 9.0)])
def test_whoever_is_followed_beyond_the_picture_hides_nothing_of_it(box: Box) -> None:
    assert np.array_equal(seen(image=BLOCKS, followed=[box]).image, BLOCKS[::20, ::20])


@pytest.mark.parametrize(("height", "width"), [(48, 64), (1920, 1080), (9, 2000), (2000, 1), (1, 1)])
def test_the_longer_side_of_any_picture_is_shown_480_pixels_long(height: int, width: int) -> None:
    picture = seen(image=np.zeros((height, width, 3), np.uint8))
    assert max(decode_jpeg(boxed_still(picture)).shape) == 480
