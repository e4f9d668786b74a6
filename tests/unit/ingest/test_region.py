import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from faces.ports import Detection
from ingest.region import Region, search_region

WIDTH, HEIGHT = 1280, 720
WHOLE = Region(left=0, top=0, right=WIDTH, bottom=HEIGHT)


def moving(*cells: tuple[int, int]) -> np.ndarray:
    mask = np.zeros((36, 64), dtype=bool)
    for cell in cells:
        mask[cell] = True
    return mask


def test_where_nothing_moves_and_nobody_is_followed_the_whole_picture_is_searched():
    assert search_region(moving(), [], width=WIDTH, height=HEIGHT) == WHOLE


def test_where_nearly_everything_moves_the_whole_picture_is_searched():
    assert search_region(np.ones((36, 64), dtype=bool), [], width=WIDTH, height=HEIGHT) == WHOLE


def test_one_mover_leaves_most_of_the_picture_out():
    region = search_region(moving((10, 30), (20, 33)), [], width=WIDTH, height=HEIGHT)
    assert (region.right - region.left) * (region.bottom - region.top) < 0.3 * WIDTH * HEIGHT


def test_a_detection_in_the_cut_comes_back_where_it_is_in_the_picture():
    region = Region(left=100, top=50, right=400, bottom=300)
    image = np.arange(HEIGHT * WIDTH, dtype=np.uint32).astype(np.uint8).reshape(HEIGHT, WIDTH, 1).repeat(3, axis=2)
    cut = Detection(box=(5, 6, 7, 8), score=0.9, landmarks=np.full((5, 2), 9, dtype=np.float32))
    found = region.to_picture(cut)
    assert found.box == (105, 56, 7, 8)
    assert found.landmarks.tolist() == [[109, 59]] * 5
    assert (region.cut(image)[6, 5] == image[56, 105]).all()


boxes = st.tuples(st.floats(0, 1100), st.floats(0, 600), st.floats(20, 180), st.floats(20, 120))


@given(st.lists(st.tuples(st.integers(0, 35), st.integers(0, 63)), max_size=8), st.lists(boxes, max_size=3))
def test_all_that_moves_and_every_track_lies_inside(cells, tracks):
    region = search_region(moving(*cells), tracks, width=WIDTH, height=HEIGHT)
    assert 0 <= region.left < region.right <= WIDTH
    assert 0 <= region.top < region.bottom <= HEIGHT
    for row, column in cells:
        assert region.left <= column * 20
        assert (column + 1) * 20 <= region.right
        assert region.top <= row * 20
        assert (row + 1) * 20 <= region.bottom
    for x, y, width, height in tracks:
        assert region.left <= x
        assert x + width <= max(region.right, WIDTH)
        assert region.top <= y
        assert min(y + height, HEIGHT) <= region.bottom
