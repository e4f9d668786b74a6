"""Short ways to write the identity ledger down; every entry is a minute after the one before."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from schemas.ids import split_face_id
from schemas.messages import IdentityEvent, IdentityKind

LEDGER_START = datetime(2026, 5, 5, 9, tzinfo=UTC)


def entry(number: int, kind: IdentityKind, face_id: UUID, **said: Any) -> IdentityEvent:
    """The entry with this number."""
    return IdentityEvent(
        event_id=UUID(int=number),
        kind=kind,
        face_id=face_id,
        at=said.pop("at", LEDGER_START + timedelta(minutes=number)),
        actor="anna",
        reason="",
        **said,
    )


def undone(number: int, target: IdentityEvent) -> IdentityEvent:
    return entry(number, IdentityKind.UNDONE, target.face_id, undoes=target.event_id)


def merged(number: int, face_id: UUID, other: UUID, **said: Any) -> IdentityEvent:
    return entry(number, IdentityKind.MERGED, face_id, other_face_id=other, **said)


def not_the_same(number: int, face_id: UUID, other: UUID) -> IdentityEvent:
    return entry(number, IdentityKind.NOT_THE_SAME, face_id, other_face_id=other)


def split(number: int, face_id: UUID, *track_ids: UUID) -> IdentityEvent:
    other = split_face_id(UUID(int=number))
    return entry(number, IdentityKind.SPLIT, face_id, other_face_id=other, track_ids=track_ids)


@st.composite
def ledgers(draw: st.DrawFn, faces: list[UUID], track_ids: list[UUID], *, erasures: bool = True) -> list[IdentityEvent]:
    """Entries with every trouble: clashes, circles, undoings of undoings, and several at the same moment."""
    kinds = [kind for kind in IdentityKind if erasures or kind is not IdentityKind.ERASED]
    made: list[IdentityEvent] = []
    known = list(faces)
    for number in range(1, draw(st.integers(0, 9)) + 1):
        kind = draw(st.sampled_from(kinds))
        face_id, other = draw(st.sampled_from(known)), draw(st.sampled_from(known))
        at = LEDGER_START + timedelta(minutes=draw(st.integers(0, 20)))
        said: dict[str, Any] = {"at": at}
        if kind in (IdentityKind.MERGED, IdentityKind.NOT_THE_SAME):
            said["other_face_id"] = other
        elif kind is IdentityKind.SPLIT:
            said["other_face_id"] = split_face_id(UUID(int=number))
            said["track_ids"] = tuple(draw(st.lists(st.sampled_from(track_ids), max_size=2)))
            known.append(said["other_face_id"])
        elif kind is IdentityKind.BOUND:
            said["member_id"] = draw(st.sampled_from(["m-1", "m-2"]))
            said["tags"] = draw(st.sampled_from([(), ("gold",), ("likes tea", "gold")]))
        elif kind is IdentityKind.UNDONE:
            said["undoes"] = draw(st.sampled_from(made)).event_id if made else None
        elif kind is IdentityKind.ERASED:
            said["visits_too"] = draw(st.booleans())
        made.append(entry(number, kind, face_id, **said))
    return made
