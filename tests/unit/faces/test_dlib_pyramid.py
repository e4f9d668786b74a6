import pytest
from hypothesis import given
from hypothesis import strategies as st

from faces.dlib_pyramid import sheet_for

SIDES = st.integers(min_value=1, max_value=900)


def test_dlibs_own_sheet_for_250_by_250():
    sheet = sheet_for(250, 250, stride=1)
    assert (sheet.width, sheet.height) == (272, 957)
    first = [(level.width, level.x, level.y) for level in sheet.levels[:6]]
    assert first == [(250, 11, 11), (208, 11, 271), (173, 11, 489), (144, 11, 672), (120, 11, 826), (100, 161, 846)]


@given(SIDES, SIDES, st.integers(min_value=1, max_value=4))
def test_levels_lie_on_the_sheet_and_not_on_one_another(width: int, height: int, stride: int):
    sheet = sheet_for(width, height, stride=stride)
    assert (sheet.levels[0].width, sheet.levels[0].height) == (width, height)
    for index, level in enumerate(sheet.levels):
        assert level.x >= 0
        assert level.y >= 0
        assert level.x + level.width <= sheet.width
        assert level.y + level.height <= sheet.height
        for other in sheet.levels[:index]:
            apart_x = level.x + level.width <= other.x or other.x + other.width <= level.x
            apart_y = level.y + level.height <= other.y or other.y + other.height <= level.y
            assert apart_x or apart_y


def test_a_pixel_of_the_first_level_is_that_of_the_picture():
    level = sheet_for(640, 360, stride=2).levels[0]
    assert level.to_picture(level.x + 100, level.y + 50) == pytest.approx((100, 50))


def test_each_level_shows_the_whole_picture():
    for level in sheet_for(640, 360, stride=2).levels[:4]:
        x, y = level.to_picture(level.x + level.width, level.y + level.height)
        assert x == pytest.approx(640, abs=6)
        assert y == pytest.approx(360, abs=6)
