"""Every fault with its time, in a file and counted."""

import time
from collections import Counter
from pathlib import Path
from threading import Lock


class FaultLog:
    """The book of what was done to the chain, written line by line. Safe to use from several threads."""

    def __init__(self, file: Path) -> None:
        self._file = file.open("w", encoding="utf-8", buffering=1)
        self._began_s = time.monotonic()
        self._lock = Lock()
        self._counts: Counter[str] = Counter()

    def fault(self, kind: str, what: str = "", *, count: int = 1) -> None:
        """Enter a fault, or ``count`` of a kind."""
        with self._lock:
            self._counts[kind] += count
        self.note(f"{kind:<20} {what}")

    def note(self, what: str) -> None:
        """Enter something that is no fault of ours."""
        with self._lock:
            self._file.write(f"{time.monotonic() - self._began_s:9.3f} s  {what.rstrip()}\n")

    def counts(self) -> Counter[str]:
        """Return how many there were of each kind."""
        with self._lock:
            return self._counts.copy()

    def close(self) -> None:
        """End the book."""
        self._file.close()
