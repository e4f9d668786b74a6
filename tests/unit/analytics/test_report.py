"""Reports worked out on paper."""

import json
from datetime import date, time

import pytest
from ledger_entries import entry
from visitors_on_paper import NewRepository, face, gap, seen, utc, watched

from analytics.reports.render_csv import render_csv
from analytics.reports.render_html import render_html
from analytics.reports.report import build_report
from analytics.reports.report_json import report_json
from analytics.reports.report_range import By
from analytics.reports.report_sections import rows_table
from analytics.reports.report_summary import lead_of, summary
from schemas.errors import InputError
from schemas.messages import IdentityEvent, IdentityKind

NOW = utc("2026-11-22 12:00")


def counts(report) -> dict[str, tuple[int, int]]:
    return {row.bucket.label: (row.figures.pv, row.figures.uv) for row in report.rows if row.figures.pv}


def test_a_visit_across_midnight_belongs_to_the_day_and_hour_it_began(new_repository: NewRepository):
    repository, settings = new_repository(zone="Europe/Berlin")
    # 23:50 to 00:10 local time.
    repository.record([seen(1, "2026-05-04 21:50:00"), seen(1, "2026-05-04 22:10:00")])
    report = build_report(repository, settings, now=NOW)
    assert (report.from_day, report.to_day) == (date(2026, 5, 4), date(2026, 5, 4))
    assert counts(report) == {"23:00": (1, 1)}
    next_day = build_report(repository, settings, date(2026, 5, 5), date(2026, 5, 5), now=NOW)
    assert next_day.figures.pv == 0


def test_with_a_day_from_six_a_visit_at_half_past_five_belongs_to_the_day_before(new_repository: NewRepository):
    repository, settings = new_repository(zone="Europe/Berlin", day_start=time(6))
    repository.record([seen(1, "2026-05-05 03:30:00"), seen(2, "2026-05-05 04:00:00")])
    report = build_report(repository, settings, by=By.DAY, now=NOW)
    assert counts(report) == {"2026-05-04": (1, 1), "2026-05-05": (1, 1)}


def test_the_hour_that_comes_twice_is_counted_twice(new_repository: NewRepository):
    repository, settings = new_repository(zone="Europe/Berlin")
    # 02:30 summer time, and 02:30 again an hour later.
    repository.record([seen(1, "2026-10-25 00:30:00"), seen(2, "2026-10-25 01:30:00"), seen(3, "2026-10-25 01:31:00")])
    report = build_report(repository, settings, now=NOW)
    assert len(report.rows) == 25
    assert counts(report) == {"02:00": (1, 1), "02:00 again": (2, 2)}


def test_uv_of_a_range_is_not_the_sum_of_its_days(new_repository: NewRepository):
    repository, settings = new_repository()
    repository.record([seen(1, "2026-05-04 09:00:00"), seen(1, "2026-05-05 09:00:00"), seen(2, "2026-05-05 10:00:00")])
    report = build_report(repository, settings, by=By.DAY, now=NOW)
    assert counts(report) == {"2026-05-04": (1, 1), "2026-05-05": (2, 2)}
    assert (report.figures.pv, report.figures.uv) == (3, 2)


def test_who_came_before_the_range_returns_and_who_came_on_the_same_day_does_not(new_repository: NewRepository):
    repository, settings = new_repository()
    repository.record([seen(1, "2026-05-04 09:00:00"), seen(1, "2026-05-05 09:00:00"), seen(2, "2026-05-05 10:00:00")])
    repository.record([seen(2, "2026-05-05 15:00:00")])
    report = build_report(repository, settings, date(2026, 5, 5), date(2026, 5, 5), now=NOW)
    assert (report.figures.new_visitors, report.figures.returning_visitors) == (1, 1)
    afternoon = report.rows[15].figures
    assert (afternoon.new_visitors, afternoon.returning_visitors) == (1, 0)


def test_every_hour_carries_its_own_completeness(new_repository: NewRepository):
    repository, settings = new_repository()
    told = [watched("2026-05-04 09:00", "2026-05-04 10:30"), gap("2026-05-04 10:30", "2026-05-04 11:00")]
    repository.record([], told)
    report = build_report(repository, settings, now=NOW)
    shares = {row.bucket.label: row.figures.completeness for row in report.rows}
    assert (shares["08:00"], shares["09:00"], shares["10:00"]) == (None, 1.0, 0.5)
    assert report.figures.completeness == 0.75


def test_hours_ahead_have_not_begun(new_repository: NewRepository):
    repository, settings = new_repository()
    repository.record([seen(1, "2026-11-22 09:00:00")])
    report = build_report(repository, settings, now=NOW)
    assert [row.begun for row in report.rows] == [True] * 13 + [False] * 11


