"""How long to wait before trying again."""

import random
from collections.abc import Iterator


def delays_s(*, first_s: float, cap_s: float, source: random.Random) -> Iterator[float]:
    """Yield waiting times without end: doubling from ``first_s`` up to ``cap_s``, each drawn from its upper half.

    The draw keeps the cameras of a store, all gone with one switch, from coming back in one rush.
    """
    step_s = first_s
    while True:
        yield source.uniform(step_s / 2.0, step_s)
        step_s = min(2.0 * step_s, cap_s)
