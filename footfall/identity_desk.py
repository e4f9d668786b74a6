"""Where people put right who is who: requests in, checked entries of the identity ledger out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from analytics.presentation.wording import face_text
from analytics.records.repository import VisitRepository
from footfall.identity_lookup import IdentityLookup, digits_of
from footfall.publisher import Publisher
from schemas.errors import InputError
from schemas.event_log import EventLog
from schemas.ids import split_face_id
from schemas.ledger import WITHOUT_EFFECT
from schemas.member_tags import checked_tags
from schemas.messages import IdentityEvent, IdentityKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a request: the entries that were made, none where all was so already, and a sentence about it."""

    sentence: str
    entries: tuple[IdentityEvent, ...] = ()


class IdentityDesk(IdentityLookup):
    """Takes requests of one person, ``actor``, with a ``reason``.

    An entry is in the log for good before it is recorded in the database; when a request returns, the reports are
    restated. Every request raises InputError for what is unknown or cannot be, with what to do about it.
    """

    def __init__(
        self, *, log: EventLog, repository: VisitRepository, actor: str, reason: str, now: Callable[[], datetime]
    ) -> None:
        super().__init__(repository)
        self._publisher = Publisher(log)
        self._actor = actor
        self._reason = reason
        self._now = now

    def merge(self, one: str, other: str) -> Answer:
        """Let ``one`` stand for ``other`` too."""
        survivor, merged = self.living(one), self.living(other)
        if self.ledger.canonical(survivor) == self.ledger.canonical(merged):
            return Answer(sentence=f"{face_text(survivor)} and {face_text(merged)} are one already; nothing to do.")
        if (bar := self.ledger.barred(survivor, merged)) is not None:
            raise InputError(
                f"{face_text(survivor)} and {face_text(merged)} are not the same, "
                f"says {self._told(bar, survivor, merged)}; "
                f"undo that first: footfall identity undo {face_text(bar)}"
            )
        return self._made(
            f"{self._person(survivor)} stands for {self._person(merged)} from now on",
            self.entry(IdentityKind.MERGED, survivor, other_face_id=merged),
        )

    def not_the_same(self, one: str, other: str) -> Answer:
        """Keep two apart from now on."""
        first, second = self.living(one), self.living(other)
        if first == second:
            raise InputError(f"{one} and {other} name the same FaceId: give two")
        if self.ledger.canonical(first) == self.ledger.canonical(second):
            merge = self.ledger.merge_of(first, second)
            raise InputError(
                f"{face_text(first)} and {face_text(second)} are one, says {self._told(merge, first, second)}; "
                f"undo that first: footfall identity undo {face_text(merge)}"
            )
        if self.ledger.barred(first, second) is not None:
            return Answer(sentence=f"{face_text(first)} and {face_text(second)} are kept apart already; nothing to do.")
        return self._made(
            f"{face_text(first)} and {face_text(second)} are kept apart from now on",
            self.entry(IdentityKind.NOT_THE_SAME, first, other_face_id=second),
        )

    def split(self, one: str, sightings: Sequence[str]) -> Answer:
        """Give some sightings of a visitor a FaceId of their own."""
        face_id = self.ledger.canonical(self.living(one))
        seen = {sighting.sighting_id: sighting for sighting in self._repository.identities.sightings_of(face_id)}
        chosen = {self.one_of(text, list(seen), f"sighting of {face_text(face_id)}") for text in sightings}
        if chosen == seen.keys():
            raise InputError(f"these are all {len(seen)} sightings of {face_text(face_id)}: leave at least one out")
        event_id = uuid4()
        other = split_face_id(event_id)
        return self._made(
            f"{len(chosen)} of {len(seen)} sightings of {face_text(face_id)} belong to {face_text(other)} from now on",
            self.entry(
                IdentityKind.SPLIT,
                face_id,
                event_id=event_id,
                other_face_id=other,
                track_ids=tuple(sorted(seen[sighting_id].track_id for sighting_id in chosen)),
            ),
        )

    def staff(self, one: str, *, is_staff: bool) -> Answer:
        """Mark a visitor as staff, or as none."""
        face_id = self.living(one)
        what = "staff" if is_staff else "no staff"
        if self.ledger.is_staff(face_id) == is_staff:
            return Answer(sentence=f"{face_text(face_id)} is {what} already; nothing to do.")
        kind = IdentityKind.STAFF if is_staff else IdentityKind.NOT_STAFF
        return self._made(f"{face_text(face_id)} is {what}, in every report", self.entry(kind, face_id))

    def static(self, one: str, *, is_static: bool) -> Answer:
        """Mark a FaceId as that of a poster or the like, or as that of somebody."""
        face_id = self.living(one)
        what = "nobody, but something that never moves" if is_static else "somebody"
        if self.ledger.is_static(face_id) == is_static:
            return Answer(sentence=f"{face_text(face_id)} is {what} already; nothing to do.")
        kind = IdentityKind.STATIC if is_static else IdentityKind.NOT_STATIC
        return self._made(f"{face_text(face_id)} is {what}, in every report", self.entry(kind, face_id))

    def bind(self, one: str, member_id: str, *, consent: bool, tags: Iterable[str] | None = None) -> Answer:
        """Bind a visitor to a member of the shop, who must have agreed to it; ``tags`` replace those there were."""
        face_id = self.living(one)
        bound, before = self.ledger.member_of(face_id), self.ledger.tags_of(face_id)
        after = before if tags is None else checked_tags(tags)
        if not member_id.strip():
            raise InputError("a member without an id: name the member as the shop does")
        if not consent:
            raise InputError(
                f"member {member_id} is bound to a face with that member's consent alone: ask for it, and say with "
                "--consent that it was given"
            )
        if (bound, before) == (member_id, after):
            return Answer(sentence=f"{face_text(face_id)} is member {member_id} already; nothing to do.")
        if bound not in (None, member_id):
            raise InputError(
                f"{face_text(face_id)} is member {bound}; unbind first: footfall identity unbind {face_text(face_id)}"
            )
        other = self.ledger.face_of_member(member_id)
        if other is not None and bound is None:
            raise InputError(
                f"member {member_id} is {face_text(other)}: if that is the same person, "
                f"footfall identity merge {face_text(other)} {face_text(face_id)}, else unbind it first"
            )
        said = f", tags: {', '.join(after)}" if after else ", without tags" if before else ""
        return self._made(
            f"{face_text(face_id)} is member {member_id}{said}",
            self.entry(IdentityKind.BOUND, self.ledger.bound_face(face_id), member_id=member_id, tags=after),
        )

    def unbind(self, one: str) -> Answer:
        """Take a visitor's member away."""
        face_id = self.living(one)
        member_id = self.ledger.member_of(face_id)
        if member_id is None:
            return Answer(sentence=f"{face_text(face_id)} is no member; nothing to do.")
        return self._made(
            f"{face_text(face_id)} is no longer member {member_id}", self.entry(IdentityKind.UNBOUND, face_id)
        )

    def undo(self, text: str) -> Answer:
        """Take an entry back, one that took another back included."""
        digits = digits_of(text)
        found = {entry.event_id: entry for entry in self._repository.identities.entries_beginning(digits)}
        entry = found[self.one_of(text, list(found), "entry of the ledger")]
        what = f"{entry.kind} ({face_text(entry.event_id)})"
        if entry.kind in WITHOUT_EFFECT:
            raise InputError(f"entry {what} tells what the program did and changed nothing: there is nothing to undo")
        if entry.kind is IdentityKind.ERASED:
            raise InputError(f"entry {what} cannot be undone: what was erased is gone")
        if self.ledger.is_undone(entry.event_id):
            return Answer(sentence=f"Entry {what} is undone already; nothing to do.")
        for face_id in (entry.face_id, entry.other_face_id):
            if face_id is not None:
                self._require_living(face_id)
        undoing = self.entry(IdentityKind.UNDONE, entry.face_id, undoes=entry.event_id)
        still = self.ledger.with_more([undoing]).member_of(entry.face_id)
        said = f"Entry {what} is undone"
        if entry.kind is IdentityKind.BOUND and still == entry.member_id:
            said += f", and what was said later binds {face_text(entry.face_id)} to {still} still; unbind ends that"
        return self._made(said, undoing)

    def living(self, text: str) -> UUID:
        """Return the one FaceId whose digits begin so, and that was not erased."""
        face_id = self.face(text)
        self._require_living(face_id)
        return face_id

    def make(self, entries: Sequence[IdentityEvent]) -> None:
        """Append entries to the log, and then record them."""
        for entry in entries:
            self._publisher.publish(entry)
        self._publisher.flush()
        self._repository.record([], entries=entries)
        self.ledger = self.ledger.with_more(entries)

    def entry(self, kind: IdentityKind, face_id: UUID, **said: Any) -> IdentityEvent:
        """Return an entry of now that is not made yet: behind all that were made, whatever the clocks say."""
        at = self.ledger.next_at(self._now())
        event_id = said.pop("event_id", None) or uuid4()
        return IdentityEvent(
            event_id=event_id, kind=kind, face_id=face_id, at=at, actor=self._actor, reason=self._reason, **said
        )

    def _made(self, sentence: str, entry: IdentityEvent) -> Answer:
        self.make([entry])
        return Answer(sentence=f"{sentence} (entry {face_text(entry.event_id)}).", entries=(entry,))

    def _person(self, face_id: UUID) -> str:
        """Name a FaceId by the one that stands for it, and both where that is another."""
        root = self.ledger.canonical(face_id)
        return face_text(root) if root == face_id else f"{face_text(root)}, which stands for {face_text(face_id)},"

    def _told(self, event_id: UUID, *asked: UUID) -> str:
        """Name an entry, and whom it is about where that is not the two that were ``asked`` for."""
        entry = self.ledger.entry(event_id)
        assert entry is not None
        told = f"entry {face_text(event_id)} of {entry.actor}, {entry.at:%Y-%m-%d %H:%M} UTC"
        named = [one for one in (entry.face_id, entry.other_face_id) if one is not None]
        if set(named) == set(asked):
            return told
        return f"{told}, about {' and '.join(map(face_text, named))}, who are one with them"

    def _require_living(self, face_id: UUID) -> None:
        if self.ledger.is_erased(face_id) or self.ledger.is_anonymous(face_id):
            raise InputError(f"{face_text(face_id)} was erased: nothing can be said of that visitor any more")
