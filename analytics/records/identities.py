"""What the database knows of FaceIds: the ledger, its entries one by one, and what was seen of a person."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, Row, between, func, select

from analytics.records import tables
from analytics.records.database import reading
from analytics.records.ledger_writer import kept_ledger
from analytics.records.rows import chunks, entry_of, sighting_of, visit_of
from analytics.records.who_is_who import faces_of, moved_to, tags_of_members, who_is_who
from analytics.visits import Visit
from schemas.ledger import WITHOUT_EFFECT, Ledger
from schemas.messages import Decision, IdentityEvent, Phase, Sighting

_FOUND_AT_MOST = 10

_entry = tables.identity_events.c
_who = tables.identities.c
_seen = tables.sightings.c


class Identities:
    """Reads the tables of the ledger. Raises as ``VisitRepository`` does."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ledger(self) -> Ledger:
        """Return the ledger of all entries recorded."""
        with reading(self._engine) as connection:
            return kept_ledger(connection)

    def staff(self) -> frozenset[UUID]:
        """Return the ids under which visits of staff are kept."""
        return self._marked(_who.staff)

    def static(self) -> frozenset[UUID]:
        """Return the ids under which visits of posters and the like are kept."""
        return self._marked(_who.static)

    def tags_of_members(self, members: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return the tags of members that are kept here, in one look; who has none is left out."""
        with reading(self._engine) as connection:
            return tags_of_members(connection, members)

    def faces_beginning(self, digits: str) -> list[UUID]:
        """Return FaceIds that anything is known of and whose digits begin so, sorted, at most ten."""
        found: set[UUID] = set()
        with reading(self._engine) as connection:
            for column in (_entry.face_id, _entry.other_face_id, _seen.face_id):
                query = select(column).where(_begins(column, digits)).distinct().order_by(column).limit(_FOUND_AT_MOST)
                found.update(connection.execute(query).scalars())
        return sorted(found)[:_FOUND_AT_MOST]

    def entries_beginning(self, digits: str) -> list[IdentityEvent]:
        """Return entries of the ledger whose ids begin so, at most ten."""
        query = select(tables.identity_events).where(_begins(_entry.event_id, digits)).limit(_FOUND_AT_MOST)
        with reading(self._engine) as connection:
            return [entry_of(row) for row in connection.execute(query)]

    def entries_about(self, face_ids: Iterable[UUID]) -> list[IdentityEvent]:
        """Return every entry that names one of some FaceIds, oldest first."""
        found: dict[UUID, IdentityEvent] = {}
        with reading(self._engine) as connection:
            for some in chunks(set(face_ids)):
                query = select(tables.identity_events).where(_entry.face_id.in_(some) | _entry.other_face_id.in_(some))
                found |= {row.event_id: entry_of(row) for row in connection.execute(query)}
        return sorted(found.values(), key=lambda entry: (entry.at, entry.event_id))

    def latest_entries(self, limit: int) -> list[IdentityEvent]:
        """Return the last entries that change something, oldest first."""
        query = (
            select(tables.identity_events)
            .where(_entry.kind.not_in(WITHOUT_EFFECT))
            .order_by(_entry.at.desc(), _entry.event_id.desc())
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return [entry_of(row) for row in connection.execute(query)][::-1]

    def visits_of(self, visitor: UUID) -> list[Visit]:
        """Return every visit that is kept under an id, in all stores, oldest first."""
        kept = tables.visits.c
        query = select(tables.visits).where(kept.face_id == visitor).order_by(kept.began_at, kept.store_id)
        with reading(self._engine) as connection:
            return [visit_of(row) for row in connection.execute(query)]

    def visits_of_frequent(
        self, store_id: str, began_at: datetime, ended_at: datetime, *, at_least: int
    ) -> list[Visit]:
        """Return the visits to a store, begun in [``began_at``, ``ended_at``), of whoever made ``at_least`` so many."""
        kept = tables.visits.c
        within = (kept.store_id == store_id, kept.began_at >= began_at, kept.began_at < ended_at)
        often = select(kept.face_id).where(*within).group_by(kept.face_id).having(func.count() >= at_least)
        query = select(tables.visits).where(*within, kept.face_id.in_(often)).order_by(kept.began_at, kept.face_id)
        with reading(self._engine) as connection:
            return [visit_of(row) for row in connection.execute(query)]

    def visits_of_each(self, visitors: Collection[UUID]) -> dict[UUID, list[Visit]]:
        """Return the visits that are kept under each of some ids, in all stores, oldest first."""
        kept = tables.visits.c
        found: dict[UUID, list[Visit]] = {visitor: [] for visitor in visitors}
        with reading(self._engine) as connection:
            for some in chunks(found):
                query = select(tables.visits).where(kept.face_id.in_(some)).order_by(kept.began_at, kept.store_id)
                for row in connection.execute(query):
                    found[row.face_id].append(visit_of(row))
        return found

    def sightings_of(self, visitor: UUID) -> list[Sighting]:
        """Return every sighting that counts to the visits kept under an id, oldest first."""
        with reading(self._engine) as connection:
            faces = faces_of(connection, [visitor])[visitor]
            moved = moved_to(connection, faces)
            rows: dict[UUID, Row[Any]] = {}
            for condition in (_seen.face_id.in_(faces), *(_seen.sighting_id.in_(some) for some in chunks(moved))):
                query = select(tables.sightings).where(
                    condition, _seen.phase == Phase.CONFIRMED, _seen.decision != Decision.REJECTED
                )
                rows |= {row.sighting_id: row for row in connection.execute(query)}
            who = who_is_who(connection, {row.face_id for row in rows.values()}, rows)
        found = [sighting_of(row) for row in rows.values() if who.visitor(row.sighting_id, row.face_id) == visitor]
        return sorted(found, key=lambda sighting: (sighting.began_at, sighting.sighting_id))

    def _marked(self, mark: ColumnElement[bool]) -> frozenset[UUID]:
        query = select(_who.stands_for).where(mark, _who.stands_for.is_not(None)).distinct()
        with reading(self._engine) as connection:
            return frozenset(connection.execute(query).scalars())


def _begins(column: Any, digits: str) -> ColumnElement[bool]:
    """Whether an id has these digits first; ids are sorted by their bytes."""
    return between(column, UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f")))
