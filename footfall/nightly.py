"""Reconciliation by itself: once for each business day, when that has ended in every store, by one process of many."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import uuid4

from analytics.business_time import business_day
from analytics.records.nights import Night
from analytics.records.repository import VisitRepository
from analytics.settings import StoreSettings
from faces.errors import FacesError
from footfall.config import Settings
from footfall.error_rates import keep_error_rates
from footfall.event_logs import open_event_log
from footfall.identity_desk import IdentityDesk
from footfall.metrics import RECONCILED, RECONCILIATIONS, REVIEW_WAITING, Meters
from footfall.reconciling import Reconciler
from footfall.wiring import log_url_of, open_pack_for, utc_now
from matcher.reconciliation.proposals import ACTOR
from matcher.reconciliation.reconcile import Reconciliation
from schemas.errors import FootfallError
from schemas.messages import IdentityKind

SETTLED_AFTER = timedelta(minutes=30)
"""A business day is over so long after it has ended: by then what its last visitors left has come through."""
_LOOKS_EVERY_S = 60.0
_ENDS_WITHIN_S = 5.0

_log = logging.getLogger(__name__)


class _Stopped(Exception):
    """The process is told to end."""


def day_ended(stores: Sequence[StoreSettings], now: datetime) -> date | None:
    """Return the last business day that has ended in every store, wherever on earth it is; None without a store."""
    settled = now - SETTLED_AFTER
    return min((business_day(settled, store) - timedelta(days=1) for store in stores), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class NightWatch:
    """Reconciles what is due, in the name of one process, ``runner``; ``look`` does the work for a day."""

    repository: VisitRepository
    runner: str
    look: Callable[[], Reconciliation]
    meters: Meters

    def turn(self, now: datetime) -> Night | None:
        """Do what is due and nobody else does; return what came of it. Raises what hindered it: it stays due."""
        nights = self.repository.nights
        stores = [self.repository.settings_of(store_id) for store_id in self.repository.stores()]
        day = day_ended(stores, now)
        if day is None or not nights.claim(day, runner=self.runner, now=now):
            return None
        try:
            found = self.look()
        except BaseException:
            self.meters.add(RECONCILIATIONS, outcome="failed")
            with suppress(FootfallError):  # else it is free again after some hours
                nights.give_up(day, runner=self.runner)
            raise
        made = {
            kind: sum(entry.kind is kind for entry in found.entries)
            for kind in (IdentityKind.MERGED, IdentityKind.SPLIT)
        }
        night = Night(
            day=day, merged=made[IdentityKind.MERGED], split=made[IdentityKind.SPLIT], to_review=len(found.to_review)
        )
        nights.end(night, runner=self.runner, now=now)
        self.meters.add(RECONCILIATIONS, outcome="done")
        for kind, number in made.items():
            self.meters.add(RECONCILED, number, kind=kind)
        self.meters.set(REVIEW_WAITING, len(found.to_review))
        _log.info(
            "reconciled after %s: %d merged, %d split, %d for review (footfall identity review)",
            day, night.merged, night.split, night.to_review,
        )  # fmt: skip
        return night


@contextmanager
def reconciled_nightly(
    settings: Settings, repository: VisitRepository, stop: threading.Event, meters: Meters
) -> Iterator[None]:
    """Reconcile what is due while the context lasts, unless the settings say not to.

    What hinders it, also the want of the model pack, is told to the operator, and it is tried again: counting goes on.
    A look that is cut short by the end has changed nothing; the next process begins it anew.
    """
    if not settings.matcher.reconcile_nightly:
        yield
        return

    def go_on(_number: int) -> None:
        if stop.is_set():
            raise _Stopped

    def look() -> Reconciliation:
        with closing(open_event_log(log_url_of(settings))) as log:
            desk = IdentityDesk(log=log, repository=repository, actor=ACTOR, reason="", now=utc_now)
            pack = open_pack_for(settings, log)
            reconciler = Reconciler(log=log, desk=desk, pack=pack, matcher=settings.matcher)
            found = reconciler.look(None, go_on)
            made = reconciler.make(found.entries)
            keep_error_rates(repository, pack.calibration, pack.model_id, settings.matcher, now=utc_now())
            return replace(found, entries=made)

    watch = NightWatch(repository=repository, runner=uuid4().hex, look=look, meters=meters)

    def keep_watch() -> None:
        hindered = ""
        while not stop.wait(_LOOKS_EVERY_S):
            try:
                watch.turn(utc_now())
                hindered = ""
            except _Stopped:
                return
            except Exception as error:  # noqa: BLE001 - a bug met by night is told, and does not end the watch
                if not isinstance(error, FootfallError | FacesError):
                    _log.exception("the nightly look failed")
                elif str(error) != hindered:
                    hindered = str(error)
                    _log.warning("not reconciled yet, and tried again: %s", error)

    # A daemon: a look takes as long as the people are many, and an end must not wait for it.
    thread = threading.Thread(target=keep_watch, name="nightly", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_ENDS_WITHIN_S)
