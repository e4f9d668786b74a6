"""What the page of all stores says of each of them."""

from dataclasses import replace
from datetime import date

import pytest
from visitors_on_paper import NewRepository, gap, seen, utc, watched

from analytics.presentation.sparkline import HEIGHT, WIDTH, sparkline
from analytics.reports.chain_report import build_chain_report
from analytics.reports.report_range import By
from analytics.settings import StoreSettings
from analytics.web.chain_view import cameras_now, store_rows
from schemas.messages import FILM_ENDED

SHOP = StoreSettings(store_id="shop", zone="Europe/Berlin")
NOW = utc("2026-05-04 12:00")
FINE = watched("2026-05-04 11:00", "2026-05-04 12:00")


@pytest.mark.parametrize(
    ("coverage", "kind", "words", "need_help"),
    [
        ([FINE], "good", "1 camera sees", False),
        ([FINE, replace(FINE, camera_id="till")], "good", "all 2 cameras see", False),
        ([FINE, gap("2026-05-04 11:00", "2026-05-04 12:00", camera="till")], "bad", "1 of 2 cameras see", True),
        ([watched("2026-05-04 10:00", "2026-05-04 11:30")], "bad", "no camera sees since 13:30", True),
        ([replace(FINE, reason=FILM_ENDED)], "past", "its films have ended", False),
        ([], "past", "no camera said anything lately", False),
    ],
)
def test_the_cameras_of_a_store_are_told_in_a_few_words(coverage, kind, words, need_help):
    found = cameras_now(coverage, SHOP, NOW)
    assert (found.kind, found.words, found.need_help) == (kind, words, need_help)


def test_the_store_that_needs_somebody_comes_first(new_repository: NewRepository):
    repository, settings = new_repository()
    stores = [replace(settings, store_id=name) for name in ("blind", "falling", "fine", "partial")]
    for one in stores:
        days = ("2026-05-01", "2026-05-02", "2026-05-03", "2026-05-04")
        told = [replace(watched(f"{day} 09:00", f"{day} 19:00"), store_id=one.store_id) for day in days]
        told = [replace(item, event_id=replace_id(one.store_id, place)) for place, item in enumerate(told)]
        if one.store_id == "partial":
            told[3] = replace(told[3], ended_at=utc("2026-05-04 17:00"))
            missed = gap("2026-05-04 17:00", "2026-05-04 19:00")
            told.append(replace(missed, store_id=one.store_id, event_id=replace_id(one.store_id, 9)))
        came = {"falling": (1, 2, 1, 1)}.get(one.store_id, (1, 1, 1, 2))
        people = [
            seen(number, f"{day} 1{number}:00:00", store=one.store_id)
            for day, count in zip(days, came, strict=True)
            for number in range(count)
        ]
        repository.record(people, told)
    now = utc("2026-05-05 12:00")
    report, earlier = (
        build_chain_report(repository, stores, date(2026, 5, first), date(2026, 5, first + 1), by=By.DAY, now=now)
        for first in (3, 1)
    )
    lost = cameras_now([gap("2026-05-04 11:00", "2026-05-04 12:00")], SHOP, NOW)
    cameras = {one.store_id: lost if one.store_id == "blind" else cameras_now([FINE], SHOP, NOW) for one in stores}
    rows = store_rows(report, earlier, cameras)
    assert [row.store_id for row in rows] == ["blind", "partial", "falling", "fine"]
    assert (rows[1].marked, rows[2].change, rows[2].change_kind) == (True, "−33\u202f%", "down")
    assert rows[2].href == "/stores/falling?from=2026-05-03&to=2026-05-04"


def replace_id(store_id: str, number: int):
    return seen(number, f"2026-05-04 09:00:{number:02}", store=store_id).sighting_id


def test_a_sparkline_breaks_where_nothing_is_known():
    line = sparkline([1, 2, None, 4, None, 2, 0])
    assert len(line.lines) == 2
    assert len(line.gaps) == 2
    assert len(line.dots) == 2  # the day that stands alone, and the last
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in line.dots)
    assert line.lines[1].endswith(f",{HEIGHT - 3:g}")


def test_a_sparkline_of_nothing_is_a_gap_alone():
    assert sparkline([None]).lines == ()
    assert sparkline([]).gaps == ()
    assert sparkline([0]).dots != ()
