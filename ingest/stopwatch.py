"""How long each stage of the work took."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager


class Stopwatch:
    """Adds up seconds by stage, of the clock on the wall or of another. It measures and decides nothing."""

    def __init__(self, clock_s: Callable[[], float] = time.perf_counter) -> None:
        self._clock_s = clock_s
        self._seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time spent in the block to a stage."""
        began_s = self._clock_s()
        try:
            yield
        finally:
            self._seconds[name] = self._seconds.get(name, 0.0) + self._clock_s() - began_s

    def seconds(self) -> Mapping[str, float]:
        """Return the seconds of each stage so far."""
        return dict(self._seconds)
