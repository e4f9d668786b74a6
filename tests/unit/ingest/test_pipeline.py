from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faces.pictures import decode_jpeg
from faces.ports import Detection, Image
from faces.quality import Quality
from ingest.frames import Frame, Gap
from ingest.pipeline import CameraPipeline
from schemas.codec import decode, encode
from schemas.messages import COMES_IN, Coverage, CoverageState, FaceCrop, Phase

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
GOOD = Quality(
    certainty=0.9,
    size_px=60.0,
    sharpness=0.4,
    yaw=0.0,
    roll=0.0,
    exposure=1.0,
    contrast=40.0,
    edge_clip=0.0,
    likeness=0.6,
)

Message = FaceCrop | Coverage


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def frame(number: int, *, seconds: float | None = None, level: int = 100) -> Frame:
    """An empty hall. Blue tells the frame's number and red the place in the picture; the motion gate sees green."""
    image = np.full((240, 320, 3), level, np.uint8)
    image[:, :, 0] = number
    image[:, :, 2] = (np.arange(240) // 15)[:, None] * 16 + np.arange(320) // 20
    return Frame(image=image, captured_at=at(0.2 * number if seconds is None else seconds), index=number)


def face(x: float, y: float = 80.0, size: float = 60.0, *, score: float = 0.9) -> Detection:
    points = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]], np.float32)
    landmarks = (points * size + [x, y]).astype(np.float32)
    return Detection(box=(x, y, size, size), score=score, landmarks=landmarks)


class Script:
    """A detector that finds in each frame what was written down for its number and lies in the part it is shown."""

    detector_id = "script.v1"

    def __init__(self, faces: Mapping[int, Sequence[Detection]]) -> None:
        self._faces = faces
        self.searched: list[int] = []
        self.found = 0

    def detect(self, image: Image) -> list[Detection]:
        number, (row, column) = int(image[0, 0, 0]), divmod(int(image[0, 0, 2]), 16)
        self.searched.append(number)
        seen = [_shifted(one, -20 * column, -15 * row) for one in self._faces.get(number, ())]
        shown = [one for one in seen if _lies_in(image, one)]
        self.found += len(shown)
        return shown


def _shifted(one: Detection, x: int, y: int) -> Detection:
    left, top, width, height = one.box
    return replace(one, box=(left + x, top + y, width, height), landmarks=one.landmarks + np.float32([x, y]))


def _lies_in(image: Image, one: Detection) -> bool:
    x, y, width, height = one.box
    return x >= 0 and y >= 0 and x + width / 2 <= image.shape[1] and y + height / 2 <= image.shape[0]


def pipeline_of(
    script: Script, assess: Callable[[Image, Detection], Quality] = lambda image, detection: GOOD
) -> CameraPipeline:
    return CameraPipeline("shop", "door", script, assess=assess, clock=lambda: NOON)


def run(pipeline: CameraPipeline, items: Sequence[Frame | Gap]) -> list[Message]:
    messages: list[Message] = []
    for item in items:
        messages += pipeline.gap(item) if isinstance(item, Gap) else pipeline.process(item)
    return messages + pipeline.flush()


def crops(messages: Sequence[Message], phase: Phase) -> list[FaceCrop]:
    return [message for message in messages if isinstance(message, FaceCrop) and message.phase is phase]


def coverage(messages: Sequence[Message]) -> list[Coverage]:
    return [message for message in messages if isinstance(message, Coverage)]


def test_a_track_gives_a_provisional_crop_when_its_face_has_moved_and_its_best_shots_when_it_has_ended() -> None:
    pipeline = pipeline_of(Script({number: [face(60 + 12 * number)] for number in range(10)}))
    assert [pipeline.process(frame(number)) for number in range(2)] == [[], []]
    (provisional,) = crops(pipeline.process(frame(2)), Phase.PROVISIONAL)
    assert (provisional.detections, len(provisional.shots)) == (3, 3)
    assert provisional.moved == pytest.approx(0.2)
    messages = [message for number in range(3, 20) for message in pipeline.process(frame(number))]
    (confirmed,) = crops(messages, Phase.CONFIRMED)
    assert confirmed.moved == pytest.approx(1.4)
    assert (confirmed.began_at, confirmed.ended_at, confirmed.detections) == (at(0), at(1.8), 10)
    assert len(confirmed.shots) == 5
    assert confirmed.track_id == provisional.track_id
    assert confirmed.event_id != provisional.event_id
    assert confirmed.detector_id == "script.v1"
    assert confirmed.produced_at == NOON


