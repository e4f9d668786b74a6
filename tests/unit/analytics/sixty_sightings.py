"""Sixty sightings in two stores over the night in which the clocks are put back, each metric of which fits on paper.

The harbour lies in Berlin and counts its days from 06:00: local time is UTC+2 until 25 October 01:00 UTC, then UTC+1.
Its Saturday 24th lasts from 04:00 UTC to Sunday 05:00 UTC, 25 hours. The market lies in London and counts from
midnight: UTC+1, then UTC. Its Sunday 25th lasts from Saturday 23:00 UTC to midnight, 25 hours. The session gap is 30
minutes.

Visitor 8 turns out to be visitor 7, and 20 is staff. Times are UTC; a sighting lasts ten seconds unless it says more.
"""

from datetime import date, datetime, time, timedelta

from ledger_entries import entry, merged
from visitors_on_paper import face, gap, seen, utc, watched

from analytics.settings import StoreSettings
from analytics.transactions import Transaction
from schemas.messages import Coverage, IdentityEvent, IdentityKind, Phase, Sighting

HARBOUR = StoreSettings(store_id="harbour", zone="Europe/Berlin", day_start=time(6))
MARKET = StoreSettings(store_id="market", zone="Europe/London")
THURSDAY, FRIDAY, SATURDAY, SUNDAY = (date(2026, 10, day) for day in (22, 23, 24, 25))
NOW = utc("2026-11-22 12:00")


def at(person: int | None, began: str, ended: str = "", *, store: str, phase: Phase = Phase.CONFIRMED) -> Sighting:
    """A sighting in October 2026, such as ``at(1, "23 08:00:00")``."""
    began_at = datetime.fromisoformat(f"2026-10-{began}")
    ended_at = datetime.fromisoformat(f"2026-10-{ended}") if ended else began_at + timedelta(seconds=10)
    return seen(person, str(began_at), str(ended_at), store=store, phase=phase, camera=f"door-{person}")


AT_HARBOUR = [
    # Thursday
    at(1, "22 10:00:00", store="harbour"),
    at(9, "22 10:00:30", store="harbour"),
    at(2, "22 23:30:00", store="harbour"),  # 01:30 of Friday by the clock: Thursday's business day
    # Friday
    at(1, "23 08:00:00", store="harbour"),  # 10:00
    at(1, "23 08:10:00", store="harbour"),
    at(1, "23 08:40:10", store="harbour"),  # half an hour later to the second: the same visit, 2420 s
    at(1, "23 09:10:21", store="harbour"),  # a second more: another visit, seen once
    at(2, "23 12:00:00", "23 12:00:05", store="harbour"),
    at(2, "23 12:00:50", "23 12:00:59", store="harbour"),  # 59 s: a bounce
    at(3, "23 12:00:01", "23 12:00:06", store="harbour"),
    at(3, "23 12:00:55", "23 12:01:01", store="harbour"),  # 60 s: none
    at(4, "23 21:50:00", store="harbour"),  # 23:50
    at(4, "23 22:10:00", store="harbour"),  # 00:10: one visit across midnight, 1210 s
    at(5, "24 03:50:00", store="harbour"),  # 05:50
    at(5, "24 04:10:00", store="harbour"),  # 06:10: one visit across the day start, Friday's, 1210 s
    at(20, "23 05:00:00", store="harbour"),  # staff: three visits
    at(20, "23 05:20:00", store="harbour"),
    at(20, "23 12:30:00", store="harbour"),
    at(20, "23 17:00:00", store="harbour"),
    at(7, "23 13:00:00", store="harbour"),
    at(8, "23 13:20:00", store="harbour"),  # who is 7: one visit, 1210 s
    at(None, "23 14:00:00", store="harbour"),
    at(6, "23 15:00:00", store="harbour", phase=Phase.PROVISIONAL),  # never confirmed
    # Saturday
    at(5, "24 10:00:00", store="harbour"),
    at(6, "24 10:30:00", store="harbour"),
    at(6, "24 10:34:00", store="harbour"),  # 250 s
    at(8, "24 11:00:00", store="harbour"),
    at(3, "25 00:30:00", store="harbour"),  # 02:30, the first time
    at(10, "25 01:30:00", store="harbour"),  # 02:30 again
    at(10, "25 01:40:00", store="harbour"),  # 610 s
    at(4, "25 00:50:00", store="harbour"),  # 02:50, the first time
    at(4, "25 01:10:00", store="harbour"),  # 02:10 again: one visit, 1210 s
    at(11, "25 04:50:00", store="harbour"),  # 05:50 of Sunday by the clock: Saturday's business day
    at(11, "25 05:20:00", store="harbour"),  # 1810 s
    at(20, "24 08:00:00", store="harbour"),  # staff: two visits
    at(20, "24 16:00:00", store="harbour"),
    # Sunday
    at(1, "25 10:00:00", store="harbour"),
    at(1, "25 10:30:10", store="harbour"),  # 1820 s
    at(12, "25 12:00:00", store="harbour"),
    at(9, "25 13:00:00", store="harbour"),
    at(6, "26 04:59:59", store="harbour"),  # 05:59:59 of Monday by the clock
    at(20, "26 03:00:00", store="harbour"),  # staff: one visit
    # Monday
    at(1, "26 05:00:00", store="harbour"),  # 06:00
]

