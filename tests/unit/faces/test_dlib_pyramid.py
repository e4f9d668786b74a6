import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faces.dlib_pyramid import on_one_sheet, one_by_one
from faces.ports import Image

SIDES = st.integers(min_value=1, max_value=400)


def picture(width: int, height: int) -> Image:
    return np.full((height, width, 3), 200, dtype=np.uint8)


def test_dlibs_own_sheet_for_250_by_250():
    (sheet,) = on_one_sheet(picture(250, 250))
    assert sheet.image.shape == (957, 272, 3)
    first = [(level.width, level.x, level.y) for level in sheet.levels[:6]]
    assert first == [(250, 11, 11), (208, 11, 271), (173, 11, 489), (144, 11, 672), (120, 11, 826), (100, 161, 846)]


@given(SIDES, SIDES)
def test_levels_lie_on_the_sheet_and_not_on_one_another(width: int, height: int):
    (sheet,) = on_one_sheet(picture(width, height))
    assert (sheet.levels[0].width, sheet.levels[0].height) == (width, height)
    for index, level in enumerate(sheet.levels):
        assert level.x >= 0
        assert level.y >= 0
        assert level.x + level.width <= sheet.image.shape[1]
        assert level.y + level.height <= sheet.image.shape[0]
        assert (sheet.image[level.y : level.y + level.height, level.x : level.x + level.width] == 200).all()
        for other in sheet.levels[:index]:
            apart_x = level.x + level.width <= other.x or other.x + other.width <= level.x
            apart_y = level.y + level.height <= other.y or other.y + other.height <= level.y
            assert apart_x or apart_y


@given(SIDES, SIDES)
def test_shown_one_by_one_each_size_is_five_eighths_of_the_one_before(width: int, height: int):
    sheets = list(one_by_one(picture(width, height), width, height))
    assert bool(sheets) == (min(width, height) >= 64)
    for steps, sheet in enumerate(sheets):
        (level,) = sheet.levels
        assert (level.width, level.height) == pytest.approx(
            (width * (5 / 8) ** steps, height * (5 / 8) ** steps), abs=1
        )
        assert sheet.image.shape[:2] == (level.height + 22, level.width + 22)
        assert (sheet.image[level.y : level.y + level.height, level.x : level.x + level.width] == 200).all()


def test_a_pixel_of_the_first_level_is_that_of_the_picture():
    (sheet,) = on_one_sheet(picture(640, 360))
    level = sheet.levels[0]
    assert level.to_picture(np.array([(level.x + 100.0, level.y + 50.0)])) == pytest.approx(np.array([(100, 50)]))


def test_each_level_shows_the_whole_picture():
    (whole,) = on_one_sheet(picture(640, 360))
    alone = [sheet.levels[0] for sheet in one_by_one(picture(640, 360), 640, 360)]
    for level in (*whole.levels[:6], *alone[:3]):
        end = np.array([(level.x + level.width, level.y + level.height)], dtype=np.float64)
        assert level.to_picture(end) == pytest.approx(np.array([(640, 360)]), abs=6)
