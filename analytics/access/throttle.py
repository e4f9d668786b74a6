"""How often somebody may try to log in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most so many attempts that came to nothing within any such stretch of time."""

    attempts: int
    within: timedelta


PER_USER = Limit(attempts=5, within=timedelta(minutes=15))
PER_ADDRESS = Limit(attempts=20, within=timedelta(minutes=15))


def wait_of(earlier: Iterable[datetime], now: datetime, limit: Limit) -> timedelta:
    """Return how long the next attempt has to wait; zero where it may be made now.

    ``earlier`` are the moments of the attempts that came to nothing. One in the future, before a clock was put back,
    holds nobody up for longer than the limit does.
    """
    recent = sorted(min(at, now) for at in earlier if now - at < limit.within)
    if len(recent) < limit.attempts:
        return timedelta(0)
    return recent[-limit.attempts] + limit.within - now
