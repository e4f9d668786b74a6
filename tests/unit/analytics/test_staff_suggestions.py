"""Who is likely to work in a store: most days, all day, early and late."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from analytics.settings import StoreSettings
from analytics.staff_suggestions import staff_suggestions
from analytics.visits import Visit

MONDAY = date(2026, 5, 4)
HOURS = {weekday: (time(9), time(18)) for weekday in range(7)}
SHOP = StoreSettings(store_id="shop", opening_hours=HOURS)


def visit(person: int, day: int, began: str, ended: str) -> Visit:
    on = MONDAY + timedelta(days=day)
    began_at, ended_at = (datetime.combine(on, time.fromisoformat(at), UTC) for at in (began, ended))
    return Visit(
        visit_id=UUID(int=hash((person, began_at)) % 2**64),
        store_id="shop",
        face_id=UUID(int=person),
        began_at=began_at,
        ended_at=ended_at,
        sightings=2,
    )


def people(visits: list[Visit], settings: StoreSettings = SHOP) -> list[int]:
    return [one.visitor.int for one in staff_suggestions(visits, settings)]


def days(person: int, count: int, *spans: tuple[str, str]) -> list[Visit]:
    return [visit(person, day, *span) for day in range(count) for span in spans]


REGULAR = days(9, 10, ("12:10", "12:25"))


def test_whoever_is_there_all_day_on_most_days_is_suggested():
    (found,) = staff_suggestions([*days(1, 8, ("10:00", "11:00"), ("15:00", "17:00")), *REGULAR], SHOP)
    assert (found.visitor, found.days, found.days_known) == (UUID(int=1), 8, 10)
    assert (found.present, found.early, found.late) == (timedelta(hours=7), 0, 0)


def test_whoever_comes_before_the_store_opens_and_is_there_when_it_closes_is_suggested():
    opens_and_closes = days(1, 10, ("08:40", "08:50"), ("17:55", "18:10"))
    assert people([*opens_and_closes, *REGULAR]) == [1]


def test_a_regular_who_comes_daily_for_a_quarter_of_an_hour_is_not():
    assert people([*REGULAR, *days(2, 10, ("09:05", "09:20"))]) == []


def test_who_was_there_all_day_on_few_days_is_not_judged():
    assert people([*days(1, 4, ("09:00", "18:00")), *REGULAR]) == []


def test_of_a_store_known_for_four_days_nothing_is_said():
    assert people(days(1, 4, ("09:00", "18:00"))) == []


def test_where_the_hours_are_not_known_the_day_goes_from_the_first_visit_to_the_last():
    cleaner = days(1, 10, ("06:00", "06:30"), ("09:00", "09:10"))
    shop = StoreSettings(store_id="shop")
    assert people([*cleaner, *REGULAR], shop) == []
    assert people([*days(1, 10, ("06:00", "06:30"), ("20:00", "20:05")), *REGULAR], shop) == [1]


def test_the_likeliest_comes_first():
    assert people([*days(1, 7, ("09:00", "18:00")), *days(2, 10, ("09:00", "18:00"))]) == [2, 1]


@given(st.permutations([*days(1, 8, ("10:00", "11:00"), ("15:00", "17:00")), *REGULAR]))
def test_the_order_in_which_visits_are_given_changes_nothing(visits: list[Visit]):
    assert people(visits) == [1]
