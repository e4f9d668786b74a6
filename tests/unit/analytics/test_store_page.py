"""What the page of a store says of days, sightings and cameras."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from visitors_on_paper import face, gap, seen, utc, watched

from analytics.business_time import Interval, window_of
from analytics.cameras import camera_states
from analytics.records.repository import SightingChange
from analytics.settings import StoreSettings
from analytics.web.store_page import CameraTile, camera_tiles, shown_day, sighting_line
from schemas.messages import FILM_ENDED, Decision, Phase

SHOP = StoreSettings(store_id="shop", zone="Europe/Berlin")
DAY: Interval = window_of(date(2026, 5, 4), date(2026, 5, 4), SHOP)
NOON = utc("2026-05-04 12:00")


def tile(*coverage, now=NOON) -> CameraTile:
    (only,) = camera_tiles(camera_states(coverage), coverage, SHOP, DAY, now)
    return only


def test_the_page_opens_on_today_while_today_has_anything():
    assert shown_day((utc("2026-05-01 09:00"), NOON), SHOP, NOON) == date(2026, 5, 4)
    assert shown_day(None, SHOP, NOON) == date(2026, 5, 4)


def test_the_page_of_a_film_opens_on_the_day_of_the_film():
    assert shown_day((utc("2026-03-02 09:00"), utc("2026-03-02 10:00")), SHOP, NOON) == date(2026, 3, 2)


def test_a_camera_is_seeing_since_its_gap_ended():
    told = [watched("2026-05-04 07:00", "2026-05-04 08:00"), gap("2026-05-04 08:00", "2026-05-04 08:30")]
    now_seeing = tile(*told, watched("2026-05-04 08:30", "2026-05-04 12:00"))
    assert (now_seeing.kind, now_seeing.state) == ("good", "seeing since 10:30")


def test_a_camera_in_a_gap_says_since_when_and_why():
    told = [watched("2026-05-04 07:00", "2026-05-04 11:50")]
    lost = tile(*told, gap("2026-05-04 11:50", "2026-05-04 12:00", reason="no picture for 10 s"))
    assert (lost.kind, lost.state) == ("bad", "not seeing since 13:50")


def test_a_camera_of_which_nothing_is_heard_any_more_is_not_called_seeing():
    silent = tile(watched("2026-05-04 07:00", "2026-05-04 11:00"))
    assert (silent.kind, silent.state) == ("bad", "no word since 13:00")


def test_a_camera_whose_film_has_ended_is_finished_and_not_broken():
    film = replace(watched("2026-05-04 07:00", "2026-05-04 08:00"), reason=FILM_ENDED)
    finished = tile(film)
    assert (finished.kind, finished.state) == ("past", "its film ended at 10:00")
    again = tile(film, watched("2026-05-04 09:00", "2026-05-04 12:00"))
    assert (again.kind, again.state) == ("good", "seeing since 09:00")


def test_on_a_day_gone_by_a_camera_says_until_when_it_watched():
    past = tile(watched("2026-05-04 07:00", "2026-05-04 11:00"), now=NOON + timedelta(days=1))
    assert (past.kind, past.state) == ("past", "watched until 13:00")


def test_the_capture_rate_and_the_gate_that_refuses_most_are_told():
    told = watched("2026-05-04 07:00", "2026-05-04 12:00", tracks=8, usable=2, rejected={"too small": 9, "blurred": 1})
    poor = tile(told)
    assert poor.facts[0].value == "25\u202f%"
    assert "too small (9)" in poor.hint


def test_the_timeline_places_a_stretch_within_its_day():
    # 12:00 to 18:00 local time of a day of 24 hours.
    stretch = tile(watched("2026-05-04 10:00", "2026-05-04 16:00")).timeline[0]
    assert (stretch.kind, stretch.x, stretch.width) == ("seen", 500.0, 250.0)


@pytest.mark.parametrize(
    ("sighting", "kind", "face"),
    [
        (seen(1, "2026-05-04 07:00:05", phase=Phase.PROVISIONAL), "provisional", 8),
        (seen(1, "2026-05-04 07:00:05"), "known", 8),
        (seen(None, "2026-05-04 07:00:05"), "rejected", 1),
    ],
)
def test_a_sighting_is_one_line_in_local_time(sighting, kind, face):
    line = sighting_line(SightingChange(change=3, sighting=sighting, visitor=sighting.face_id), SHOP)
    assert (line.at, line.day, line.kind, len(line.face)) == ("09:00:05", "2026-05-04", kind, face)


def test_a_line_names_whom_the_sighting_counts_to_now():
    minted = replace(seen(2, "2026-05-04 07:00:05"), decision=Decision.MINTED)
    merged = sighting_line(SightingChange(change=3, sighting=minted, visitor=face(1)), SHOP)
    assert (merged.face_id, merged.word) == (str(face(1)), "seen before")
    nobody = sighting_line(SightingChange(change=3, sighting=minted, visitor=None), SHOP)
    assert (nobody.face, nobody.face_id) == ("–", "")
