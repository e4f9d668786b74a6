"""All that a matcher knows, and how far into the log it knows it."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from threading import Lock
from uuid import UUID

from faces.errors import ModelError
from matcher.gallery import Gallery, Known, filled
from matcher.id_index import IdIndex, folded
from matcher.partition_state import PartitionState
from matcher.population import Population
from matcher.presence import Presence
from matcher.snapshot import Frozen, Settled, Snapshot, SnapshotRefused
from matcher.template_table import TemplateTable
from schemas.codec import decode
from schemas.errors import InvalidRecord
from schemas.event_log import EventLog, Partition, Record, Tail
from schemas.ids import migrated_template_id
from schemas.ledger import WITHOUT_EFFECT
from schemas.messages import IdentityEvent, Message, Sighting, Template
from schemas.topics import CROPS, IDENTITY, SIGHTINGS, TEMPLATES, TOMBSTONES_KEPT, Topic

TRAVEL = timedelta(minutes=3)
"""How long it takes at least from one store to another, unless the operator says otherwise."""
_NEVER = 1 << 62
_SIGHTINGS_READ_AGAIN = 1_000
# The log drops a tombstone after a day; an erased template must not come back from a snapshot that never saw it.
_OLDEST_SNAPSHOT = TOMBSTONES_KEPT - timedelta(hours=1)

_log = logging.getLogger(__name__)


class MatcherState:
    """All templates, the identity ledger, the settled events, who was seen lately, and each partition of crops owned.

    All but the last are nothing but what the log says up to an offset, so that they may be taken from a snapshot; but
    who was seen lately is read again from the log. What was concluded here and may not have reached the log belongs to
    a partition, and goes with it. Templates are searched under the FaceId that the ledger says they belong to; those of
    whom it says that they were erased are gone, whatever the topic of templates still holds. ``assign``, ``revoke`` and
    ``of`` are for the thread that polls; the rest may be called from another.
    """

    def __init__(
        self,
        *,
        log: EventLog,
        group: str,
        snapshot: Snapshot,
        new_gallery: Callable[[int], Gallery],
        new_chain: Callable[[int, Iterable[Known]], Gallery] | None = None,
        travel: timedelta = TRAVEL,
    ) -> None:
        """Begin with a snapshot; ``new_chain`` makes the gallery of all stores, filled, by default one like theirs.

        ``travel`` is the least time between being seen in two stores.
        Raises SnapshotRefused for a snapshot that is not of this log.
        """
        _require_in_log(log, snapshot)
        self._log = log
        self._group = group
        self.model_id = snapshot.model_id
        self._dim = dim = snapshot.templates.embeddings.shape[1]
        self.people = Population(
            TemplateTable(snapshot.model_id, snapshot.templates),
            snapshot.ledger,
            new_gallery=lambda: new_gallery(dim),
            new_chain=lambda known: new_chain(dim, known) if new_chain else filled(new_gallery(dim), known),
            held=self._galleries_of,
            travel=travel,
        )
        self._templates_at = dict(snapshot.templates_at)
        self._identity_at = dict(snapshot.identity_at)
        self._settled = {number: IdIndex(one.keys, one.values) for number, one in snapshot.settled.items()}
        self._sightings_at = {number: one.offset for number, one in snapshot.settled.items()}
        self._presence: dict[int, Presence] = {}
        self._tail: Tail | None = None
        self._other_model: str | None = None
        self._migrated = False
        self._owned: dict[int, PartitionState] = {}
        self._written_here_from: dict[int, int] = {}
        self._read_up_to_ours: set[int] = set()  # of sightings: what others wrote before
        self._following = Lock()  # held while the log is read

    def close(self) -> None:
        """Let go of what reads on in the log."""
        if self._tail is not None:
            self._tail.close()

    def __len__(self) -> int:
        """Return the number of templates known."""
        return len(self.people)

    def of(self, partition: int) -> PartitionState:
        """Return the state of a partition of crops that is owned."""
        return self._owned[partition]

    def follow(self, partitions: Sequence[int] | None = None) -> int:
        """Read on to the end of the log: ledger, templates, and sightings of ``partitions``, of those owned if None.

        Return how many records were new. Raises ModelError where the log holds templates of another model, and was
        not migrated: every visitor would be counted anew. Templates of two models are never compared.
        """
        with self._following:
            new = self._follow_identity() + self._follow_templates()
            self._require_ours()
            _ = self.people.chain  # made of all that was read, before anybody is looked for
            return new + self._follow_sightings(self._owned if partitions is None else partitions)

    def catch_up(self) -> None:
        """Take in what others have written since: to be called before each batch, and now and then when there is none.

        What came of the batch before is in the log by then, whether or not this process died meanwhile. Raises
        TransientError when the log is away, and ModelError as ``follow`` does.
        """
        if self._following.acquire(blocking=False):
            try:
                self._read_on()
            finally:
                self._following.release()

    def assign(self, partitions: Sequence[Partition]) -> None:
        """Take up partitions of crops where the group left off. Their former owner writes no more.

        A template is in force once the crop event that gave it is committed or its sighting is in the log. A sighting
        of the log settles its crop event for good, also when the same film is read again.
        """
        numbers = [partition.number for partition in partitions if partition.topic == CROPS.name]
        self.follow(numbers)
        committed = self._log.committed(CROPS, self._group)
        self._owned.update({number: self._taken_up(number, committed.get(number, 0)) for number in numbers})
        self._written_here_from.update({number: self._sightings_at[number] for number in numbers})

    def revoke(self, partitions: Sequence[Partition]) -> None:
        """Drop the state of partitions that others own now."""
        for partition in partitions:
            if partition.topic == CROPS.name:
                self._written_here_from.pop(partition.number, None)
                self._read_up_to_ours.discard(partition.number)
                state = self._owned.pop(partition.number, None)
                if state is not None:
                    self.people.expect(state.undecided(), ())
                    self.people.take_back(state.concluded())

    def freeze(self, now: datetime) -> Frozen:
        """Read on, and return what a snapshot holds."""
        begins = _begins(self._log, SIGHTINGS)
        with self._following:
            self._follow_identity()
            self._follow_templates()
            self._follow_sightings(list(self._owned))
            settled = {}
            for number, index in self._settled.items():
                index.forget_below(begins.get(number, 0))
                keys, values = index.items()
                offset = self._presence_in(number).first_offset(self._sightings_at[number])
                settled[number] = Settled(offset=offset, keys=keys, values=values)
            rows, embeddings, stores = self.people.frozen()
            return Frozen(
                model_id=self.model_id,
                dim=self._dim,
                taken_at=now,
                rows=rows,
                embeddings=embeddings,
                stores=stores,
                templates_at=dict(self._templates_at),
                settled=settled,
                ledger=self.people.ledger,
                identity_at=dict(self._identity_at),
            )

    def _read_on(self) -> None:
        if self._tail is None:
            self._tail = self._log.tail([TEMPLATES, IDENTITY, SIGHTINGS], from_offsets=self._offsets_to_read_on_from())
        owned, entries = set(self._written_here_from), []
        ours = [Partition(topic=SIGHTINGS.name, number=number) for number in self._read_up_to_ours]
        try:
            for record in self._tail.read(without=ours):
                if record.topic == IDENTITY.name:
                    entries.append(record)
                elif record.topic == TEMPLATES.name and record.offset >= self._templates_at.get(record.partition, 0):
                    self._take(record)
                    self._templates_at[record.partition] = record.offset + 1
                elif record.topic == SIGHTINGS.name and not self._was_written_here(record):
                    self._saw(record)
        finally:
            self._enter(entries)  # also where the log went away in the midst: they do not come again
        self._read_up_to_ours = owned
        self._require_ours()

    def _saw(self, record: Record) -> None:
        if isinstance(sighting := _message(record, SIGHTINGS), Sighting):
            self.people.saw(sighting)

    def _was_written_here(self, sighting: Record) -> bool:
        """Return whether a sighting of the log is one that was expected when it was concluded: nobody else writes in a
        partition that is owned here."""
        return sighting.offset >= self._written_here_from.get(sighting.partition, _NEVER)

    def _offsets_to_read_on_from(self) -> dict[Partition, int]:
        # Templates and ledger from where they are known; of sightings the last few, which tell who is where.
        state = self._log.describe(SIGHTINGS)
        seen = {number: max(0, end - _SIGHTINGS_READ_AGAIN) for number, end in (state.ends if state else {}).items()}
        read = ((TEMPLATES, self._templates_at), (IDENTITY, self._identity_at), (SIGHTINGS, seen))
        return {
            Partition(topic=topic.name, number=number): offset
            for topic, offsets in read
            for number, offset in offsets.items()
        }

    def _follow_identity(self) -> int:
        return self._enter(self._log.replay(IDENTITY, from_offsets=self._identity_at))

    def _enter(self, records: Iterable[Record]) -> int:
        new, entries = 0, []
        for record in records:
            if record.offset < self._identity_at.get(record.partition, 0):
                continue
            new += 1
            entry = _message(record, IDENTITY)
            if isinstance(entry, IdentityEvent) and entry.kind not in WITHOUT_EFFECT:
                entries.append(entry)
            self._identity_at[record.partition] = record.offset + 1
        self.people.enter(entries)
        return new

    def _follow_templates(self) -> int:
        new = 0
        for new, record in enumerate(self._log.replay(TEMPLATES, from_offsets=self._templates_at), start=1):  # noqa: B007
            self._take(record)
            self._templates_at[record.partition] = record.offset + 1
        return new

    def _take(self, record: Record) -> None:
        if record.value is None:
            with suppress(ValueError):
                self.people.drop(UUID(record.key))
        elif isinstance(template := _message(record, TEMPLATES), Template):
            if template.model_id == self.model_id:
                self.people.take(template)
            elif not self._migrated:
                self._migrated = template.template_id == migrated_template_id(template.event_id, template.model_id)
                self._other_model = template.model_id

    def _require_ours(self) -> None:
        """Let templates of another model lie beside ours in the log where they were migrated, from it or to it."""
        if self._other_model is None or (self._migrated and len(self)):
            return
        self._migrated = self._migrated or self.people.holds_migrated()
        if not (self._migrated and len(self)):
            raise ModelError(
                f"the visitors known here were learnt by the model {self._other_model} and cannot be compared with "
                f"those of {self.model_id}: run with the pack they were learnt by (--pack), or with another log, or "
                "have them looked at again by this pack first, as after an update that changed it: footfall gallery "
                "migrate --to PACK"
            )

    def _follow_sightings(self, partitions: Sequence[int] | Mapping[int, object]) -> int:
        begin = {number: self._sightings_at.get(number, 0) for number in partitions}
        if not begin:
            return 0
        new = 0
        others = dict.fromkeys(range(SIGHTINGS.partitions), _NEVER)
        for new, record in enumerate(self._log.replay(SIGHTINGS, from_offsets=others | begin), start=1):  # noqa: B007
            sighting = _message(record, SIGHTINGS)
            if isinstance(sighting, Sighting):
                index = self._settled.setdefault(record.partition, IdIndex())
                index.put(folded(sighting.event_id), record.offset)
                self._presence_in(record.partition).saw(sighting, record.offset)
            self._sightings_at[record.partition] = record.offset + 1
        return new

    def _presence_in(self, number: int) -> Presence:
        return self._presence.setdefault(number, Presence())

    def _taken_up(self, number: int, committed: int) -> PartitionState:
        settled = self._settled.setdefault(number, IdIndex())
        self._sightings_at.setdefault(number, 0)
        doubtful = self.people.since(number, committed)
        undecided = [template for template in doubtful if settled.get(folded(template.event_id)) is None]
        waiting = frozenset(template.template_id for template in undecided)
        self.people.let_wait(waiting)

        def new_gallery(store_id: str) -> None:
            self.people.enter_store(store_id, state.galleries, without=waiting)

        presence = self._presence_in(number).copy()
        state = PartitionState(
            settled=settled,
            undecided=undecided,
            new_gallery=new_gallery,
            expect=self.people.expect,
            presence=presence,
        )
        return state

    def _galleries_of(self, store_id: str) -> list[Gallery]:
        galleries = [state.galleries.get(store_id) for state in list(self._owned.values())]
        return [gallery for gallery in galleries if gallery is not None]


def model_known_to(log: EventLog) -> str | None:
    """Return the model_id of the oldest template that can be read in a log."""
    models = (message.model_id for message in _templates(log))
    return next(models, None)


def refuse_old(snapshot: Snapshot, now: datetime) -> None:
    """Raise SnapshotRefused for a snapshot that may hold templates whose erasure the log no longer tells."""
    if now - snapshot.taken_at > _OLDEST_SNAPSHOT:
        raise SnapshotRefused(
            f"it is of {snapshot.taken_at:%Y-%m-%d %H:%M} UTC, and the log forgets after a day what was erased"
        )


def _templates(log: EventLog) -> Iterator[Template]:
    for record in log.replay(TEMPLATES):
        message = None if record.value is None else _message(record, TEMPLATES)
        if isinstance(message, Template):
            yield message


def _message(record: Record, topic: Topic) -> Message | None:
    try:
        return None if record.value is None else decode(record.value, topic.message)
    except InvalidRecord as error:
        _log.warning(
            "%s/%d@%d cannot be read and is passed over: %s", topic.name, record.partition, record.offset, error
        )
        return None


def _begins(log: EventLog, topic: Topic) -> Mapping[int, int]:
    state = log.describe(topic)
    return state.begins if state else {}


def _require_in_log(log: EventLog, snapshot: Snapshot) -> None:
    read = {
        TEMPLATES: snapshot.templates_at,
        IDENTITY: snapshot.identity_at,
        SIGHTINGS: {number: settled.offset for number, settled in snapshot.settled.items()},
    }
    for topic, offsets in read.items():
        state = log.describe(topic)
        for number, offset in offsets.items():
            if offset > (state.ends.get(number, 0) if state else 0):
                raise SnapshotRefused(
                    f"it knows {offset} records of {topic.name}/{number}, which the log does not hold"
                )
