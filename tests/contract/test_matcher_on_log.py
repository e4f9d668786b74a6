"""A matcher on each log there is: whatever dies or moves, it decides what an undisturbed one decides."""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4

import pytest
from colour_crops import BLUE, DARK_BLUE, DARK_RED, GREEN, RED, START, Colour, ColourEmbedder, face_crop, new_identifier
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.visits import standing
from footfall.consumer import Consumer
from footfall.event_logs import local_log_url, open_event_log
from footfall.publisher import Publisher
from matcher.faiss_gallery import FaissGallery
from matcher.snapshot import Snapshot, SnapshotRefused, empty_snapshot, read_snapshot
from matcher.state import MatcherState
from schemas.codec import decode
from schemas.errors import StorageError
from schemas.event_log import EventLog, Subscription
from schemas.messages import Decision, FaceCrop, Template
from schemas.topics import CROPS, IDENTITY, SIGHTINGS, TEMPLATES, TOPICS, Topic

GROUP = "matchers"
STORES = ("harbour", "market", "station")
LOGS = [pytest.param("local"), pytest.param("kafka", marks=pytest.mark.needs_kafka)]
NOTHING = empty_snapshot(ColourEmbedder.model_id, ColourEmbedder.dim, START)


class PowerCut(Exception):
    """The process is no more."""


class Mortal:
    """A member of a group that dies before its n-th append, flush or commit, or never."""

    def __init__(self, subscription: Subscription, steps: int | None) -> None:
        self._subscription = subscription
        self._steps = steps

    def __getattr__(self, name: str) -> Any:
        if name in ("append", "flush", "commit") and self._steps is not None:
            self._steps -= 1
            if self._steps < 0:
                raise PowerCut
        return getattr(self._subscription, name)


class MortalLog:
    """A log whose subscriptions die at a certain step."""

    def __init__(self, log: EventLog, steps: int | None) -> None:
        self._log = log
        self._steps = steps

    def subscribe(self, *arguments: Any, **options: Any) -> Any:
        return Mortal(self._log.subscribe(*arguments, **options), self._steps)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)


class Matcher:
    """What a matcher's process holds."""

    def __init__(
        self, log: EventLog, *, snapshot: Snapshot = NOTHING, dies_at: int | None = None, batch: int = 2
    ) -> None:
        self.state = MatcherState(log=log, group=GROUP, snapshot=snapshot, new_gallery=FaissGallery)
        self._log = MortalLog(log, dies_at)
        self._batch = batch
        self.join()

    def join(self) -> None:
        """Become a member of the group, or become one again."""
        self.consumer = Consumer(
            log=self._log,  # type: ignore[arg-type]
            topics=[CROPS],
            group=GROUP,
            handler=new_identifier(self.state.of),
            max_records=self._batch,
            on_assigned=self.state.assign,
            on_revoked=self.state.revoke,
        )

    def work(self) -> None:
        """Handle all there is. Raises PowerCut where it dies."""
        while self.consumer.lag():
            self.consumer.step(0.2)

    def snapshot(self) -> Snapshot:
        """What a process started next to it finds on the disk."""
        data = b"".join(self.state.freeze(START).pieces())
        return read_snapshot(io.BytesIO(data), len(data), model_id=ColourEmbedder.model_id)


def append(log: EventLog, crops: Sequence[FaceCrop]) -> None:
    publisher = Publisher(log)
    for crop in crops:
        publisher.publish(crop)
    publisher.flush()


def messages(log: EventLog, topic: Topic) -> list[Any]:
    return [decode(record.value) for record in log.replay(topic) if record.value is not None]


def decided(log: EventLog) -> dict[UUID, tuple[Decision, UUID | None, float | None]]:
    """The sightings of a log that stand, and the FaceIds of its templates: all that a report rests on."""
    return {
        **{one.sighting_id: (one.decision, one.face_id, one.distance) for one in standing(messages(log, SIGHTINGS))},
        **{one.template_id: (Decision.MATCHED, one.face_id, None) for one in messages(log, TEMPLATES)},
        **{one.event_id: (Decision.MINTED, one.face_id, None) for one in messages(log, IDENTITY)},
    }


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


COLOURS = (RED, BLUE, DARK_RED, GREEN, RED, BLUE)
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
    assert standby.follow(everywhere) == len(messages(log, TEMPLATES)) + len(messages(log, SIGHTINGS))
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
