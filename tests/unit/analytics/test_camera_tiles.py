"""What is said of each camera."""

from dataclasses import replace
from datetime import date, timedelta

from visitors_on_paper import gap, utc, watched

from analytics.business_time import Interval, window_of
from analytics.settings import StoreSettings
from analytics.web.camera_tiles import _HINTS, CameraTile, camera_tiles
from analytics.web.cameras_page import worst_first
from faces.quality import Fault
from schemas.messages import FILM_ENDED

SHOP = StoreSettings(store_id="shop", zone="Europe/Berlin")
DAY: Interval = window_of(date(2026, 5, 4), date(2026, 5, 4), SHOP)
NOON = utc("2026-05-04 12:00")


def tile(*coverage, now=NOON) -> CameraTile:
    (only,) = camera_tiles(coverage, SHOP, DAY, now)
    return only


def test_a_camera_is_seeing_since_its_gap_ended():
    told = [watched("2026-05-04 07:00", "2026-05-04 08:00"), gap("2026-05-04 08:00", "2026-05-04 08:30")]
    now_seeing = tile(*told, watched("2026-05-04 08:30", "2026-05-04 12:00"))
    assert (now_seeing.kind, now_seeing.state) == ("good", "seeing since 10:30")


def test_a_camera_in_a_gap_says_since_when_and_why():
    told = [watched("2026-05-04 07:00", "2026-05-04 11:50")]
    lost = tile(*told, gap("2026-05-04 11:50", "2026-05-04 12:00", reason="no picture for 10 s"))
    assert (lost.kind, lost.state, lost.reason) == ("bad", "not seeing since 13:50", "no picture for 10 s")


def test_a_camera_of_which_nothing_is_heard_any_more_is_not_called_seeing():
    silent = tile(watched("2026-05-04 07:00", "2026-05-04 11:00"))
    assert (silent.kind, silent.state) == ("bad", "no word since 13:00")


def test_a_camera_whose_film_has_ended_is_finished_and_not_broken():
    film = replace(watched("2026-05-04 07:00", "2026-05-04 08:00"), reason=FILM_ENDED)
    finished = tile(film)
    assert (finished.kind, finished.state) == ("past", "its film ended at 10:00")
    again = tile(film, watched("2026-05-04 09:00", "2026-05-04 12:00"))
    assert (again.kind, again.state) == ("good", "seeing since 11:00")


def test_on_a_day_gone_by_a_camera_says_until_when_it_watched():
    past = tile(watched("2026-05-04 07:00", "2026-05-04 11:00"), now=NOON + timedelta(days=1))
    assert (past.kind, past.state) == ("past", "watched until 13:00")


def test_the_capture_rate_and_what_would_help_most_are_told():
    told = watched("2026-05-04 07:00", "2026-05-04 12:00", tracks=8, usable=2, rejected={"too_small": 9, "blurred": 1})
    poor = tile(told)
    assert poor.facts[0].value == "25\u202f%"
    assert "bring the camera nearer" in poor.hint
    unheard_of = tile(watched("2026-05-04 07:00", "2026-05-04 12:00", tracks=8, usable=2, rejected={"new gate": 9}))
    assert "look at the picture" in unheard_of.hint


def test_a_night_in_which_nothing_was_said_ends_what_a_camera_did_before():
    told = [watched("2026-05-03 23:00", "2026-05-04 01:00"), watched("2026-05-04 07:00", "2026-05-04 12:00")]
    assert tile(*told).state == "seeing since 09:00"


def test_every_fault_of_a_crop_has_a_hint_of_its_own():
    assert set(_HINTS) == {fault.value for fault in Fault}


def test_what_needs_somebody_comes_first():
    fine = tile(watched("2026-05-04 07:00", "2026-05-04 12:00", tracks=8, usable=8))
    poor = tile(watched("2026-05-04 07:00", "2026-05-04 12:00", tracks=8, usable=2, rejected={"blurred": 1}))
    silent = tile(watched("2026-05-04 07:00", "2026-05-04 11:00"))
    assert worst_first([fine, poor, silent]) == [silent, poor, fine]


def test_the_timeline_places_a_stretch_within_its_day():
    # 12:00 to 18:00 local time of a day of 24 hours.
    stretch = tile(watched("2026-05-04 10:00", "2026-05-04 16:00")).timeline[0]
    assert (stretch.kind, stretch.x, stretch.width) == ("seen", 500.0, 250.0)