AT_MARKET = [
    # Thursday
    at(1, "22 12:00:00", store="market"),
    at(3, "22 22:30:00", store="market"),  # 23:30
    # Friday
    at(2, "23 16:00:00", store="market"),
    at(14, "23 16:30:00", store="market"),
    at(14, "23 16:36:40", store="market"),  # 410 s
    at(8, "23 22:00:00", store="market"),  # 23:00
    # Saturday
    at(20, "24 12:00:00", store="market"),  # staff: one visit
    at(14, "24 22:59:59", store="market"),  # 23:59:59
    # Sunday
    at(15, "24 23:00:00", store="market"),  # 00:00:00
    at(7, "25 00:30:00", store="market"),  # 01:30, the first time
    at(16, "25 01:30:00", store="market"),  # 01:30 again
    at(None, "25 12:00:00", store="market"),
    at(2, "25 15:00:00", store="market"),
    at(2, "25 15:00:30", store="market"),  # 40 s: a bounce
    at(15, "25 23:50:00", store="market"),
    at(15, "26 00:10:00", store="market"),  # one visit across midnight, 1210 s
    # Monday
    at(17, "26 00:00:00", store="market"),
]

SIGHTINGS = [*AT_HARBOUR, *AT_MARKET]
MERGE = merged(1, face(7), face(8))
STAFF = entry(2, IdentityKind.STAFF, face(20))
LEDGER: list[IdentityEvent] = [MERGE, STAFF]

COVERAGE: list[Coverage] = [
    # The harbour on Friday: three hours seen, one missed.
    watched("2026-10-23 08:00", "2026-10-23 10:00", store="harbour"),
    watched("2026-10-23 12:00", "2026-10-23 13:00", store="harbour", tracks=10, usable=8),
    gap("2026-10-23 13:00", "2026-10-23 14:00", store="harbour"),
    # On Saturday four hours, two of them the two from 02:00.
    watched("2026-10-24 10:00", "2026-10-24 12:00", store="harbour", tracks=6, usable=4),
    watched("2026-10-25 00:00", "2026-10-25 02:00", store="harbour"),
    # On Sunday two hours but for six minutes.
    watched("2026-10-25 10:00", "2026-10-25 11:00", store="harbour", tracks=4, usable=4),
    gap("2026-10-25 11:00", "2026-10-25 11:06", store="harbour"),
    watched("2026-10-25 11:06", "2026-10-25 12:00", store="harbour"),
    # The market: an hour on Friday, an hour on Sunday.
    watched("2026-10-23 16:00", "2026-10-23 17:00", store="market"),
    watched("2026-10-25 15:00", "2026-10-25 16:00", store="market"),
]


def sold(number: int, moment: str) -> Transaction:
    return Transaction(transaction_id=str(number), at=utc(f"2026-10-{moment}"), amount=None)


# Six from Friday to Sunday at the harbour; one a second before Friday begins, one as Monday does. Ten at the market.
SOLD_AT_HARBOUR = [sold(7, "23 03:59:59"), sold(8, "26 05:00:00"), *(sold(n, f"24 1{n}:00:00") for n in range(6))]
SOLD_AT_MARKET = [sold(number, f"24 10:00:0{number}") for number in range(10)]