def test_a_track_is_told_of_a_few_times_while_it_goes_on_each_time_under_an_id_of_its_own() -> None:
    script = Script({number: [face(20 + 6 * number)] for number in range(40)})
    messages = run(pipeline_of(script), [frame(number) for number in range(40)])
    provisional = crops(messages, Phase.PROVISIONAL)
    assert [crop.ended_at for crop in provisional] == [at(0.8), at(1.2), at(1.8), at(2.8), at(4.0)]
    assert [len(crop.shots) for crop in provisional] == [3] * 5
    assert len({crop.event_id for crop in [*provisional, *crops(messages, Phase.CONFIRMED)]}) == 6
    assert len({crop.track_id for crop in provisional}) == 1


def test_a_track_is_not_told_of_again_before_there_is_a_better_crop() -> None:
    def best_at_first(image: Image, _detection: Detection) -> Quality:
        return GOOD if int(image[0, 0, 0]) <= 4 else replace(GOOD, sharpness=0.05)

    script = Script({number: [face(20 + 6 * number)] for number in range(40)})
    messages = run(pipeline_of(script, best_at_first), [frame(number) for number in range(40)])
    assert len(crops(messages, Phase.PROVISIONAL)) == 1


def test_a_face_that_never_moves_is_told_of_when_its_track_has_ended() -> None:
    messages = run(pipeline_of(Script({number: [face(100)] for number in range(30)})), [frame(i) for i in range(40)])
    assert crops(messages, Phase.PROVISIONAL) == []
    (confirmed,) = crops(messages, Phase.CONFIRMED)
    assert confirmed.moved == 0.0


def test_of_a_face_that_has_moved_before_it_was_good_the_first_good_crop_is_told() -> None:
    pipeline = pipeline_of(
        Script({number: [face(40 + 12 * number)] for number in range(10)}),
        lambda image, detection: replace(GOOD, yaw=1.2 if image[0, 0, 0] < 6 else 0.0),
    )
    told = [crops(pipeline.process(frame(number)), Phase.PROVISIONAL) for number in range(8)]
    assert [len(one) for one in told] == [0, 0, 0, 0, 0, 0, 1, 0]
    assert told[6][0].shots[0].captured_at == at(1.2)


def test_how_alive_a_face_looks_is_asked_of_the_crops_that_are_kept_and_travels_with_them() -> None:
    pipeline = CameraPipeline(
        "shop", "door", Script({number: [face(60 + 12 * number)] for number in range(10)}), assess=lambda i, d: GOOD,
        clock=lambda: NOON, best_shots=2, liveness=lambda image, detection: detection.box[0] / 320,
    )  # fmt: skip
    (confirmed,) = crops(run(pipeline, [frame(number) for number in range(10)]), Phase.CONFIRMED)
    assert [shot.liveness for shot in confirmed.shots] == [shot.box[0] / 320 for shot in confirmed.shots]
    assert len(confirmed.shots) == 2


def test_no_more_best_shots_of_a_track_are_kept_than_asked_for() -> None:
    script = Script({number: [face(100 + number)] for number in range(10)})
    pipeline = CameraPipeline(
        "shop", "door", script, assess=lambda image, detection: GOOD, clock=lambda: NOON, best_shots=3
    )
    (confirmed,) = crops(run(pipeline, [frame(number) for number in range(10)]), Phase.CONFIRMED)
    assert len(confirmed.shots) == 3


def test_every_message_survives_the_wire() -> None:
    script = {number: [face(60 + 12 * number)] + [face(240)] * (number == 4) for number in range(3, 7)}
    messages = run(pipeline_of(Script(script)), [frame(i) for i in range(9)])
    assert len(messages) == 4
    for message in messages:
        assert type(decode(encode(message))) is type(message)


