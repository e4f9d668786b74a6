"""How long it is tried, and when again. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=12)
_GROWS_BY = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long after it was made a message is given up, and how long a receiver may take nothing before it is."""

    give_up_after: timedelta = timedelta(days=3)
    disable_after: timedelta = timedelta(days=5)


def wait_after(attempts: int, share: Callable[[], float], *, asked_for: timedelta | None = None) -> timedelta:
    """Return how long to wait after so many attempts that came to nothing, the first being 1.

    Exponential with full jitter: a random ``share``, 0..1, of 10 s, 40 s, 160 s … and at most 12 h, so that receivers
    which come back are not met by everything at once. No less than the receiver ``asked_for``, up to 12 h.
    Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
    """
    ceiling: timedelta = FIRST_WAIT * _GROWS_BY ** min(attempts - 1, 20)
    wait = min(ceiling, LONGEST_WAIT) * share()
    return wait if asked_for is None else max(wait, min(asked_for, LONGEST_WAIT))
