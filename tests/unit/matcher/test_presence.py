"""Turned visitors, of whom nothing can be told but who they were seen beside. Grey is a face from the side."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import colour_crops
from colour_crops import BLUE, GREEN, RED, START, Colour, face_crop, track_of
from hypothesis import example, given
from hypothesis import strategies as st

from matcher.id_index import IdIndex
from matcher.identifier import Identifier
from matcher.numpy_gallery import NumpyGallery
from matcher.partition_state import PartitionState
from matcher.policy import MAY_BE_COUNTED
from matcher.presence import Presence
from schemas.messages import Decision, FaceCrop, IdentityEvent, IdentityKind, Sighting, Template
from schemas.received import Received

GREY = (90, 90, 90)
LONG = timedelta(hours=3, minutes=1)


class Store:
    """A store, its matcher, and what stands of the sightings."""

    def __init__(self) -> None:
        self._galleries = PartitionState(settled=IdIndex(), undecided=(), new_gallery=self._open, presence=Presence())
        self._identifier: Identifier = colour_crops.new_identifier(lambda number: self._galleries)
        self.sightings: dict[object, Sighting] = {}
        self.grounds: list[Template | IdentityEvent] = []

    def _open(self, store_id: str) -> None:
        self._galleries.galleries[store_id] = NumpyGallery()

    def take(self, *crops: FaceCrop) -> Sighting:
        """Let the matcher decide about these, and return the last sighting."""
        for crop in crops:
            received = Received(message=crop, topic="crops", partition=0, offset=0)
            grounds, told = self._identifier([received])
            self.grounds += [message for message in grounds if isinstance(message, (Template, IdentityEvent))]
            self.sightings |= {message.sighting_id: message for message in told if isinstance(message, Sighting)}
        return self.of(crops[-1])

    def of(self, crop: FaceCrop) -> Sighting:
        """What stands of a track."""
        (found,) = [sighting for sighting in self.sightings.values() if sighting.track_id == crop.track_id]
        return found

    def visitors(self) -> int:
        """How many FaceIds stand."""
        return len({sighting.face_id for sighting in self.sightings.values()} - {None})


def known(number: int, colour: Colour) -> FaceCrop:
    return face_crop(number, [colour] * 3)


def turned(number: int, beside: Sequence[int]) -> FaceCrop:
    return face_crop(number, [GREY] * 3, beside=beside)


def later(crop: FaceCrop, by: timedelta) -> FaceCrop:
    return replace(crop, began_at=crop.began_at + by, ended_at=crop.ended_at + by)


def test_a_turned_visitor_beside_everybody_who_was_there_is_one_more():
    store = Store()
    store.take(known(1, RED), known(2, BLUE))
    found = store.take(turned(3, beside=[1, 2]))
    assert (found.decision, store.visitors()) == (Decision.MINTED, 3)


def test_two_turned_visitors_side_by_side_beside_three_known_ones_are_two_more():
    store = Store()
    store.take(known(1, RED), known(2, BLUE), known(3, GREEN), turned(4, [1, 2, 3, 5]), turned(5, [1, 2, 3, 4]))
    assert store.visitors() == 5


def test_a_turned_visitor_is_nobody_new_while_one_other_was_there_and_not_beside():
    store = Store()
    store.take(known(1, RED), known(2, BLUE))
    found = store.take(turned(3, beside=[1]))
    assert (found.decision, found.reason, store.visitors()) == (Decision.REJECTED, MAY_BE_COUNTED, 2)


def test_a_turned_visitor_in_an_empty_store_is_nobody_new():
    store = Store()
    found = store.take(turned(1, beside=[7]))
    assert (found.decision, found.reason) == (Decision.REJECTED, MAY_BE_COUNTED)


def test_a_turned_visitor_whose_track_breaks_is_counted_once():
    store = Store()
    store.take(known(1, RED), turned(2, [1]), turned(3, [1]), turned(4, [1]))
    assert store.visitors() == 2


def test_whoever_was_there_in_front_and_turns_away_is_counted_once():
    store = Store()
    store.take(known(1, RED), known(2, BLUE), turned(3, beside=[1]))
    assert store.visitors() == 2


def test_whoever_was_there_turned_and_then_faces_the_camera_is_counted_once():
    store = Store()
    before = store.take(known(1, RED), turned(2, beside=[1]))
    after = store.take(known(3, BLUE))
    assert (after.decision, store.visitors()) == (Decision.MINTED, 2)
    withdrawn = store.sightings[before.sighting_id]
    assert (withdrawn.decision, withdrawn.reason, withdrawn.face_id) == (Decision.REJECTED, MAY_BE_COUNTED, None)
    ledger = [event for event in store.grounds if isinstance(event, IdentityEvent) and event.face_id == before.face_id]
    assert [event.kind for event in ledger] == [IdentityKind.MINTED, IdentityKind.CORRECTED]


def test_what_is_taken_back_stays_so_though_the_log_tells_the_former_form_once_more():
    store = Store()
    red, former = store.take(known(1, RED)), store.take(turned(2, beside=[1]))
    blue = store.take(known(3, BLUE))
    taken_back = store.sightings[former.sighting_id]
    presence = Presence()
    for sighting in (red, former, taken_back, blue, former):
        presence.saw(sighting)
    assert presence.company_of(turned(4, beside=[1, 3])).complete
    assert presence.refuted_by(blue) == []


def test_a_known_visitor_who_was_seen_beside_takes_nothing_back():
    store = Store()
    store.take(known(1, RED), known(2, BLUE), turned(3, beside=[1, 2]), known(4, RED), known(5, BLUE))
    assert store.visitors() == 3


def test_one_whose_track_was_in_the_picture_and_is_decided_afterwards_takes_nothing_back():
    store = Store()
    store.take(known(1, RED), turned(2, beside=[1, 3]), known(3, BLUE))
    assert store.visitors() == 3


def test_those_of_longer_ago_than_any_session_gap_are_gone():
    store = Store()
    store.take(known(1, RED), later(known(2, BLUE), LONG))
    assert store.take(later(turned(3, beside=[2]), LONG)).decision is Decision.MINTED


def test_those_of_another_store_are_not_asked_about():
    store = Store()
    store.take(replace(known(1, RED), store_id="other"), known(2, BLUE))
    assert store.take(turned(3, beside=[2])).decision is Decision.MINTED


def test_of_what_is_told_long_afterwards_nothing_is_concluded():
    store = Store()
    store.take(known(1, RED), later(known(2, RED), timedelta(hours=2)))
    assert store.take(turned(3, beside=[1])).reason == MAY_BE_COUNTED


SEEN = st.lists(
    st.tuples(st.integers(0, 7).map(lambda hour: 59 * hour), st.sampled_from([None, RED, BLUE]), st.booleans()),
    min_size=1,
    max_size=12,
)


@given(SEEN, st.data())
def test_neither_forgetting_nor_reading_again_changes_anything_that_is_concluded(seen, data):
    """Minutes over seven hours, told in any order; the turned are minted by decree, to see who takes them back."""
    presence, restarted = Presence(), Presence()
    example, log = Store().take(known(1, RED)), []
    for number, (minute, colour, is_turned) in enumerate(seen):
        crop = later(turned(number, beside=range(number)), timedelta(minutes=minute - number))
        sighting = replace(
            example,
            track_id=crop.track_id,
            began_at=crop.began_at,
            ended_at=crop.ended_at,
            beside=crop.beside if is_turned else (),
            decision=Decision.REJECTED if colour is None else Decision.MINTED,
            face_id=None if colour is None else track_of(colour[0]),
        )
        assert presence.company_of(crop) == restarted.company_of(crop)
        assert presence.refuted_by(sighting) == restarted.refuted_by(sighting)
        log.append(sighting)
        presence.saw(sighting, number)
        restarted.saw(sighting, number)
        if data.draw(st.booleans()):
            first = restarted.first_offset(end=len(log))
            restarted = Presence()
            for offset in range(first, len(log)):
                restarted.saw(log[offset], offset)


def test_a_turned_face_is_no_template_and_draws_nobody_to_its_face_id():
    store = Store()
    counted = store.take(known(1, RED), turned(2, beside=[1]))
    assert len([message for message in store.grounds if isinstance(message, Template)]) == 1
    assert store.take(face_crop(3, [GREY] * 3)).face_id != counted.face_id


def test_a_turned_face_that_looks_like_somebody_beside_it_is_not_taken_for_them():
    store = Store()
    alike = face_crop(2, [RED] * 3, beside=[1])
    assert store.take(known(1, RED), alike).decision is Decision.MINTED
    assert store.visitors() == 2


def test_a_turned_face_that_looks_like_somebody_who_is_not_beside_it_is_them():
    store = Store()
    first = store.take(known(1, RED), known(2, BLUE))
    found = store.take(face_crop(3, [BLUE] * 3, beside=[1]))
    assert (found.decision, found.face_id) == (Decision.MATCHED, first.face_id)


@dataclass(frozen=True)
class Track:
    person: int
    began: int
    lasted: int
    turned: bool

    def overlaps(self, other: "Track") -> bool:
        return self.began <= other.began + other.lasted and other.began <= self.began + self.lasted


@st.composite
def days(draw: st.DrawFn) -> list[Track]:
    """Who was in view of one camera, and when; each person is in one place at a time. In the order of the decisions."""
    tracks = []
    for person in range(draw(st.integers(1, 3))):
        began = 0
        for _ in range(draw(st.integers(1, 3))):
            began += draw(st.integers(1, 20))
            lasted = draw(st.integers(0, 30))
            tracks.append(Track(person, began, lasted, draw(st.booleans())))
            began += lasted
    return draw(st.permutations(tracks))


def crops_of(tracks: Sequence[Track]) -> list[FaceCrop]:
    """Each track has its crop; a second of it is a minute of the day."""
    crops = []
    for number, track in enumerate(tracks):
        colour = GREY if track.turned else (RED, BLUE, GREEN)[track.person]
        others = [other for other, one in enumerate(tracks) if one.person != track.person and track.overlaps(one)]
        crop = face_crop(number, [colour] * 3, beside=others if track.turned else ())
        began = START + timedelta(seconds=track.began)
        crops.append(replace(crop, began_at=began, ended_at=began + timedelta(seconds=track.lasted)))
    # Turned and alone, nobody is told of.
    return [crop for crop, track in zip(crops, tracks, strict=True) if crop.beside or not track.turned]


@given(days())
@example([Track(0, 0, 5, False), Track(1, 0, 9, True), Track(1, 10, 5, False)])
@example([Track(0, 0, 5, False), Track(1, 10, 5, False), Track(0, 10, 5, True), Track(1, 20, 5, True)])
def test_whatever_they_turn_and_in_whatever_order_it_is_told_nobody_is_counted_twice(tracks):
    store = Store()
    crops = crops_of(tracks)
    if crops:
        store.take(*crops)
        assert store.visitors() <= len({track.person for track in tracks})
