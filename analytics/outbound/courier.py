"""Sending what is due, several messages at once, whoever else does the same over the same database."""

import logging
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime
from threading import Lock

from analytics.outbound.delivery import Delivery, Outcome
from analytics.outbound.outbox import Outbox
from analytics.outbound.patience import Patience
from schemas.errors import StorageError

AT_ONCE = 8
AT_ONCE_TO_ONE = 2

_log = logging.getLogger(__name__)


class Courier:
    """Claims what is due and sends it, at most eight messages at once and two to one receiver.

    So a receiver that does not answer holds up no other. ``send`` tells what came of a delivery and may block; ``now``
    decides what is due.
    """

    def __init__(
        self,
        outbox: Outbox,
        send: Callable[[Delivery], Outcome],
        *,
        now: Callable[[], datetime],
        patience: Patience = Patience(),  # noqa: B008 - frozen
        share: Callable[[], float] = random.random,
        on_outcome: Callable[[Outcome], None] = lambda _: None,
    ) -> None:
        self._outbox = outbox
        self._send = send
        self._now = now
        self._patience = patience
        self._share = share
        self._on_outcome = on_outcome
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="courier")
        self._lock = Lock()
        self._in_flight: Counter[str] = Counter()
        self._sent: set[Future[None]] = set()

    def turn(self) -> int:
        """Begin to send what is due, as far as there is room, and return how many messages that is.

        Raises StorageError where the database cannot be used.
        """
        began = 0
        for target in self._outbox.due_targets(self._now()):
            with self._lock:
                room = min(AT_ONCE_TO_ONE - self._in_flight[target], AT_ONCE - self._in_flight.total())
            claimed = self._outbox.claim(target, room, self._now()) if room > 0 else []
            for delivery in claimed:
                with self._lock:
                    self._in_flight[target] += 1
                sending = self._pool.submit(self._deliver, delivery)
                self._sent.add(sending)
                sending.add_done_callback(self._sent.discard)
            began += len(claimed)
        return began

    def finish(self) -> None:
        """Wait for what is being sent."""
        wait(set(self._sent))

    def close(self) -> None:
        """Wait for what is being sent, and send nothing more."""
        self._pool.shutdown()

    def _deliver(self, delivery: Delivery) -> None:
        try:
            outcome = self._send(delivery)
            self._on_outcome(outcome)
            disabled = self._outbox.settle(delivery, outcome, self._now(), self._patience, self._share)
            if disabled:
                _log.error(
                    "webhook %s is disabled: %s. What happens from now on is not sent there; "
                    "`footfall webhook enable` takes it up again", delivery.target, disabled,
                )  # fmt: skip
            elif outcome.problem:
                _log.warning("%s to %s: %s", delivery.message.kind, delivery.target, outcome.problem)
        except StorageError as error:
            _log.warning("%s to %s may be sent again: %s", delivery.message.kind, delivery.target, error)
        except Exception:  # noqa: BLE001 - a bug met by one message holds up no other: its lease ends
            _log.exception("%s to %s could not be sent", delivery.message.kind, delivery.target)
        finally:
            with self._lock:
                self._in_flight[delivery.target] -= 1
