import numpy as np
import pytest

from evaluation.canvas import BOLD, Canvas

WHITE, BLACK = (255, 255, 255), (0, 0, 0)


def inked(canvas: Canvas) -> np.ndarray:
    """The columns in which something is drawn."""
    return np.flatnonzero((canvas.image != 255).any(axis=(0, 2)))


@pytest.mark.parametrize("text", ["distance 0.712", "王小明的照片.jpg", "Ξένια", "Дмитрий", "日本語カタカナ"])
def test_a_line_is_as_wide_as_it_was_measured(text: str):
    canvas = Canvas(600, 60, WHITE)
    canvas.text(text, 20, 40, size_px=24, colour=BLACK)
    columns = inked(canvas)
    assert columns[0] >= 18
    assert abs(int(columns[-1]) - 20 - canvas.text_width(text, 24)) <= 4


def test_different_chinese_names_look_different():
    """A font that does not know a character draws the same sign for all of them."""
    drawn = []
    for name in ("王", "李", "張"):
        canvas = Canvas(60, 60, WHITE)
        canvas.text(name, 10, 40, size_px=24, colour=BLACK)
        drawn.append(canvas.image)
    assert (drawn[0] != drawn[1]).any()
    assert (drawn[1] != drawn[2]).any()


def test_a_long_name_is_broken_and_then_left_out_in_its_middle():
    canvas = Canvas(400, 60, WHITE)
    name = "family-holiday-2024-at-the-sea/IMG_20240801_123456_portrait_of_everybody.jpg"
    lines = canvas.lines(name, 200, 2, 18, BOLD)
    assert len(lines) == 2
    assert all(canvas.text_width(line, 18, BOLD) <= 200 for line in lines)
    whole = "".join(lines)
    assert whole.startswith("family-holiday")
    assert whole.endswith("everybody.jpg")
    assert "…" in whole
    assert canvas.lines(name, 2000, 1, 18) == [name]


def test_an_empty_line_is_no_text():
    assert Canvas(10, 10, WHITE).lines("", 100, 1, 18) == [""]