def test_the_same_frames_give_the_same_messages() -> None:
    script = {number: [face(60 + 2 * number), face(250 - 3 * number, 150)] for number in range(25)}
    once, again = (run(pipeline_of(Script(script)), [frame(i) for i in range(40)]) for _ in range(2))
    assert once == again


def test_two_cameras_give_different_ids() -> None:
    script = {0: [face(100)]}
    doors = [
        CameraPipeline("shop", camera, Script(script), assess=lambda i, d: GOOD, clock=lambda: NOON)
        for camera in ("door", "back")
    ]
    ids = {crop.event_id for door in doors for crop in crops(run(door, [frame(0)]), Phase.CONFIRMED)}
    assert len(ids) == 2


def test_a_track_whose_every_crop_is_refused_is_only_counted() -> None:
    pipeline = pipeline_of(Script({number: [face(100)] for number in range(4)}), lambda i, d: replace(GOOD, yaw=1.2))
    messages = run(pipeline, [frame(number) for number in range(4)])
    (seen,) = coverage(messages)
    assert len(messages) == 1
    assert (seen.frames, seen.tracks, seen.usable_tracks, seen.rejected) == (4, 1, 0, {"turned_away": 4})


def turned_left_of(x: float) -> Callable[[Image, Detection], Quality]:
    """Whoever is on the left shows an ear; whoever is on the right faces the camera."""

    def assess(image: Image, detection: Detection) -> Quality:
        # What is searched is a part of the picture, but what is assessed is the whole one.
        return replace(GOOD, yaw=1.2 if detection.box[0] < x else 0.0)

    return assess


def told_of(script: Mapping[int, Sequence[Detection]]) -> list[FaceCrop]:
    """The confirmed crops of a film in which those left of 150 are turned."""
    frames = [frame(number) for number in range(max(script) + 1)]
    return crops(run(pipeline_of(Script(script), turned_left_of(150.0)), frames), Phase.CONFIRMED)


def test_one_who_stays_turned_beside_others_is_told_after_them_and_names_them() -> None:
    early, late, beside = face(230), face(170), face(50)
    script = {
        number: [early] * (number < 10) + [beside] * (number < 30) + [late] * (number > 15) for number in range(60)
    }
    *straight, turned = told_of(script)
    assert [crop.beside for crop in straight] == [(), ()]
    assert set(turned.beside) == {crop.track_id for crop in straight}
    assert (turned.ended_at, len(turned.shots)) == (at(5.8), 5)
    assert straight[-1].ended_at == at(11.8)


def test_two_who_stay_turned_side_by_side_name_each_other() -> None:
    one, other = told_of({number: [face(10), face(80)] for number in range(30)})
    assert (one.beside, other.beside) == ((other.track_id,), (one.track_id,))


def test_one_who_is_turned_and_alone_is_not_told_of() -> None:
    assert told_of({number: [face(50)] for number in range(40)}) == []


def test_one_who_is_turned_beside_somebody_for_a_moment_is_not_told_of() -> None:
    (straight,) = told_of({number: [face(200)] + [face(50)] * (number < 25) for number in range(40)})
    assert straight.beside == ()


def test_one_who_walks_by_in_profile_is_not_told_of_however_slowly() -> None:
    script = {number: [face(200, 160, 40), face(1 + 3.5 * number, 10, 15)] for number in range(40)}
    pipeline = pipeline_of(Script(script), lambda i, d: replace(GOOD, yaw=1.2 if d.box[1] < 90 else 0.0))
    (straight,) = crops(run(pipeline, [frame(number) for number in range(40)]), Phase.CONFIRMED)
    assert straight.beside == ()


def test_a_box_upon_the_box_of_another_is_nobody_beside_it() -> None:
    script = Script({number: [face(50), face(90)] for number in range(30)})
    pipeline = pipeline_of(script, turned_left_of(60.0))
    (straight,) = crops(run(pipeline, [frame(number) for number in range(30)]), Phase.CONFIRMED)
    assert straight.beside == ()


