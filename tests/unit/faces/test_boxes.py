import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from faces.boxes import inside, overlap, suppressed

SIDES = st.floats(min_value=1, max_value=50)
PLACES = st.floats(min_value=-50, max_value=150)
BOXES = st.lists(
    st.tuples(PLACES, PLACES, SIDES, SIDES).map(lambda box: (box[0], box[1], box[0] + box[2], box[1] + box[3])),
    min_size=1,
    max_size=12,
)


def test_of_two_boxes_on_one_face_the_better_stays():
    boxes = np.array([(0, 0, 10, 10), (1, 0, 11, 10), (30, 0, 40, 10)], dtype=float)
    assert suppressed(boxes, np.array([0.5, 0.9, 0.7]), max_overlap=0.3) == [1, 2]


def test_boxes_that_only_touch_both_stay():
    boxes = np.array([(0, 0, 10, 10), (10, 0, 20, 10)], dtype=float)
    assert suppressed(boxes, np.array([0.5, 0.9]), max_overlap=0.0) == [1, 0]


@given(BOXES)
def test_what_stays_does_not_overlap_and_what_goes_does(sides: list[tuple[float, ...]]):
    boxes, scores = np.array(sides), np.arange(len(sides), dtype=float)
    kept = suppressed(boxes, scores, max_overlap=0.3)
    for row in range(len(boxes)):
        better = [other for other in kept if scores[other] > scores[row]]
        covered = bool(better) and overlap(boxes[row], boxes[better]).max() > 0.3
        assert (row in kept) == (not covered)


@given(BOXES)
def test_a_box_cut_to_the_image_lies_inside_it(sides: list[tuple[float, ...]]):
    for box in np.array(sides):
        x, y, width, height = inside(box, width=100, height=80)
        assert x >= 0
        assert y >= 0
        assert width > 0
        assert height > 0
        assert x + width <= 100
        assert y + height <= 80