def test_the_json_form_keeps_the_names_that_programs_read(new_repository: NewRepository):
    repository, settings = new_repository(zone="Europe/Berlin")
    repository.record(
        [seen(1, "2026-05-04 09:00:00", "2026-05-04 09:00:08")], [watched("2026-05-04 09:00", "2026-05-04 10:00")]
    )
    told = json.loads(json.dumps(report_json(build_report(repository, settings, now=NOW))))
    visit = told["visits"][0]
    wanted = {
        "store": "shop",
        "from": "2026-05-04",
        "to": "2026-05-04",
        "pv": 1,
        "uv": 1,
        "sightings": 1,
        "completeness": 1.0,
    }
    assert wanted.items() <= told.items()
    assert visit == {
        "visit_id": visit["visit_id"],
        "face_id": str(face(1)),
        "began_at": "2026-05-04T11:00:00+02:00",
        "ended_at": "2026-05-04T11:00:08+02:00",
        "sightings": 1,
    }


def test_a_watch_that_ends_at_midnight_opens_no_further_day(new_repository: NewRepository):
    repository, settings = new_repository()
    repository.record([], [watched("2026-05-04 09:00", "2026-05-05 00:00")])
    assert build_report(repository, settings, now=NOW).to_day == date(2026, 5, 4)


def test_an_unknown_store_is_answered_with_the_known_ones(new_repository: NewRepository):
    repository, settings = new_repository()
    repository.record([seen(1, "2026-05-04 09:00:00", store="north"), seen(1, "2026-05-04 09:00:00", store="south")])
    with pytest.raises(InputError, match=r"shop.*north, south"):
        build_report(repository, settings, now=NOW)


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        (date(2026, 5, 5), date(2026, 5, 4), "before it begins"),
        (date(1, 1, 1), date(2026, 5, 4), "outside the years"),
        (date(2020, 1, 1), date(2026, 5, 4), "count by day"),
    ],
)
def test_a_range_that_cannot_be_meant_is_refused(new_repository: NewRepository, first, last, says):
    repository, settings = new_repository()
    repository.record([seen(1, "2026-05-04 09:00:00")])
    with pytest.raises(InputError, match=says):
        build_report(repository, settings, first, last, now=NOW)


def staff(person: int) -> IdentityEvent:
    return entry(person, IdentityKind.STAFF, face(person))


def test_staff_is_left_out_of_every_figure_and_the_number_left_out_is_told(new_repository: NewRepository):
    repository, settings = new_repository()
    seen_all_day = [seen(1, f"2026-05-04 {hour:02}:00:00") for hour in (9, 12, 17)]
    repository.record([*seen_all_day, seen(2, "2026-05-04 09:30:00")], entries=[staff(1)])
    report = build_report(repository, settings, now=NOW)
    figures = report.figures
    assert (figures.pv, figures.uv, figures.sightings, figures.staff_left_out) == (1, 1, 1, 3)
    assert [visit.face_id for visit in report.visits] == [face(2)]
    assert [row.figures.staff_left_out for row in report.rows if row.figures.staff_left_out] == [1, 1, 1]
    assert report_json(report)["staff_left_out"] == 3


def test_what_never_moves_is_left_out_too_and_told_apart_from_staff(new_repository: NewRepository):
    repository, settings = new_repository()
    posters = [seen(1, f"2026-05-04 {hour:02}:00:00") for hour in (9, 12, 17)]
    repository.record(
        [*posters, seen(2, "2026-05-04 09:30:00"), seen(3, "2026-05-04 09:40:00")],
        entries=[entry(1, IdentityKind.STATIC, face(1)), staff(3)],
    )
    report = build_report(repository, settings, now=NOW)
    figures = report.figures
    assert (figures.pv, figures.uv, figures.staff_left_out, figures.static_left_out) == (1, 1, 1, 3)
    assert [visit.face_id for visit in report.visits] == [face(2)]
    assert summary(report).facts[0].note == "1 of staff and 3 of what never moves left out"


def test_where_staff_was_left_out_tables_have_a_column_for_it(new_repository: NewRepository):
    repository, settings = new_repository()
    repository.record([seen(1, "2026-05-04 09:00:00"), seen(2, "2026-05-04 09:30:00")])
    assert "Staff left out" not in rows_table(build_report(repository, settings, now=NOW)).columns
    repository.record([], entries=[staff(1), staff(2)])
    report = build_report(repository, settings, by=By.DAY, now=NOW)
    counted = rows_table(report)
    assert dict(zip(counted.columns, counted.rows[0], strict=True))["Staff left out"] == "2"
    assert summary(report).facts[0].note == "2 of staff left out"
    assert "2 of staff left out" in render_html(report)
    assert ",staff_left_out," in render_csv(report)


