"""The box round five landmarks: where a face is, finer than the window it was found in."""

import numpy as np
import pytest
from faces_scene import portrait, scene

from faces.packs import open_pack
from faces.packs.pack import Pack


@pytest.fixture(scope="module")
def pack() -> Pack:
    return open_pack("dlib")


def test_a_box_grows_as_smoothly_as_the_face_in_it(pack: Pack):
    detector = pack.make_detector(threads=1)
    sides = range(200, 340, 10)
    widths = [detector.detect(scene(portrait(1), side_px=side))[0].box[2] for side in sides]
    shares = np.array(widths) / np.array(sides)
    assert shares.max() / shares.min() < 1.15  # the windows alone differ by 1.6
    assert np.corrcoef(widths, sides)[0, 1] > 0.95


def test_a_box_turns_up_where_the_face_was_moved(pack: Pack):
    detector = pack.make_detector(threads=1)
    image = scene(portrait(2))
    (before,), (after,) = (detector.detect(np.roll(image, by, axis=1)) for by in (0, 40))
    assert after.box[0] - before.box[0] == pytest.approx(40, abs=6)
