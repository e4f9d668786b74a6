"""The identity ledger: who stands for whom, by all the entries of the topic ``identity`` taken together. Pure.

The rules, in the order in which entries were made (``at``, then ``event_id``):

- an entry that is undone says nothing, unless its undoing was undone. Only an earlier entry can be undone, an erasure
  never, nor what was said of a FaceId that has been erased since;
- merged: the second FaceId, and all that it stood for, stand for the first from then on. Two that are one already stay
  as they are, so no circle can arise;
- split: the tracks that are named belong to a FaceId of their own, and the two are not the same;
- not the same: a later merge of the two, or of any they stand for, says nothing;
- staff, static (a poster, a mannequin), and member with tags: the last word about any FaceId of one person holds for
  that person;
- erased: never undone, and known at every moment that is asked about.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from schemas import ids
from schemas.messages import IdentityEvent, IdentityKind, Phase

WITHOUT_EFFECT = frozenset({IdentityKind.MINTED, IdentityKind.CONFIRMED, IdentityKind.CORRECTED})
"""Entries that tell of a FaceId and change nothing about it: the ledger does not keep them."""


class Ledger:
    """What a set of entries says. A value: entries in any order, and any of them twice, make the same ledger.

    A FaceId of which nothing was said stands for itself, is neither staff nor static, and no member.
    """

    def __init__(self, entries: Iterable[IdentityEvent] = ()) -> None:
        by_id = {entry.event_id: entry for entry in entries if entry.kind not in WITHOUT_EFFECT}
        self._entries = {entry.event_id: entry for entry in sorted(by_id.values(), key=_place)}
        self._undone: set[UUID] = set()
        self._erased_at: dict[UUID | None, tuple[datetime, UUID]] = {}
        self._root: dict[UUID, UUID] = {}
        self._members: dict[UUID, set[UUID]] = {}
        self._barred: dict[UUID, dict[UUID, UUID]] = {}  # FaceId -> FaceId -> the entry that says so
        self._moved_sightings: dict[UUID, UUID] = {}
        self._moved_events: dict[UUID, UUID] = {}
        self._anonymous: dict[UUID, UUID] = {}  # anonymous id -> the FaceId that was erased
        self._erased: dict[UUID, bool] = {}  # FaceId -> whether its visits are gone too
        self._staff: dict[UUID, tuple[int, bool]] = {}
        self._static: dict[UUID, tuple[int, bool]] = {}
        self._member_of: dict[UUID, tuple[int, str | None, tuple[str, ...]]] = {}
        self._fold()

    @property
    def entries(self) -> tuple[IdentityEvent, ...]:
        """All entries that are kept, in their order, the undone ones too."""
        return tuple(self._entries.values())

    def with_more(self, entries: Iterable[IdentityEvent]) -> "Ledger":
        """Return the ledger of these entries and more; itself where none of them is new."""
        new = [entry for entry in entries if entry.kind not in WITHOUT_EFFECT and entry.event_id not in self._entries]
        return Ledger([*self._entries.values(), *new]) if new else self

    def as_of(self, moment: datetime) -> "Ledger":
        """Return the ledger as it stood at a moment; what was erased since is erased there too."""
        return Ledger(
            entry for entry in self._entries.values() if entry.at <= moment or entry.kind is IdentityKind.ERASED
        )

    def next_at(self, now: datetime) -> datetime:
        """Return the time of an entry that is made now: behind all that were made, whatever the clocks say."""
        last = next(reversed(self._entries.values()), None)
        return now if last is None else max(now, last.at + timedelta(microseconds=1))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ledger) and self._entries == other._entries

    def __hash__(self) -> int:
        return hash(tuple(self._entries))

    def canonical(self, face_id: UUID) -> UUID:
        """Return the FaceId that stands for a FaceId: itself, or the one that all its merges lead to."""
        return self._root.get(face_id, face_id)

    def one_with(self, face_id: UUID) -> frozenset[UUID]:
        """Return all FaceIds that are one person with a FaceId, itself included."""
        root = self.canonical(face_id)
        return frozenset(self._members.get(root, {root}))

    def barred(self, face_id: UUID, other_face_id: UUID) -> UUID | None:
        """Return the entry by which two FaceIds are not the same; None where they are one, or nothing bars them."""
        others = self.one_with(other_face_id)
        if face_id in others:
            return None
        for member in sorted(self.one_with(face_id)):
            for barred, entry in self._barred.get(member, {}).items():
                if barred in others:
                    return entry
        return None

    def not_the_same_as(self, face_id: UUID) -> frozenset[UUID]:
        """Return those from whom the person of a FaceId is kept apart, each by the FaceId that stands for them."""
        people = self.one_with(face_id)
        apart = {other for one in people for other in self._barred.get(one, ()) if other not in people}
        return frozenset(map(self.canonical, apart))

    def is_staff(self, face_id: UUID) -> bool:
        """Return whether the person of a FaceId, or of an anonymous id, is marked as staff."""
        return self._last_word(self._staff, face_id)

    def staff(self) -> frozenset[UUID]:
        """Return the ids under which visits of staff are counted."""
        return self._counted_as(self._staff)

    def is_static(self, face_id: UUID) -> bool:
        """Return whether a FaceId, or an anonymous id, is marked as what never moves nor changes, so nobody."""
        return self._last_word(self._static, face_id)

    def static(self) -> frozenset[UUID]:
        """Return the ids under which visits of posters and the like are counted."""
        return self._counted_as(self._static)

    def member_of(self, face_id: UUID) -> str | None:
        """Return the member to whom the person of a FaceId is bound; nobody is once erased."""
        return self._membership(face_id)[0]

    def tags_of(self, face_id: UUID) -> tuple[str, ...]:
        """Return the tags of the member to whom the person of a FaceId is bound."""
        return self._membership(face_id)[1]

    def face_of_member(self, member_id: str) -> UUID | None:
        """Return the FaceId of a member; None where nobody is bound to that member."""
        bound = {self.canonical(face_id) for face_id in self._member_of if self.member_of(face_id) == member_id}
        return min(bound, default=None)

    def bound_face(self, face_id: UUID) -> UUID:
        """Return which of a person's FaceIds is bound, the others being no member once parted; itself if none is."""
        bound = self._last_said_of_member(face_id)
        return bound if bound is not None and self._member_of[bound][1] is not None else face_id

    def merge_of(self, face_id: UUID, other_face_id: UUID) -> UUID:
        """Return the last entry without which two FaceIds that are one would be two."""
        people = self.one_with(face_id)
        merges = [one for one in self.entries if one.kind is IdentityKind.MERGED and one.face_id in people]
        for merge in reversed(merges):
            without = Ledger(entry for entry in self.entries if entry is not merge)
            if without.canonical(face_id) != without.canonical(other_face_id):
                return merge.event_id
        return merges[-1].event_id

    def is_erased(self, face_id: UUID) -> bool:
        """Return whether a FaceId was erased."""
        return face_id in self._erased

    def is_anonymous(self, face_id: UUID) -> bool:
        """Return whether an id is that under which visits of an erased FaceId count."""
        return face_id in self._anonymous

    def is_undone(self, event_id: UUID) -> bool:
        """Return whether an entry was taken back."""
        return event_id in self._undone

    def entry(self, event_id: UUID) -> IdentityEvent | None:
        """Return an entry that is kept."""
        return self._entries.get(event_id)

    def owner(self, event_id: UUID, face_id: UUID) -> UUID:
        """Return the FaceId to which a template belongs that an event gave to ``face_id``, merges left aside.

        One event gives a template of each model that has looked at its crops.
        """
        return self._moved_events.get(event_id, face_id)

    def keeper(self, event_id: UUID, face_id: UUID) -> UUID | None:
        """Return the FaceId under which a template is searched that an event gave to ``face_id``; None once erased."""
        owner = self.owner(event_id, face_id)
        return None if owner in self._erased else self.canonical(owner)

    def visitor(self, sighting_id: UUID, face_id: UUID) -> UUID | None:
        """Return the id to whose visits a sighting of ``face_id`` counts.

        That is the FaceId that stands for it, or where that was erased an id that belongs to nobody; None where the
        visits were erased too.
        """
        return self.counted(self._moved_sightings.get(sighting_id, face_id))

    def counted(self, face_id: UUID) -> UUID | None:
        """Return the id under which the visits of a FaceId, or of an anonymous id, are counted."""
        face_id = self._anonymous.get(face_id, face_id)
        root = self.canonical(face_id)
        erased = root if root in self._erased else face_id if face_id in self._erased else None
        if erased is None:
            return root
        return None if self._erased[erased] else ids.anonymous_id(erased)

    def named(self) -> frozenset[UUID]:
        """Return every FaceId of which something was said, and the anonymous id of each that was erased."""
        said = {entry.face_id for entry in self.entries} | {entry.other_face_id for entry in self.entries}
        return frozenset({face_id for face_id in said if face_id is not None} | self._anonymous.keys())

    def moved_sightings(self) -> dict[UUID, UUID]:
        """Return the FaceId of each sighting that a split moved, by its id."""
        return dict(self._moved_sightings)

    def moved_events(self) -> dict[UUID, UUID]:
        """Return the FaceId of the templates that a split moved, by the event that gave them."""
        return dict(self._moved_events)

    def keeps_differently(self, before: "Ledger") -> tuple[set[UUID], set[UUID]]:
        """Return FaceIds and events whose templates have another keeper than before."""
        faces = {
            face_id
            for face_id in before.named() | self.named()
            if (before.canonical(face_id), before.is_erased(face_id))
            != (self.canonical(face_id), self.is_erased(face_id))
        }
        was, now = before.moved_events(), self.moved_events()
        moved = {one for one in {*was, *now} if was.get(one) != now.get(one) or now.get(one) in faces}
        return faces, moved

    def _last_word(self, said_of: dict[UUID, tuple[int, bool]], face_id: UUID) -> bool:
        face_id = self._anonymous.get(face_id, face_id)
        said = [said_of[member] for member in self.one_with(face_id) if member in said_of]
        return max(said, default=(0, False))[1]

    def _membership(self, face_id: UUID) -> tuple[str | None, tuple[str, ...]]:
        if self.canonical(face_id) in self._erased or face_id in self._erased:
            return None, ()
        last = self._last_said_of_member(face_id)
        return (None, ()) if last is None else self._member_of[last][1:]

    def _last_said_of_member(self, face_id: UUID) -> UUID | None:
        """Return about which FaceId of a person it was last said whether they are a member."""
        said = [one for one in self.one_with(face_id) if one in self._member_of]
        return max(said, key=lambda one: self._member_of[one][0], default=None)

    def _counted_as(self, said_of: dict[UUID, tuple[int, bool]]) -> frozenset[UUID]:
        people = (self.one_with(face_id) for face_id in said_of if self._last_word(said_of, face_id))
        return frozenset(one for one in map(self.counted, frozenset().union(*people)) if one is not None)

    def _fold(self) -> None:
        erasures = [entry for entry in self._entries.values() if entry.kind is IdentityKind.ERASED]
        self._erased_at = {entry.face_id: _place(entry) for entry in reversed(erasures)}
        for entry in reversed(self._entries.values()):
            if entry.kind is IdentityKind.UNDONE and entry.event_id not in self._undone and self._may_undo(entry):
                self._undone.add(entry.undoes)  # type: ignore[arg-type]
        for place, entry in enumerate(self._entries.values()):
            if entry.event_id not in self._undone:
                self._apply(place, entry)
        self._anonymous = {ids.anonymous_id(face_id): face_id for face_id in self._erased}

    def _may_undo(self, entry: IdentityEvent) -> bool:
        target = self._entries.get(entry.undoes) if entry.undoes else None
        if target is None or target.kind is IdentityKind.ERASED or _place(entry) <= _place(target):
            return False
        erased_at = map(self._erased_at.get, (target.face_id, target.other_face_id))
        return all(place is None or _place(entry) < place for place in erased_at)

    def _apply(self, place: int, entry: IdentityEvent) -> None:
        face_id, other = entry.face_id, entry.other_face_id
        match entry.kind:
            case IdentityKind.MERGED if other is not None:
                self._merge(face_id, other)
            case IdentityKind.SPLIT if other is not None:
                self._bar(entry, face_id, other)
                for track_id in entry.track_ids:
                    self._moved_sightings[ids.sighting_id(track_id)] = other
                    self._moved_events[ids.crop_event_id(track_id, Phase.CONFIRMED)] = other
            case IdentityKind.NOT_THE_SAME if other is not None:
                self._bar(entry, face_id, other)
            case IdentityKind.STAFF | IdentityKind.NOT_STAFF:
                self._staff[face_id] = place, entry.kind is IdentityKind.STAFF
            case IdentityKind.STATIC | IdentityKind.NOT_STATIC:
                self._static[face_id] = place, entry.kind is IdentityKind.STATIC
            case IdentityKind.BOUND:
                self._member_of[face_id] = place, entry.member_id, entry.tags
            case IdentityKind.UNBOUND:
                self._member_of[face_id] = place, None, ()
            case IdentityKind.ERASED:
                self._erased[face_id] = entry.visits_too or self._erased.get(face_id, False)

    def _merge(self, face_id: UUID, other: UUID) -> None:
        survivor, merged = self.canonical(face_id), self.canonical(other)
        if survivor == merged or self.barred(survivor, merged) is not None:
            return
        joined = self._members.pop(merged, {merged})
        self._members.setdefault(survivor, {survivor}).update(joined)
        self._root.update(dict.fromkeys(joined, survivor))

    def _bar(self, entry: IdentityEvent, face_id: UUID, other: UUID) -> None:
        self._barred.setdefault(face_id, {}).setdefault(other, entry.event_id)
        self._barred.setdefault(other, {}).setdefault(face_id, entry.event_id)


def _place(entry: IdentityEvent) -> tuple[datetime, UUID]:
    return entry.at, entry.event_id


NOTHING_SAID = Ledger()
"""The ledger without an entry."""
