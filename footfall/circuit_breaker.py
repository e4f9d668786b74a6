"""Leaving a server alone that has failed several times in a row."""

import threading
from collections.abc import Callable


class CircuitBreaker:
    """Open, it lets nothing pass; after a while it lets one try pass, and by that one it closes or stays open.

    ``clock`` gives seconds that only rise. Safe to use from several threads.
    """

    def __init__(self, *, failures: int, rest_s: float, clock: Callable[[], float]) -> None:
        self._allowed = failures
        self._rest_s = rest_s
        self._clock = clock
        self._lock = threading.Lock()
        self._in_a_row = 0
        self._opened_s: float | None = None

    def lets_pass(self) -> bool:
        """Return whether to try; of several that ask while it is open, one is let pass in each rest."""
        with self._lock:
            if self._opened_s is None:
                return True
            if self._clock() - self._opened_s < self._rest_s:
                return False
            self._opened_s = self._clock()
            return True

    def succeeded(self) -> bool:
        """Enter a success; return whether it closed."""
        with self._lock:
            was_open = self._opened_s is not None
            self._in_a_row, self._opened_s = 0, None
            return was_open

    def failed(self) -> bool:
        """Enter a failure; return whether it opened."""
        with self._lock:
            self._in_a_row += 1
            if self._opened_s is None and self._in_a_row >= self._allowed:
                self._opened_s = self._clock()
                return True
            return False
