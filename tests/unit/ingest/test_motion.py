from datetime import UTC, datetime, timedelta

import numpy as np

from ingest.motion import MotionGate
from ingest.scene import SceneWatch
from ingest.thumbnail import Thumbnail, thumbnail

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
RANDOM = np.random.default_rng(3)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def hall(*, person_at: int | None = None, light: float = 0.0) -> Thumbnail:
    picture = np.tile(np.linspace(60, 160, 64, dtype=np.float32), (36, 1)) + np.float32(light)
    picture = picture + RANDOM.normal(0.0, 1.0, picture.shape).astype(np.float32)
    if person_at is not None:
        picture[12:30, person_at : person_at + 5] += 60
    return picture


def looks(gate: MotionGate, pictures: list[Thumbnail], *, from_s: float, tracking: bool = False) -> list[bool]:
    return [gate.look(picture, at(from_s + 0.2 * i), tracking=tracking) for i, picture in enumerate(pictures)]


def settled() -> MotionGate:
    gate = MotionGate()
    looks(gate, [hall() for _ in range(20)], from_s=0)
    return gate


def test_the_first_frame_is_always_searched() -> None:
    assert MotionGate().look(hall(), START, tracking=False)


def test_a_hall_in_which_nothing_stirs_is_not_looked_at_again() -> None:
    still = hall()
    gate = MotionGate()
    assert looks(gate, [still] * 60, from_s=0)[12:] == [False] * 48


def test_where_hardly_anything_stirs_it_is_looked_at_every_two_seconds() -> None:
    def stirring(i: int) -> Thumbnail:
        picture = hall()
        picture[5, 7] += 5 * (i % 10)
        return picture

    assert sum(looks(settled(), [stirring(i) for i in range(50)], from_s=4)) == 5


def test_the_gate_tells_which_cells_move() -> None:
    gate = settled()
    gate.look(hall(person_at=20), at(4.2), tracking=False)
    rows, columns = np.nonzero(gate.moving)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (12, 29, 20, 24)


def test_a_person_who_comes_in_opens_the_gate_at_once_and_it_closes_after_they_left() -> None:
    gate = settled()
    assert all(looks(gate, [hall(person_at=5 + 2 * i) for i in range(10)], from_s=4))
    assert sum(looks(gate, [hall() for _ in range(50)], from_s=6)) < 20


def test_a_living_track_keeps_the_gate_open_where_nothing_moves() -> None:
    assert all(looks(settled(), [hall() for _ in range(50)], from_s=4, tracking=True))


def test_light_that_changes_everywhere_is_not_motion() -> None:
    assert sum(looks(settled(), [hall(light=30) for _ in range(10)], from_s=4)) <= 1


def test_a_new_resolution_starts_over() -> None:
    gate = settled()
    assert gate.look(np.full((20, 30), 80, np.float32), at(4.2), tracking=False)


def test_a_cut_is_another_pattern_in_most_of_the_picture() -> None:
    watch = SceneWatch()
    one, other = RANDOM.uniform(0, 255, (2, 36, 64)).astype(np.float32)
    assert [watch.cut(picture) for picture in (one, one, other, other)] == [False, False, True, False]


def test_a_lamp_switched_on_and_a_person_passing_close_are_no_cut() -> None:
    watch = SceneWatch()
    close = hall()
    close[:, 10:35] = 220
    assert not any(watch.cut(picture) for picture in (hall(), hall(light=80), hall(), close, hall()))


def test_a_new_resolution_is_a_cut() -> None:
    watch = SceneWatch()
    assert not watch.cut(hall())
    assert watch.cut(np.full((20, 30), 80, np.float32))


def test_a_thumbnail_has_about_64_columns_of_the_pictures_brightness() -> None:
    image = np.zeros((720, 1280, 3), np.uint8)
    image[:, 640:] = 200
    small = thumbnail(image)
    assert small.shape == (36, 64)
    assert (small[0, 0], small[0, -1]) == (0.0, 200.0)


def test_a_picture_of_a_few_pixels_has_a_thumbnail_too() -> None:
    assert thumbnail(np.full((2, 3, 3), 7, np.uint8)).shape == (2, 3)