def test_a_report_of_what_was_known_says_so(new_repository: NewRepository):
    repository, settings = new_repository(zone="Europe/Berlin")
    repository.record([seen(1, "2026-05-04 09:00:00"), seen(2, "2026-05-04 11:00:00")])
    moment = utc("2026-05-04 10:00:00")
    report = build_report(repository.as_of(moment), settings, now=moment, as_of=moment)
    assert report.figures.pv == 1
    assert lead_of(report).endswith("As known on 2026-05-04 12:00:00.")
    assert report_json(report)["as_of"] == "2026-05-04T12:00:00+02:00"


def test_of_a_watch_that_was_going_on_only_what_had_been_seen_was_known(new_repository: NewRepository):
    repository, settings = new_repository()
    repository.record(
        [], [watched("2026-05-04 09:00", "2026-05-04 09:30"), gap("2026-05-04 09:30", "2026-05-04 10:00")]
    )
    known = repository.as_of(utc("2026-05-04 09:45:00"))
    assert build_report(known, settings, now=utc("2026-05-04 09:45:00")).figures.completeness == pytest.approx(2 / 3)
    assert repository.as_of(utc("2026-05-04 08:00:00")).span("shop") is None


def test_the_heat_map_counts_the_hours_that_are_over_by_the_weekday_of_the_business_day(new_repository: NewRepository):
    repository, settings = new_repository(zone="Europe/Berlin", day_start=time(6))
    # 01:30 of Tuesday by the clock is still Monday's business day; the camera saw that hour, and the next one by half.
    told = [watched("2026-05-04 23:00", "2026-05-05 00:30"), gap("2026-05-05 00:30", "2026-05-05 01:00")]
    repository.record([seen(1, "2026-05-04 23:30:00"), seen(2, "2026-05-05 00:10:00")], told)
    cells = {(cell.weekday, cell.hour): cell for cell in build_report(repository, settings, now=NOW).heat_map}
    assert cells.keys() == {(0, 1), (0, 2)}
    assert (cells[0, 1].mean_pv, cells[0, 2].mean_pv, cells[0, 2].left_out_h) == (1.0, None, 1.0)
    still_going_on = utc("2026-05-05 00:30")
    known = build_report(repository.as_of(still_going_on), settings, now=still_going_on)
    assert {(cell.weekday, cell.hour) for cell in known.heat_map} == {(0, 1)}


def test_the_hour_that_comes_twice_is_two_hours_of_the_heat_map(new_repository: NewRepository):
    repository, settings = new_repository(zone="Europe/Berlin")
    repository.record(
        [seen(1, "2026-10-25 00:30:00"), seen(2, "2026-10-25 01:30:00"), seen(3, "2026-10-25 01:31:00")],
        [watched("2026-10-25 00:00", "2026-10-25 02:00")],
    )
    (cell,) = build_report(repository, settings, now=NOW).heat_map
    assert (cell.hour, cell.pv, cell.watched_h, cell.mean_pv) == (2, 3, 2.0, 1.5)


def test_the_capture_rate_of_a_camera_is_that_of_the_stretches_that_began_in_the_range(new_repository: NewRepository):
    repository, settings = new_repository()
    repository.record(
        [],
        [
            watched("2026-05-03 23:50", "2026-05-04 00:10", tracks=90, usable=0),
            watched("2026-05-04 09:00", "2026-05-04 10:00", tracks=8, usable=6),
            watched("2026-05-04 10:00", "2026-05-04 11:00", tracks=2, usable=2),
            watched("2026-05-04 10:00", "2026-05-04 11:00", camera="till"),
        ],
    )
    told = report_json(build_report(repository, settings, date(2026, 5, 4), date(2026, 5, 4), now=NOW))
    assert told["cameras"] == [
        {"camera": "door", "tracks": 10, "usable_tracks": 8, "capture_rate": 0.8},
        {"camera": "till", "tracks": 0, "usable_tracks": 0, "capture_rate": None},
    ]


def test_the_json_form_tells_how_people_visit(new_repository: NewRepository):
    repository, settings = new_repository()
    visits = [seen(1, "2026-05-04 09:00:00"), seen(1, "2026-05-04 09:10:00"), seen(1, "2026-05-04 12:00:00")]
    repository.record(visits, [watched("2026-05-04 09:00", "2026-05-04 13:00")])
    told = json.loads(json.dumps(report_json(build_report(repository, settings, now=NOW))))
    assert (told["visits_per_visitor"], told["bounce_share"], told["seen_once"]) == (2.0, 0.0, 1)
    assert told["dwell"][2] == {"from_s": 300, "to_s": 900, "visits": 1}
    assert told["peak_hour"] == {"hour": 9, "mean_pv": 1.0, "watched_hours": 1.0}
    assert [(cell["weekday"], cell["hour"], cell["mean_pv"]) for cell in told["heat_map"]] == [
        ("monday", 9, 1.0),
        ("monday", 10, 0.0),
        ("monday", 11, 0.0),
        ("monday", 12, 1.0),
    ]
