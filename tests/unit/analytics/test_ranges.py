"""Which days a page shows."""

from datetime import date

import pytest
from visitors_on_paper import utc

from analytics.settings import StoreSettings
from analytics.web.ranges import Known, known_of, picker, shown_range

SHOP = StoreSettings(store_id="shop", zone="Europe/Berlin")
TODAY = date(2026, 5, 9)
LONG = Known(since=date(2026, 1, 1), until=TODAY, today=TODAY)


@pytest.mark.parametrize(
    ("known", "days", "shown"),
    [
        (LONG, 1, ("2026-05-08", "2026-05-08")),
        (LONG, 7, ("2026-05-02", "2026-05-08")),
        (Known(since=TODAY, until=TODAY, today=TODAY), 7, ("2026-05-09", "2026-05-09")),
        (Known(since=date(2026, 5, 6), until=TODAY, today=TODAY), 7, ("2026-05-06", "2026-05-08")),
        (Known(since=date(2026, 3, 2), until=date(2026, 3, 2), today=TODAY), 7, ("2026-03-02", "2026-03-02")),
    ],
    ids=["yesterday", "a week", "the first day", "the first days", "a film"],
)
def test_a_page_opens_on_the_last_days_that_are_over_and_known(known: Known, days: int, shown: tuple[str, str]):
    assert shown_range(known, None, None, days=days) == tuple(map(date.fromisoformat, shown))


def test_one_day_that_is_asked_for_is_a_range_of_one():
    assert shown_range(LONG, date(2026, 5, 1), None, days=7) == (date(2026, 5, 1), date(2026, 5, 1))


def test_what_is_known_of_stores_is_what_is_known_of_any_of_them():
    spans = [
        ((utc("2026-05-01 23:30"), utc("2026-05-03 09:00")), SHOP),
        ((utc("2026-05-02 09:00"), utc("2026-05-04 09:00")), SHOP),
        (None, SHOP),
    ]
    assert known_of(spans, TODAY) == Known(since=date(2026, 5, 2), until=date(2026, 5, 4), today=TODAY)


def test_ranges_beside_the_shown_one_are_as_long_and_end_where_the_future_begins():
    found = picker(LONG, date(2026, 5, 1), date(2026, 5, 3))
    assert (found.before, found.after) == ("?from=2026-04-28&to=2026-04-30", "?from=2026-05-04&to=2026-05-06")
    assert picker(LONG, TODAY, TODAY).after == ""
    assert [one.name for one in picker(LONG, date(2026, 5, 2), date(2026, 5, 8)).presets if one.here] == ["7 days"]
