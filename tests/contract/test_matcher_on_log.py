"""A matcher on each log there is: whatever dies or moves, it decides what an undisturbed one decides."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4

import pytest
from colour_crops import BLUE, DARK_BLUE, DARK_RED, GREEN, RED, Colour, face_crop
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_entries import entry, ledgers, merged, not_the_same, split, undone
from matcher_process import GROUP, NOTHING, Matcher, PowerCut, append, close_all, decided, messages

from footfall.event_logs import local_log_url, open_event_log
from footfall.publisher import Publisher
from matcher.faiss_gallery import FaissGallery
from matcher.snapshot import SnapshotRefused
from matcher.state import MatcherState
from schemas.codec import encode
from schemas.errors import StorageError
from schemas.event_log import EventLog
from schemas.ids import minted_face_id
from schemas.messages import Decision, FaceCrop, IdentityEvent, IdentityKind, Template
from schemas.topics import CROPS, IDENTITY, SIGHTINGS, TEMPLATES, TOPICS

STORES = ("harbour", "market", "station")
LOGS = [pytest.param("local"), pytest.param("kafka", marks=pytest.mark.needs_kafka)]


@pytest.fixture(autouse=True)
def nothing_stays_open() -> Iterator[None]:
    yield
    close_all()


Visit = tuple[str, Colour, int]
visits = st.lists(
    st.tuples(
        st.sampled_from(STORES[:2]),
        st.sampled_from([RED, BLUE, GREEN, DARK_RED, DARK_BLUE]),
        st.sampled_from([0, 0, 3]),
    ),
    min_size=1,
    max_size=14,
)


def crops_of(found: Sequence[Visit]) -> list[FaceCrop]:
    """One track after another: of a store, a colour, and turned where it was seen beside so many of those before."""
    return [
        face_crop(number, [colour] * 3, store=store, beside=range(max(0, number - beside), number))
        for number, (store, colour, beside) in enumerate(found)
    ]


def undisturbed(crops: Sequence[FaceCrop]) -> dict[UUID, tuple[Decision, UUID | None, float | None]]:
    """What a matcher that never died decides about these crops."""
    with TemporaryDirectory() as folder, closing(open_event_log(local_log_url(Path(folder) / "log"))) as log:
        append(log, crops)
        matcher = Matcher(log)
        matcher.work()
        matcher.consumer.close()
        return decided(log)


@pytest.fixture(params=LOGS)
def new_log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], EventLog]]:
    """Make an empty log of each kind."""
    opened: list[EventLog] = []

    def make() -> EventLog:
        if request.param == "local":
            url = local_log_url(tmp_path / f"{uuid4().hex}.db")
        else:
            server = request.getfixturevalue("kafka_url")
            url = f"{server}{'&' if '?' in server else '?'}prefix={uuid4().hex[:8]}-&session_s=2"
        log = open_event_log(url)
        log.create(TOPICS)
        opened.append(log)
        return log

    yield make
    for log in opened:
        log.close()


# Nobody who is in one store looks like anybody in another: Kafka gives the partitions in any order, and whoever comes
# to two stores is known to the second only where the first was read by then.
COLOURS = (RED, BLUE, GREEN, DARK_RED, DARK_BLUE, GREEN)
PEOPLE = [(STORES[number % 3], COLOURS[number % 6], 5 if number in (4, 8) else 0) for number in range(11)]


@pytest.mark.parametrize("dies_at", [3, 9, 21])
def test_dying_between_template_and_commit_changes_no_decision_on_any_log(
    dies_at: int, new_log: Callable[[], EventLog]
):
    log, crops = new_log(), crops_of(PEOPLE)
    append(log, crops)
    killed = Matcher(log, dies_at=dies_at, batch=3)
    with suppress(PowerCut):
        killed.work()
    killed.consumer.close()
    after = Matcher(log, batch=4)
    after.work()
    after.consumer.close()
    assert decided(log) == undisturbed(crops)


lives = st.lists(st.tuples(st.integers(0, 25), st.integers(1, 5), st.booleans(), st.integers(0, 3)), max_size=4)


@given(visits, lives)
@settings(max_examples=40)
def test_dying_anywhere_again_and_again_with_or_without_a_snapshot_changes_no_decision(found, lives):
    crops = crops_of(found)
    with TemporaryDirectory() as folder, closing(open_event_log(local_log_url(Path(folder) / "log"))) as log:
        snapshot = NOTHING
        append(log, crops)
        for steps, batch, keeps, read_again in lives:
            killed = Matcher(log, snapshot=snapshot, dies_at=steps, batch=batch)
            with suppress(PowerCut):
                killed.work()
            snapshot = killed.snapshot() if keeps else snapshot
            append(log, crops[:read_again])  # the beginning of the film, once more
        last = Matcher(log, snapshot=snapshot)
        last.work()
        assert decided(log) == undisturbed(crops)


turns = st.lists(st.tuples(st.booleans(), st.integers(0, 3)), max_size=12)


@given(visits, turns, st.integers(1, 4))
@settings(max_examples=30)
def test_two_members_who_take_the_stores_from_each_other_decide_like_one(found, turns, batch):
    crops = crops_of(found)
    with TemporaryDirectory() as folder, closing(open_event_log(local_log_url(Path(folder) / "log"))) as log:
        members = [Matcher(log, batch=batch), Matcher(log, batch=batch)]
        for number, (which, steps) in enumerate(turns):
            append(log, crops[number : number + 1])
            for _ in range(steps):
                try:
                    members[which].consumer.step(0.0)
                except StorageError:  # the other has taken over: take it back
                    members[which].join()
        append(log, crops[len(turns) :])
        members[0].join()
        members[0].work()
        assert decided(log) == undisturbed(crops)


def test_a_film_read_again_after_a_restart_from_a_snapshot_settles_nothing_anew(new_log: Callable[[], EventLog]):
    log, crops = new_log(), crops_of(PEOPLE)
    append(log, crops)
    first = Matcher(log)
    first.work()
    snapshot = first.snapshot()
    first.consumer.close()
    before = len(messages(log, SIGHTINGS))
    append(log, crops)
    second = Matcher(log, snapshot=snapshot)
    second.work()
    second.consumer.close()
    assert len(messages(log, SIGHTINGS)) == before


def test_a_standby_that_has_followed_knows_what_the_matcher_knows(new_log: Callable[[], EventLog]):
    log, crops = new_log(), crops_of(PEOPLE)
    append(log, crops)
    matcher = Matcher(log)
    matcher.work()
    standby = MatcherState(log=log, group=GROUP, snapshot=NOTHING, new_gallery=FaissGallery)
    everywhere = range(SIGHTINGS.partitions)
    known = sum(len(messages(log, topic)) for topic in (TEMPLATES, IDENTITY, SIGHTINGS))
    assert standby.follow(everywhere) == known
    assert standby.follow(everywhere) == 0
    assert len(standby) == len(messages(log, TEMPLATES))
    matcher.consumer.close()


def test_what_is_erased_is_found_by_nobody_any_more(new_log: Callable[[], EventLog]):
    log = new_log()
    append(log, crops_of([("harbour", RED, 0), ("market", RED, 0)]))
    matcher = Matcher(log)
    matcher.work()
    erased, other = sorted(messages(log, TEMPLATES), key=lambda template: template.store_id)
    assert isinstance(erased, Template)
    log.append(TEMPLATES, str(erased.template_id), None)
    log.flush()
    matcher.state.follow()
    append(log, [face_crop(20, [RED] * 3, store=store) for store in ("harbour", "market")])
    matcher.work()
    again = {one.store_id: one.face_id for one in messages(log, SIGHTINGS) if one.began_at.minute == 20}
    assert again["harbour"] != erased.face_id
    assert again["market"] == other.face_id
    matcher.consumer.close()


def test_a_snapshot_of_more_than_the_log_holds_is_of_another_log(new_log: Callable[[], EventLog]):
    log = new_log()
    append(log, crops_of(PEOPLE))
    matcher = Matcher(log)
    matcher.work()
    matcher.consumer.close()
    with pytest.raises(SnapshotRefused, match="which the log does not hold"):
        MatcherState(log=new_log(), group=GROUP, snapshot=matcher.snapshot(), new_gallery=FaissGallery)


def say(log: EventLog, *entries: IdentityEvent) -> None:
    publisher = Publisher(log)
    for one in entries:
        publisher.publish(one)
    publisher.flush()


def seen_again(log: EventLog, matcher: Matcher, number: int, colour: Colour) -> Any:
    """Whom the matcher takes a visitor for who comes in now."""
    matcher.state.follow()
    append(log, [face_crop(number, [colour] * 3, store="harbour")])
    matcher.work()
    (sighting,) = [one for one in messages(log, SIGHTINGS) if one.began_at.minute == number]
    return sighting.face_id


TWO = [("harbour", RED, 0), ("harbour", BLUE, 0)]
RED_VISITOR, BLUE_VISITOR = (minted_face_id(crop.event_id) for crop in crops_of(TWO))


@pytest.fixture
def red_and_blue(new_log: Callable[[], EventLog]) -> Iterator[tuple[EventLog, Matcher]]:
    """A log with two visitors, and a matcher that is at work."""
    log = new_log()
    append(log, crops_of(TWO))
    matcher = Matcher(log)
    matcher.work()
    yield log, matcher
    matcher.consumer.close()


def test_who_was_merged_is_answered_with_who_stands_for_both_until_it_is_undone(red_and_blue: tuple[EventLog, Matcher]):
    log, matcher = red_and_blue
    merge = merged(1, BLUE_VISITOR, RED_VISITOR)
    say(log, merge)
    assert seen_again(log, matcher, 10, RED) == BLUE_VISITOR
    assert seen_again(log, matcher, 11, BLUE) == BLUE_VISITOR
    partition = next(record.partition for record in log.replay(CROPS))
    assert matcher.state.of(partition).gallery("harbour").face_count() == 1
    say(log, undone(2, merge), not_the_same(3, RED_VISITOR, BLUE_VISITOR), merged(4, BLUE_VISITOR, RED_VISITOR))
    assert seen_again(log, matcher, 12, RED) == RED_VISITOR
    assert seen_again(log, matcher, 13, BLUE) == BLUE_VISITOR


def test_a_template_that_was_split_off_is_found_under_the_new_face_id(red_and_blue: tuple[EventLog, Matcher]):
    log, matcher = red_and_blue
    (crop,) = [one for one in messages(log, CROPS) if minted_face_id(one.event_id) == RED_VISITOR]
    parted = split(1, RED_VISITOR, crop.track_id)
    say(log, parted)
    assert seen_again(log, matcher, 10, RED) == parted.other_face_id
    say(log, undone(2, parted))
    assert seen_again(log, matcher, 11, RED) == RED_VISITOR


def test_an_erased_visitor_is_found_by_nobody_also_where_the_templates_come_back(
    red_and_blue: tuple[EventLog, Matcher],
):
    log, matcher = red_and_blue
    before = matcher.snapshot()
    templates = [one for one in messages(log, TEMPLATES) if one.face_id == RED_VISITOR]
    say(log, entry(1, IdentityKind.ERASED, RED_VISITOR))
    matcher.state.follow()
    assert len(matcher.state) == 1
    log.append(TEMPLATES, str(templates[0].template_id), encode(templates[0]))  # of a matcher that had not heard
    log.flush()
    matcher.state.follow()
    for snapshot in (before, NOTHING, matcher.snapshot()):
        state = MatcherState(log=log, group=GROUP, snapshot=snapshot, new_gallery=FaissGallery)
        state.follow()
        assert len(state) == 1
    assert seen_again(log, matcher, 10, RED) not in (RED_VISITOR, BLUE_VISITOR)


def test_a_snapshot_of_more_entries_than_the_log_holds_is_of_another_log(
    red_and_blue: tuple[EventLog, Matcher], new_log: Callable[[], EventLog]
):
    _, matcher = red_and_blue
    alone = replace(matcher.snapshot(), templates_at={}, settled={})
    with pytest.raises(SnapshotRefused, match="records of identity/0"):
        MatcherState(log=new_log(), group=GROUP, snapshot=alone, new_gallery=FaissGallery)


said_at_noon = ledgers([RED_VISITOR, BLUE_VISITOR], [crop.track_id for crop in crops_of([("harbour", RED, 0)] * 3)])


@given(said_at_noon, visits, lives)
@settings(max_examples=40)
def test_dying_anywhere_after_the_ledger_was_changed_changes_no_decision(said, found, lives):
    morning = crops_of([*TWO, ("harbour", DARK_RED, 0)])
    afternoon = [
        face_crop(number, [colour] * 3, store=store, beside=range(max(20, number - beside), number))
        for number, (store, colour, beside) in enumerate(found, start=20)
    ]

    def day(lives: Sequence[tuple[int, int, bool, int]], *, at_work: bool = False) -> Any:
        with TemporaryDirectory() as folder, closing(open_event_log(local_log_url(Path(folder) / "log"))) as log:
            append(log, morning)
            matcher = Matcher(log)
            matcher.work()
            snapshot = matcher.snapshot()
            say(log, *said)
            append(log, afternoon)
            for steps, batch, keeps, read_again in lives:
                killed = Matcher(log, snapshot=snapshot, dies_at=steps, batch=batch)
                with suppress(PowerCut):
                    killed.work()
                snapshot = killed.snapshot() if keeps else snapshot
                append(log, afternoon[:read_again])
            if at_work:
                matcher.state.follow()
            else:
                matcher = Matcher(log, snapshot=snapshot)
            matcher.work()
            return decided(log)

    undisturbed_day = day([])
    assert day(lives) == undisturbed_day
    assert day([], at_work=True) == undisturbed_day