def test_a_track_with_one_good_crop_is_told_as_ever() -> None:
    script = {number: [face(200), face(50)] for number in range(30)}
    pipeline = pipeline_of(
        Script(script), lambda i, d: replace(GOOD, yaw=1.2 if d.box[0] < 150 and i[0, 0, 0] != 17 else 0.0)
    )
    confirmed = crops(run(pipeline, [frame(number) for number in range(30)]), Phase.CONFIRMED)
    assert [(len(crop.shots), crop.beside) for crop in confirmed] == [(5, ()), (1, ())]


def test_one_who_stays_turned_is_no_usable_track() -> None:
    script = Script({number: [face(50), face(200)] for number in range(30)})
    messages = run(pipeline_of(script, turned_left_of(150.0)), [frame(number) for number in range(30)])
    (seen,) = coverage(messages)
    assert (seen.tracks, seen.usable_tracks, seen.rejected) == (2, 1, {"turned_away": 30})


def test_a_detection_of_low_score_continues_its_track_and_gives_no_crop() -> None:
    script = Script({0: [face(100)], 1: [face(100, score=0.3)], 2: [face(100)]})
    pipeline = pipeline_of(script, lambda image, detection: replace(GOOD, certainty=detection.score))
    messages = run(pipeline, [frame(number) for number in range(3)])
    (confirmed,) = crops(messages, Phase.CONFIRMED)
    assert (confirmed.detections, len(confirmed.shots)) == (3, 2)
    assert coverage(messages)[0].rejected == {"low_score": 1}


def test_a_cut_ends_every_track_although_the_next_face_is_in_the_same_place() -> None:
    frames = [frame(number) for number in range(6)]
    stripes = np.tile(np.repeat(np.array([0, 250], np.uint8), 40), 4)
    for cut in frames[3:]:
        cut.image[:, :, 1] = stripes[None, :]
    messages = run(pipeline_of(Script({number: [face(100)] for number in range(6)})), frames)
    assert [crop.detections for crop in crops(messages, Phase.CONFIRMED)] == [3, 3]


def test_where_nothing_stirs_no_face_is_sought_and_always_while_someone_is_there() -> None:
    script = Script({number: [face(100)] for number in range(60, 80)})
    frames = [frame(number) for number in range(100)]
    for shown in frames[60:80]:
        shown.image[80:140, 100:160, 1] = 180
    messages = run(pipeline_of(script), frames)
    assert [number for number in script.searched if 20 <= number < 60] == []
    (confirmed,) = crops(messages, Phase.CONFIRMED)
    assert confirmed.detections == 20


def test_coverage_is_told_each_minute_and_its_stretches_touch() -> None:
    messages = run(pipeline_of(Script({})), [frame(i % 256, seconds=5.0 * i) for i in range(31)])
    stretches = coverage(messages)
    assert [(item.began_at, item.ended_at) for item in stretches] == [
        (at(0), at(60)),
        (at(60), at(120)),
        (at(120), at(150)),
    ]
    assert sum(item.frames for item in stretches) == 31
    assert len({item.event_id for item in stretches}) == 3


def test_a_sparse_file_counts_as_seen_from_its_first_to_its_last_frame() -> None:
    (seen,) = coverage(run(pipeline_of(Script({})), [frame(i, seconds=10.0 * i) for i in range(5)]))
    assert (seen.state, seen.began_at, seen.ended_at) == (CoverageState.SEEN, at(0), at(40))


def test_a_gap_ends_tracks_and_coverage_and_is_told_with_its_reason() -> None:
    gap = Gap(began_at=at(0.4), ended_at=at(10), reason="the stream broke off")
    items = [*(frame(i) for i in range(3)), gap, *(frame(i, seconds=7.0 + i) for i in range(3, 6))]
    messages = run(pipeline_of(Script({i: [face(100)] for i in range(3)})), items)
    before, lost, after = coverage(messages)
    assert (before.began_at, before.ended_at, before.tracks, before.usable_tracks) == (at(0), at(0.4), 1, 1)
    assert (lost.state, lost.began_at, lost.ended_at, lost.reason) == (
        CoverageState.GAP,
        at(0.4),
        at(10),
        "the stream broke off",
    )
    assert (after.state, after.began_at, after.ended_at) == (CoverageState.SEEN, at(10), at(12))


