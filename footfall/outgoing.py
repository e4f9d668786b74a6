"""Sending what leaves by itself, beside whatever else a process does."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from analytics.outbound.courier import Courier
from analytics.outbound.daily import tell_of_days
from analytics.outbound.delivery import MAIL_TARGET, Delivery, Outcome
from analytics.outbound.events import EventKind
from analytics.outbound.http_sender import HttpSender
from analytics.outbound.mail_sender import MailSender
from analytics.outbound.timetable import send_what_is_due
from analytics.outbound.watched_cameras import LOOKED_BACK
from analytics.records.repository import VisitRepository
from footfall.config import Settings
from footfall.metrics import DELIVERIES, DELIVERIES_WAITING, Meters
from footfall.wiring import utc_now
from schemas.errors import StorageError

_TURNS_EVERY_S = 0.5
_LOOKS_EVERY_S = 15.0
_TIDIES_EVERY_S = 3600.0
_CAMERAS = {EventKind.CAMERA_DOWN, EventKind.CAMERA_UP}

_log = logging.getLogger(__name__)


class Outgoing:
    """Looks for what is to be told, and sends what is due. ``now`` gives the time by which both is decided."""

    def __init__(
        self,
        settings: Settings,
        repository: VisitRepository,
        *,
        now: Callable[[], datetime] = utc_now,
        meters: Meters | None = None,
    ) -> None:
        self._repository = repository
        self._now = now
        self._meters = meters or Meters()
        self._timetable = settings.reports.timetable()
        server = settings.mail.server()
        self._mail = None if server is None else MailSender(server)
        self._http = HttpSender(settings.webhooks.reach(), now=now)
        self.courier = Courier(
            repository.outbox, self._send, now=now, patience=settings.webhooks.patience(), on_outcome=self._count
        )

    def look(self) -> None:
        """Put into the outbox what nobody else puts there: days that are over, cameras that have gone or come back."""
        hooks = [hook for hook in self._repository.webhooks.all() if hook.disabled_at is None]
        now = self._now()
        if any(hook.events & _CAMERAS for hook in hooks):
            stores = self._repository.stores()
            heard = {store_id: self._repository.lately_heard(store_id, now - LOOKED_BACK) for store_id in stores}
            self._repository.told_cameras.tell(heard, now)
        tell_of_days(self._repository, hooks, now)
        send_what_is_due(self._repository, self._timetable, now)
        waiting = self._repository.outbox.waiting()
        for hook in hooks:
            self._meters.set(DELIVERIES_WAITING, waiting.get(hook.webhook_id, 0), target=hook.webhook_id)

    def _send(self, delivery: Delivery) -> Outcome:
        if delivery.target.startswith(MAIL_TARGET):
            if self._mail is None:
                return Outcome(status=None, problem="mail.host is not set: nobody takes mail")
            return self._mail.send(delivery.target, delivery.message)
        if delivery.webhook is None:
            return Outcome(status=None, problem="there is no such receiver any more")
        return self._http.send(delivery.webhook, delivery.message)

    def _count(self, outcome: Outcome) -> None:
        self._meters.add(DELIVERIES, outcome="failed" if outcome.problem else "delivered")


@contextmanager
def sending(settings: Settings, repository: VisitRepository, *, meters: Meters | None = None) -> Iterator[None]:
    """Send what leaves by itself while the context lasts; what was begun is finished, the rest waits in the outbox."""
    outgoing = Outgoing(settings, repository, meters=meters)
    stop = threading.Event()

    def work() -> None:
        turns = 0
        while not stop.wait(_TURNS_EVERY_S):
            try:
                if turns % round(_LOOKS_EVERY_S / _TURNS_EVERY_S) == 0:
                    outgoing.look()
                if turns % round(_TIDIES_EVERY_S / _TURNS_EVERY_S) == 0:
                    repository.outbox.tidy(utc_now())
                outgoing.courier.turn()
            except StorageError as error:
                _log.warning("what is to be sent waits: %s", error)
            except Exception:  # noqa: BLE001 - counting goes on also where telling has a bug
                _log.exception("what is to be sent waits")
            turns += 1

    thread = threading.Thread(target=work, name="outgoing")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        outgoing.courier.close()
