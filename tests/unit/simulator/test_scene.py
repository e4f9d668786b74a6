from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.scene import (
    DOOR_DEPTH_M,
    Glance,
    Halt,
    Passing,
    View,
    Walk,
    body_box,
    face_box,
    is_hidden,
    is_seen,
    overlap,
    pose_of,
)

VIEW = View(width_px=1280, height_px=720)
STRAIGHT = Walk(pace_m_per_s=0.9, eyes_m=1.64, comes_from=-1, door_x_m=0.1, near_x_m=0.0, near_depth_m=1.2, leaves_to=1)

walks = st.builds(
    Walk,
    pace_m_per_s=st.floats(0.5, 1.4),
    eyes_m=st.floats(1.5, 1.8),
    comes_from=st.sampled_from([-1, 1]),
    door_x_m=st.floats(-0.36, 0.36),
    near_x_m=st.floats(-0.3, 0.3),
    near_depth_m=st.floats(1.1, 1.5),
    leaves_to=st.sampled_from([-1, 1]),
    halt=st.none() | st.builds(Halt, depth_m=st.floats(1.6, 3.2), for_s=st.floats(0.5, 3)),
    glance=st.none() | st.builds(Glance, at_s=st.floats(0, 4), for_s=st.floats(0.5, 2), yaw_deg=st.floats(-75, 75)),
)


@given(walks, st.floats(0, 1), st.floats(0, 0.05))
def test_nobody_jumps(walk, share, step_s):
    at_s = share * (walk.lasts_s - step_s)
    before, after = pose_of(walk, at_s), pose_of(walk, at_s + step_s)
    assert abs(after.x_m - before.x_m) <= 4.0 * step_s + 0.04
    assert abs(after.depth_m - before.depth_m) <= 2.0 * step_s + 1e-9


@given(walks)
def test_everybody_comes_from_behind_the_door_post_and_ends_outside_the_view(walk):
    assert pose_of(walk, 0).depth_m > DOOR_DEPTH_M
    assert not is_seen(face_box(pose_of(walk, walk.lasts_s), VIEW), VIEW)
    assert is_seen(face_box(pose_of(walk, walk.arrives_s), VIEW), VIEW)


@given(walks, st.floats(0, 1), st.floats(0, 1))
def test_a_face_only_grows_on_the_way_in(walk, one, other):
    early, late = sorted((one * walk.arrives_s, other * walk.arrives_s))
    assert face_box(pose_of(walk, early), VIEW)[2] <= face_box(pose_of(walk, late), VIEW)[2]


def test_a_face_grows_from_about_50_to_about_200_pixels():
    assert 45 < face_box(pose_of(STRAIGHT, 0.7), VIEW)[2] < 60
    assert 180 < face_box(pose_of(STRAIGHT, STRAIGHT.arrives_s), VIEW)[2] < 225


def test_whoever_stands_still_stays_where_he_is_as_long_as_said():
    halting = replace(STRAIGHT, halt=Halt(depth_m=2.0, for_s=1.5))
    assert halting.lasts_s == pytest.approx(STRAIGHT.lasts_s + 1.5)
    begins_s = (5.6 - 2.0) / 0.9
    assert pose_of(halting, begins_s + 0.1).depth_m == pose_of(halting, begins_s + 1.4).depth_m == pytest.approx(2.0)
    assert pose_of(halting, begins_s + 1.0).speed == 0


def test_a_glance_turns_the_head_there_and_back():
    glancing = replace(STRAIGHT, glance=Glance(at_s=2.0, for_s=1.0, yaw_deg=60.0))
    assert [round(pose_of(glancing, at_s).yaw_deg) for at_s in (1.9, 2.5, 3.1)] == [0, 60, 0]


def test_passers_by_stay_small_and_turned_away():
    passing = Passing(pace_m_per_s=1.3, eyes_m=1.6, towards=1, lasts_s=5.0)
    for at_s in (0.0, 2.5, 5.0):
        pose = pose_of(passing, at_s)
        assert face_box(pose, VIEW)[2] < 45
        assert pose.yaw_deg == 80


def test_the_view_scales_with_its_size():
    pose = pose_of(STRAIGHT, 3.0)
    small, large = face_box(pose, VIEW), face_box(pose, View(width_px=1920, height_px=1080))
    assert large == pytest.approx([1.5 * number for number in small])


def test_the_figure_holds_the_face():
    for at_s in (1.0, 3.0, STRAIGHT.lasts_s):
        face, body = face_box(pose_of(STRAIGHT, at_s), VIEW), body_box(pose_of(STRAIGHT, at_s), VIEW)
        assert overlap(face, body) == pytest.approx(face[2] * face[3])


def test_a_face_behind_a_nearer_figure_is_hidden():
    face = (100.0, 100.0, 50.0, 50.0)
    assert is_hidden(face, [(140.0, 90.0, 100.0, 400.0)])
    assert not is_hidden(face, [(149.0, 90.0, 100.0, 400.0)])
