"""Posters and the like: seen for hours in one place, never moving, never changing."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from colour_crops import START, track_of
from hypothesis import given
from hypothesis import strategies as st

from matcher.presence import Presence
from schemas import ids
from schemas.messages import Decision, Phase, Sighting

POSTER, ANNA = UUID(int=1), UUID(int=2)
FACE_PX = 100.0


def sighting(
    number: int, minute: float, *, x: float = 0, width: float = FACE_PX, face_id: UUID = POSTER, camera: str = "door",
    distance: float = 0.02,
) -> Sighting:  # fmt: skip
    at = START + timedelta(minutes=minute)
    track = track_of(number)
    return Sighting(
        sighting_id=ids.sighting_id(track),
        event_id=ids.crop_event_id(track, Phase.CONFIRMED),
        track_id=track,
        store_id="s",
        camera_id=camera,
        phase=Phase.CONFIRMED,
        decision=Decision.MATCHED,
        reason="",
        face_id=face_id,
        began_at=at,
        ended_at=at + timedelta(seconds=9),
        best_shot_at=at,
        box=(x, 20.0, width, width),
        shots=3,
        quality=0.8,
        distance=distance,
        threshold=0.3,
        model_id="any",
        produced_at=at,
        decided_at=at,
    )


def told(sightings: Sequence[Sighting]) -> list[int]:
    """The places in a row of sightings at which it was plain that a FaceId is nobody."""
    presence, found = Presence(), []
    for place, one in enumerate(sightings):
        if presence.shows_static(one):
            found.append(place)
        presence.saw(one)
    return found


def hung_up(**more: float) -> list[Sighting]:
    """A picture on the wall, seen every half hour, its box a pixel or two to and fro."""
    return [sighting(number, 30 * number, x=number % 3, **more) for number in range(6)]


def test_what_hangs_in_one_place_for_two_hours_is_told_once():
    assert told([*hung_up(), sighting(7, 200), sighting(8, 230)]) == [4]


def test_it_takes_hours_and_not_only_sightings():
    assert told([sighting(number, 2 * number) for number in range(30)]) == []


def test_it_takes_sightings_and_not_only_hours():
    assert told([sighting(1, 0), sighting(2, 60), sighting(3, 170)]) == []


def test_who_works_at_a_desk_moves_a_little_and_is_somebody():
    assert told([sighting(number, 30 * number, x=8 * (number % 2)) for number in range(6)]) == []
    assert told([sighting(number, 30 * number, width=FACE_PX + 8 * (number % 2)) for number in range(6)]) == []


def test_who_looks_different_from_one_hour_to_the_next_is_somebody():
    assert told(hung_up(distance=0.2)) == []


def test_every_camera_and_every_face_is_judged_by_itself():
    by_turns = [sighting(number, 30 * number, camera="door" if number % 2 else "till") for number in range(6)]
    assert told(by_turns) == []
    by_turns = [sighting(number, 30 * number, face_id=POSTER if number % 2 else ANNA) for number in range(6)]
    assert told(by_turns) == []


def test_a_sighting_that_is_delivered_again_counts_once():
    one = sighting(1, 0)
    assert told([one, one, one, one, sighting(2, 125)]) == []


@given(st.permutations(hung_up()))
def test_in_whatever_order_they_come_it_is_told_once(sightings: list[Sighting]):
    assert len(told(sightings)) == 1
