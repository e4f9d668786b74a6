"""Waiting for records that somebody appends to the same file."""

from threading import Condition


class Bell:
    """Wakes the subscriptions of this process when it has appended; other processes are seen by looking."""

    def __init__(self) -> None:
        self._condition = Condition()
        self._rung = 0

    @property
    def rung(self) -> int:
        """How often the bell has been rung."""
        return self._rung

    def ring(self) -> None:
        """Wake whoever waits."""
        with self._condition:
            self._rung += 1
            self._condition.notify_all()

    def wait(self, seen: int, timeout_s: float) -> None:
        """Return when the bell has been rung more than ``seen`` times, or after ``timeout_s``."""
        with self._condition:
            self._condition.wait_for(lambda: self._rung != seen, timeout_s)
