"""A matcher on some log, which may die, and what it has decided."""

import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from colour_crops import START, ColourEmbedder, new_identifier

from analytics.visits import standing
from footfall.consumer import Consumer
from footfall.publisher import Publisher
from matcher.faiss_gallery import FaissGallery
from matcher.gallery import Gallery, Known
from matcher.snapshot import Snapshot, empty_snapshot, read_snapshot
from matcher.state import MatcherState
from schemas.codec import decode
from schemas.event_log import EventLog, Subscription
from schemas.messages import Decision, FaceCrop, Message
from schemas.received import Received
from schemas.topics import CROPS, IDENTITY, SIGHTINGS, TEMPLATES, Topic

GROUP = "matchers"
NOTHING = empty_snapshot(ColourEmbedder.model_id, ColourEmbedder.dim, START)


_opened: list[MatcherState] = []


def close_all() -> None:
    """Let go of what all matchers made so far read on in; the processes of some of them died."""
    while _opened:
        _opened.pop().close()


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
        self,
        log: EventLog,
        *,
        snapshot: Snapshot = NOTHING,
        dies_at: int | None = None,
        batch: int = 2,
        new_chain: Callable[[int, Iterable[Known]], Gallery] | None = None,
    ) -> None:
        self.state = MatcherState(
            log=log, group=GROUP, snapshot=snapshot, new_gallery=FaissGallery, new_chain=new_chain
        )
        _opened.append(self.state)
        self._log = MortalLog(log, dies_at)
        self._batch = batch
        self.join()

    def join(self) -> None:
        """Become a member of the group, or become one again."""
        self.consumer = Consumer(
            log=self._log,  # type: ignore[arg-type]
            topics=[CROPS],
            group=GROUP,
            handler=self._match,
            max_records=self._batch,
            on_assigned=self.state.assign,
            on_revoked=self.state.revoke,
        )

    def _match(self, batch: Sequence[Received]) -> Sequence[Sequence[Message]]:
        self.state.catch_up()
        return new_identifier(self.state.of, self.state.people.elsewhere)(batch)

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
