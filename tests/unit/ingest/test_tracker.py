from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ingest.tracker import Tracker
from ingest.tracks import Box, Observation, Track

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def face(x: float, y: float = 100.0, size: float = 60.0, *, colour: float | None = None) -> Observation:
    look = None if colour is None else np.full((8, 6, 3), colour, np.float32)
    return Observation(box=(x, y, size, size), look=look)


def follow(tracker: Tracker, rows: list[list[Observation]], *, step_s: float = 0.2) -> list[tuple[int, ...]]:
    return [tuple(tracker.update(row, at(number * step_s)).numbers) for number, row in enumerate(rows)]


def test_a_face_that_stays_is_one_track() -> None:
    assert follow(Tracker(), [[face(100)], [face(102)], [face(99)], [face(101)]]) == [(1,)] * 4


def test_a_person_who_walks_across_at_a_brisk_pace_is_one_track() -> None:
    # 1.5 m/s are nine widths of a face a second: 108 px in each fifth of a second.
    assert follow(Tracker(), [[face(108 * number)] for number in range(8)]) == [(1,)] * 8


def test_a_person_who_walks_toward_the_camera_is_one_track() -> None:
    rows = [[face(300 - 5 * number, 100, 40 * 1.12**number)] for number in range(12)]
    assert follow(Tracker(), rows) == [(1,)] * 12


def test_two_people_side_by_side_keep_their_tracks_in_whatever_order_they_are_detected() -> None:
    rows = [[face(100), face(260)], [face(265), face(105)], [face(110), face(270)]]
    assert follow(Tracker(), rows) == [(1, 2), (2, 1), (1, 2)]


def test_people_who_cross_apart_in_height_keep_their_tracks() -> None:
    rows = [[face(100 + 30 * number, 100), face(400 - 30 * number, 220)] for number in range(10)]
    assert follow(Tracker(), rows) == [(1, 2)] * 10


def test_a_face_hidden_for_less_than_a_second_continues_its_track() -> None:
    assert follow(Tracker(), [[face(100)], [face(110)], [], [], [face(140)]])[-1] == (1,)


def test_a_face_lost_for_more_than_a_second_ends_its_track_with_its_last_detection() -> None:
    tracker = Tracker()
    tracker.update([face(100)], at(0))
    tracker.update([face(100)], at(0.2))
    assert tracker.update([], at(1.2)).ended == ()
    (ended,) = tracker.update([], at(1.3)).ended
    assert ended == Track(number=1, began_at=at(0), ended_at=at(0.2), detections=2, box=(100, 100, 60, 60))
    assert tracker.update([face(100)], at(1.4)).numbers == (2,)


def test_frames_ten_seconds_apart_never_share_a_track() -> None:
    assert follow(Tracker(), [[face(100)], [face(100)]], step_s=10.0) == [(1,), (2,)]


def test_the_same_walk_at_another_frame_rate_gives_the_same_tracks() -> None:
    for frames_per_s in (3, 5, 12, 25):
        rows = [[face(200 * number / frames_per_s), face(600, 300)] for number in range(3 * frames_per_s)]
        numbers = follow(Tracker(), rows, step_s=1.0 / frames_per_s)
        assert set(numbers) == {(1, 2)}


def test_two_faces_that_merge_and_part_are_not_guessed_but_ended() -> None:
    tracker = Tracker()
    approach = [[face(100 + 40 * number), face(300 - 40 * number)] for number in range(3)]
    assert follow(tracker, approach) == [(1, 2)] * 3
    # One hides the other exactly where the two paths meet: either could be the face that is seen.
    merged = tracker.update([face(200)], at(0.6))
    assert merged.numbers == (3,)
    assert [track.number for track in merged.ended] == [1, 2]


def test_the_clothes_tell_which_of_two_who_meet_is_seen() -> None:
    tracker = Tracker()
    for number in range(3):
        tracker.update([face(100 + 40 * number, colour=0.2), face(300 - 40 * number, colour=0.38)], at(0.2 * number))
    assert tracker.update([face(200, colour=0.37)], at(0.6)).numbers == (2,)


def test_someone_who_looks_quite_different_in_the_same_place_is_another_track() -> None:
    assert follow(Tracker(), [[face(100, colour=0.2)], [face(100, colour=0.7)]]) == [(1,), (2,)]


def test_a_track_is_cut_after_a_minute_and_its_face_begins_another() -> None:
    tracker = Tracker()
    numbers = follow(tracker, [[face(100)] for _ in range(400)])
    assert numbers[299] == (1,)
    assert numbers[300] == (2,)


def test_flush_ends_every_track_once() -> None:
    tracker = Tracker()
    tracker.update([face(100), face(400)], at(0))
    assert [track.number for track in tracker.flush()] == [1, 2]
    assert tracker.flush() == ()
    assert tracker.update([face(100)], at(0.2)).numbers == (3,)


def test_two_trackers_share_nothing() -> None:
    one, other = Tracker(), Tracker()
    assert one.update([face(100)], at(0)).numbers == other.update([face(100)], at(0)).numbers == (1,)


boxes = st.tuples(st.integers(0, 600), st.integers(0, 400), st.integers(20, 120), st.integers(20, 120))
steps = st.lists(st.tuples(st.sampled_from([0.04, 0.2, 0.5, 1.5]), st.lists(boxes, max_size=4)), max_size=25)


def observed(box: tuple[int, int, int, int]) -> Observation:
    exact: Box = (float(box[0]), float(box[1]), float(box[2]), float(box[3]))
    return Observation(box=exact)


@given(steps)
def test_every_detection_is_in_exactly_one_track_and_every_track_ends_exactly_once(
    frames: list[tuple[float, list[tuple[int, int, int, int]]]],
) -> None:
    tracker, now_s = Tracker(), 0.0
    given_out: Counter[int] = Counter()
    ended: list[Track] = []
    for step_s, row in frames:
        now_s += step_s
        update = tracker.update([observed(box) for box in row], at(now_s))
        assert len(update.numbers) == len(row)
        assert len(set(update.numbers)) == len(row)
        live = {track.number for track in update.live}
        assert set(update.numbers) <= live
        assert not live & {track.number for track in update.ended}
        given_out.update(update.numbers)
        ended += update.ended
    ended += tracker.flush()
    assert Counter({track.number: track.detections for track in ended}) == given_out
    assert len(ended) == len({track.number for track in ended})
    assert all(track.began_at <= track.ended_at for track in ended)
