"""What a camera told, put together by the hour: a report reads that instead of a stretch a minute. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from analytics.business_time import Interval
from schemas.messages import CoverageState

_HOUR = timedelta(hours=1)
_TICK = timedelta(microseconds=1)
_LATEST = datetime.max.replace(tzinfo=UTC)
# Of a stretch that goes on for longer, as that of a camera whose clock was set from 1970, only so much is put together.
_LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldTime:
    """Time of which one camera told the same without a break.

    ``stretches`` of coverage began in it, which had so many ``tracks`` and ``usable_tracks``; a single stretch is one.
    """

    state: CoverageState
    began_at: datetime
    ended_at: datetime
    stretches: int
    tracks: int
    usable_tracks: int


def hour_of(moment: datetime) -> datetime:
    """Return when the UTC hour of a moment began."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def hour_after(moment: datetime) -> datetime:
    """Return when the UTC hour of a moment is over; the end of time for the last one."""
    hour = hour_of(moment)
    return hour + _HOUR if hour <= _LATEST - _HOUR else _LATEST


def hours_touched(intervals: Iterable[Interval]) -> list[Interval]:
    """Return all UTC hours in which any of some intervals lies, those side by side as one range, oldest first.

    An empty interval lies in the hour of its moment, any other does not lie in the hour that begins as it ends. Of one
    that is longer than a year those of its last year are returned.
    """
    ranges: list[Interval] = []
    lately = ((began if ended - began <= _LONGEST else ended - _LONGEST, ended) for began, ended in intervals)
    for began_at, ended_at in sorted(lately):
        first, over = hour_of(began_at), hour_after(ended_at - _TICK if ended_at > began_at else began_at)
        if ranges and first <= ranges[-1][1]:
            ranges[-1] = (ranges[-1][0], max(ranges[-1][1], over))
        else:
            ranges.append((first, over))
    return ranges


def by_hour(told: Iterable[ToldTime], hours: Interval) -> list[ToldTime]:
    """Return what lies in a range of whole UTC hours, cut at each hour and put together within it.

    What overlaps or touches within an hour is one, so that for each state what is returned is disjoint. A stretch is
    counted, with its tracks, in the hour in which it began, and in no other.
    """
    pieces = [piece for one in told for piece in _cut(one, *hours)]
    pieces.sort(key=lambda piece: (piece.state, piece.began_at))
    joined: list[list[ToldTime]] = []
    reached = over = hours[0]
    for piece in pieces:
        if joined and piece.state is joined[-1][0].state and piece.began_at <= reached and piece.began_at < over:
            joined[-1].append(piece)
            reached = max(reached, piece.ended_at)
        else:
            joined.append([piece])
            reached, over = piece.ended_at, hour_after(piece.began_at)
    return [_as_one(some) for some in joined]


def _as_one(some: Sequence[ToldTime]) -> ToldTime:
    """Return one of several that join each other, oldest first."""
    return replace(
        some[0],
        ended_at=max(one.ended_at for one in some),
        stretches=sum(one.stretches for one in some),
        tracks=sum(one.tracks for one in some),
        usable_tracks=sum(one.usable_tracks for one in some),
    )


def _cut(one: ToldTime, since: datetime, until: datetime) -> Iterator[ToldTime]:
    """Yield what of it lies in each hour of a range; what began before has been counted there."""
    if one.began_at < since:
        if one.ended_at <= since:
            return
        one = replace(one, began_at=since, stretches=0, tracks=0, usable_tracks=0)
    while one.began_at < until:
        over = hour_after(one.began_at)
        if one.ended_at <= over:
            yield one
            return
        yield replace(one, ended_at=over)
        one = replace(one, began_at=over, stretches=0, tracks=0, usable_tracks=0)