def test_someone_who_stood_still_through_a_gap_is_found_again() -> None:
    gap = Gap(began_at=at(0.4), ended_at=at(10), reason="the stream broke off")
    items = [*(frame(i) for i in range(3)), gap, *(frame(i, seconds=10.0 + 0.2 * i) for i in range(3, 6))]
    messages = run(pipeline_of(Script({i: [face(100)] for i in range(6)})), items)
    assert [crop.detections for crop in crops(messages, Phase.CONFIRMED)] == [3, 3]


def test_dropped_frames_are_counted() -> None:
    frames = [replace(frame(number), dropped=number) for number in range(4)]
    (seen,) = coverage(run(pipeline_of(Script({})), frames))
    assert (seen.frames, seen.dropped) == (4, 6)


def test_flushing_again_tells_nothing() -> None:
    pipeline = pipeline_of(Script({0: [face(100)]}))
    run(pipeline, [frame(0)])
    assert pipeline.flush() == []


def test_what_it_counts_and_how_long_it_took_can_be_asked() -> None:
    pipeline = pipeline_of(Script({0: [face(100)]}))
    run(pipeline, [frame(number) for number in range(3)])
    counts = pipeline.counts()
    assert (counts.frames, counts.searched, counts.detections, counts.tracks, counts.usable_tracks) == (3, 3, 1, 1, 1)
    assert set(pipeline.seconds()) == {"motion", "detect", "track", "quality"}


@given(st.lists(st.lists(st.integers(0, 250), max_size=3, unique=True), max_size=30))
def test_confirmed_crops_and_coverage_agree_on_the_tracks(rows: list[list[int]]) -> None:
    script = Script({number: [face(float(x), size=40.0) for x in row] for number, row in enumerate(rows)})
    messages = run(pipeline_of(script), [frame(number) for number in range(len(rows))])
    confirmed = crops(messages, Phase.CONFIRMED)
    assert len({crop.track_id for crop in confirmed}) == len(confirmed)
    moved = {crop.track_id for crop in confirmed if crop.moved >= COMES_IN}
    assert {crop.track_id for crop in crops(messages, Phase.PROVISIONAL)} == moved
    assert sum(stretch.usable_tracks for stretch in coverage(messages)) == len(confirmed)
    assert sum(crop.detections for crop in confirmed) == script.found
    for crop in confirmed:
        assert crop.shots[0].quality == max(shot.quality for shot in crop.shots)
        for shot in crop.shots:
            assert decode_jpeg(shot.jpeg).size


def test_what_was_last_seen_tells_the_faces_in_it_and_whether_a_crop_of_theirs_was_good_enough() -> None:
    def only_the_left(_image: Image, detection: Detection) -> Quality:
        return GOOD if detection.box[0] < 150 else replace(GOOD, size_px=10.0)

    pipeline = pipeline_of(Script({number: [face(20), face(220)] for number in range(5)}), only_the_left)
    assert pipeline.last_picture is None
    last = frame(4)
    run(pipeline, [*(frame(number) for number in range(4)), last, Gap(began_at=at(0.8), ended_at=at(9), reason="away")])
    seen = pipeline.last_picture
    assert seen is not None
    assert (seen.image.shape, seen.width_px, seen.captured_at) == ((48, 64, 3), 320, at(0.8))
    assert sorted((one.box[0], one.is_usable) for one in seen.faces) == [(20, True), (220, False)]


def test_whoever_is_followed_is_hidden_also_where_one_frame_misses_them() -> None:
    script = Script({number: [face(20), face(220)] if number < 4 else [face(20)] for number in range(5)})
    pipeline = pipeline_of(script)
    for number in range(4):
        pipeline.process(frame(number))
    striped = frame(4)
    striped.image[::10, :, 1] = 0  # a stripe in every second row of the coarse picture
    pipeline.process(striped)
    seen = pipeline.last_picture
    assert seen is not None
    assert len(seen.faces) == 1
    missed, beside = seen.image[15:29, 45:55, 1].astype(int), seen.image[15:29, 25:35, 1].astype(int)
    assert missed.std() < beside.std() / 2
