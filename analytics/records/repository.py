"""The visits of every store, kept in a database: SQLite beside us, or Postgres for many machines."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from analytics.access.audit import AuditEntry, write_down
from analytics.access.store import AccessStore
from analytics.as_of import VisitsAsOf
from analytics.business_time import Interval
from analytics.camera_watch import CameraWatch
from analytics.cameras import CameraState, camera_states
from analytics.error_rates import ErrorRates
from analytics.outbound.outbox import Outbox
from analytics.outbound.watched_cameras import ToldCameras
from analytics.outbound.webhooks import Webhooks
from analytics.records import camera_tables, tables
from analytics.records.arrival_writer import Announcing
from analytics.records.camera_leases import CameraLeases
from analytics.records.camera_watches import camera_watches, stretches, watched_span
from analytics.records.database import clock_of, one_state, open_database, reading, writing
from analytics.records.error_rates import KeptRates
from analytics.records.identities import Identities
from analytics.records.kept_cameras import KeptCameras
from analytics.records.kept_settings import kept_settings
from analytics.records.nights import Nights
from analytics.records.rows import coverage_of, sighting_of
from analytics.records.store_writer import apply_settings, record_batch
from analytics.records.till import Till
from analytics.records.told_arrivals import ToldArrivals
from analytics.records.visitors import first_visits, unique_visitors, visit_columns
from analytics.records.who_is_who import who_is_who
from analytics.settings import SettingsOf, StoreSettings
from analytics.visit_columns import Faces, Integers, VisitColumns
from analytics.visits import Visit
from schemas.messages import Arrival, Coverage, Decision, IdentityEvent, Phase, Sighting


@dataclass(frozen=True, slots=True, kw_only=True)
class SightingChange:
    """A sighting as it was last written, and the number of that change within its store.

    ``visitor`` is the id to whose visits it counts by what the ledger says now, None where it counts for nobody.
    """

    change: int
    sighting: Sighting
    visitor: UUID | None


class VisitRepository:
    """What was seen in every store and the visits it makes.

    All writes are idempotent on event ids and atomic: a batch is there wholly or not at all, and a batch given twice,
    cut differently, or in another order leaves the same rows. Visits are those of ``analytics.visits.visits_of`` over
    everything recorded, with the identity ledger applied, always, also when several processes write at once. Safe to
    use from several threads. Every method raises StorageError, or TransientError where trying again may help: a batch
    whose recording raised it is to be recorded again.
    """

    def __init__(self, url: str, first_settings_of: SettingsOf) -> None:
        """Open a database as ``analytics.records.database.open_database`` does.

        ``first_settings_of`` gives the settings of a store of which none are kept yet.
        """
        self._engine = open_database(url)
        self._first_settings_of = first_settings_of
        self.identities = Identities(self._engine)
        self.till = Till(self._engine)
        self.nights = Nights(self._engine)
        self.rates = KeptRates(self._engine)
        self.access = AccessStore(self._engine)
        self.cameras = KeptCameras(self._engine)
        self.camera_leases = CameraLeases(self._engine)
        self.webhooks = Webhooks(self._engine)
        self.outbox = Outbox(self._engine)
        self.told_cameras = ToldCameras(self._engine)
        self.told_arrivals = ToldArrivals(self._engine)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def record(
        self,
        sightings: Sequence[Sighting],
        coverage: Sequence[Coverage] = (),
        entries: Sequence[IdentityEvent] = (),
        *,
        announcing: Announcing | None = None,
    ) -> list[Arrival]:
        """Take up a batch, in one transaction. Confirmed sightings replace provisional ones, never the reverse.

        ``entries`` of the identity ledger restate the visits of the FaceIds they touch. With ``announcing``, the
        arrivals to tell of are returned: told again when the same batch is given again. Raises InvalidRecord where the
        batch holds what this database cannot keep.
        """
        stores = {item.store_id for item in sightings} | {item.store_id for item in coverage}
        if not stores and not entries:
            return []
        settings = {store_id: self._first_settings_of(store_id) for store_id in stores}
        with writing(self._engine) as connection:
            return record_batch(connection, settings, sightings, coverage, entries, announcing)

    def one_state(self) -> AbstractContextManager[None]:
        """Let everything that this thread reads within the block be of one state, and cost one transaction."""
        return one_state(self._engine)

    def settings_of(self, store_id: str) -> StoreSettings:
        """Return how a store is counted: the settings that are kept, else its first ones.

        Where visits were recorded before settings were kept, their session gap is that with which they were built.
        """
        return self.settings_of_each([store_id])[0]

    def settings_of_each(self, store_ids: Collection[str]) -> list[StoreSettings]:
        """Return how each of some stores is counted, in their order, as ``settings_of`` does."""
        with reading(self._engine) as connection:
            kept = kept_settings(connection, store_ids)
            missing = [store_id for store_id in store_ids if store_id not in kept]
            stores = tables.stores.c
            gaps_s = select(stores.store_id, stores.session_gap_s).where(stores.store_id.in_(missing))
            built_with_s = dict(connection.execute(gaps_s).all()) if missing else {}
        for store_id in missing:
            first, gap_s = self._first_settings_of(store_id), built_with_s.get(store_id)
            kept[store_id] = first if gap_s is None else replace(first, session_gap=timedelta(seconds=gap_s))
        return [kept[store_id] for store_id in store_ids]

    def apply_settings(self, settings: Iterable[StoreSettings], *, written_down: Sequence[AuditEntry] = ()) -> None:
        """Count stores by these settings from now on; where the session gap changes, build their visits again.

        For the program that records them: everybody else counts by what is kept. ``written_down`` says who wants it so.
        """
        with writing(self._engine) as connection:
            apply_settings(connection, list(settings))
            for entry in written_down:
                write_down(connection, entry)

    def clock(self) -> datetime | None:
        """Return what the clock of the database's server says; None for a file."""
        with reading(self._engine) as connection:
            return clock_of(connection)

    def stores(self) -> list[str]:
        """Return the ids of the stores from which anything was recorded, sorted."""
        query = select(tables.stores.c.store_id).order_by(tables.stores.c.store_id)
        with reading(self._engine) as connection:
            return list(connection.execute(query).scalars())

    def set_up(self) -> list[str]:
        """Return the ids of the stores of which settings are kept, whether or not anything was recorded, sorted."""
        query = select(tables.store_settings.c.store_id).order_by(tables.store_settings.c.store_id)
        with reading(self._engine) as connection:
            return list(connection.execute(query).scalars())

    def span(self, store_id: str) -> tuple[datetime, datetime] | None:
        """Return the first and the last moment to which a visit or a camera's watch belongs; None before any."""
        visit, watch = tables.visits.c, camera_tables.coverage.c
        with reading(self._engine) as connection:
            # Each by itself: of two in one statement SQLite reads every row, where an index has either at its end.
            ends = [
                select(end).where(column.table.c.store_id == store_id).scalar_subquery()
                for end, column in (
                    (func.min(visit.began_at), visit.began_at),
                    (func.max(visit.began_at), visit.began_at),
                    (func.min(watch.began_at), watch.began_at),
                    (func.max(watch.ended_at), watch.ended_at),
                )
            ]
            first, last, opened, closed = connection.execute(select(*ends)).one()
        if closed is not None and closed > opened:
            closed -= timedelta(microseconds=1)  # a watch that ends at midnight belongs to the day that ends there
        moments = [moment for moment in (first, last, opened, closed) if moment is not None]
        return (min(moments), max(moments)) if moments else None

    def columns(self, store_id: str, began_at: datetime, ended_at: datetime) -> VisitColumns:
        """Return the visits that began in [``began_at``, ``ended_at``), oldest first."""
        with reading(self._engine) as connection:
            return visit_columns(connection, store_id, began_at, ended_at)

    def visits(self, store_id: str, began_at: datetime, ended_at: datetime) -> list[Visit]:
        """Return the same one by one."""
        return list(self.columns(store_id, began_at, ended_at))

    def unique_visitors(self, windows: Mapping[str, Interval]) -> int:
        """Return the UV of some stores, each over a window of its own, without staff and what never moves."""
        with reading(self._engine) as connection:
            return unique_visitors(connection, windows)

    def first_visits(self, store_ids: Collection[str], faces: Faces) -> Integers:
        """Return when the first visit of each FaceId to any of some stores began."""
        with reading(self._engine) as connection:
            return first_visits(connection, store_ids, faces)

    def staff(self) -> frozenset[UUID]:
        """Return the ids under which visits of staff are kept."""
        return self.identities.staff()

    def error_rates(self, store_id: str) -> ErrorRates | None:
        """Return how often the matcher errs in a store, as it was reckoned last; None where that is not known."""
        return self.rates.of(store_id)

    def transactions(self, store_id: str, began_at: datetime, ended_at: datetime) -> int:
        """Return how many transactions of a store's till lie in [``began_at``, ``ended_at``)."""
        return self.till.count(store_id, began_at, ended_at)

    def static(self) -> frozenset[UUID]:
        """Return the ids under which visits of posters and the like are kept."""
        return self.identities.static()

    def as_of(self, moment: datetime) -> VisitsAsOf:
        """Return the visits as they were known at a moment."""
        return VisitsAsOf(self, moment)

    def decided_by(self, store_id: str, window: Interval, moment: datetime) -> tuple[int, int]:
        """Return how many confirmed sightings that began in a window were decided by a moment, and how many later."""
        seen = tables.sightings.c
        early = func.count().filter(seen.decided_at <= moment)
        query = select(early, func.count()).where(
            seen.store_id == store_id,
            seen.phase == Phase.CONFIRMED,
            seen.began_at >= window[0],
            seen.began_at < window[1],
        )
        with reading(self._engine) as connection:
            known, every = connection.execute(query).one()
        return known, every - known

    def confirmed_sightings(
        self, store_id: str, *, decided_by: datetime | None = None, since: datetime | None = None
    ) -> list[Sighting]:
        """Return every confirmed sighting of a store that has a FaceId, oldest first.

        With ``decided_by`` those decided by a moment, with ``since`` those that began at a moment or later.
        """
        seen = tables.sightings.c
        query = (
            select(tables.sightings)
            .where(seen.store_id == store_id, seen.phase == Phase.CONFIRMED)
            .where(seen.decision != Decision.REJECTED)
            .order_by(seen.began_at, seen.sighting_id)
        )
        if decided_by is not None:
            query = query.where(seen.decided_at <= decided_by)
        if since is not None:
            query = query.where(seen.began_at >= since)
        with reading(self._engine) as connection:
            return [sighting_of(row) for row in connection.execute(query)]

    def latest_sightings(self, store_id: str, *, after: int = 0, limit: int) -> list[SightingChange]:
        """Return the last ``limit`` changes of a store's sightings numbered above ``after``, oldest first.

        A sighting that was written again stands once, under the number of its last change.
        """
        seen = tables.sightings.c
        query = (
            select(tables.sightings)
            .where(seen.store_id == store_id, seen.change > after)
            .order_by(seen.change.desc())
            .limit(limit)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
            who = who_is_who(
                connection, {row.face_id for row in rows if row.face_id}, [row.sighting_id for row in rows]
            )
        return [
            SightingChange(
                change=row._mapping["change"],
                sighting=sighting_of(row),
                visitor=who.visitor(row.sighting_id, row.face_id) if row.face_id else None,
            )
            for row in reversed(rows)
        ]

    def last_changes(self) -> dict[str, int]:
        """Return the number of the last change of every store's sightings and arrivals; 0 before any."""
        query = select(tables.stores.c.store_id, tables.stores.c.last_change)
        with reading(self._engine) as connection:
            return dict(connection.execute(query).all())

    def watched(
        self, store_id: str, began_at: datetime, ended_at: datetime, *, known_by: datetime | None = None
    ) -> list[CameraWatch]:
        """Return what each camera told in stretches that overlap [``began_at``, ``ended_at``), by name.

        With ``known_by`` as far as the stretches had come by a moment.
        """
        with reading(self._engine) as connection:
            return camera_watches(connection, store_id, (began_at, ended_at), known_by=known_by)

    def watched_span(self, store_id: str, *, known_by: datetime) -> tuple[datetime, datetime, datetime] | None:
        """Return when the first and the last stretch began, and until when any went, as known at a moment."""
        with reading(self._engine) as connection:
            return watched_span(connection, store_id, known_by)

    def coverage(self, store_id: str, began_at: datetime, ended_at: datetime) -> list[Coverage]:
        """Return the stretches that overlap [``began_at``, ``ended_at``), as they were recorded, oldest first."""
        with reading(self._engine) as connection:
            return stretches(connection, store_id, (began_at, ended_at))

    def lately_heard(self, store_id: str, after: datetime) -> list[CameraState]:
        """Return how each camera stands of which a stretch of coverage ended after a moment, by name."""
        watch = camera_tables.coverage.c
        query = select(camera_tables.coverage).where(watch.store_id == store_id, watch.ended_at > after)
        with reading(self._engine) as connection:
            return camera_states(coverage_of(row) for row in connection.execute(query))

    def camera_states(self, store_id: str, began_at: datetime, ended_at: datetime) -> list[CameraState]:
        """Return how each camera of a store stood at the end of a window and what it saw within it, by name."""
        return camera_states(self.coverage(store_id, began_at, ended_at))
