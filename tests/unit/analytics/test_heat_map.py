from math import nan

import numpy as np

from analytics.reports.heat_map import CountedHours, HeatCell, heat_map_of, heat_maps_together, peak_hour_of

Hour = tuple[int, int, int, float, float]


def hour(weekday: int, at: int, pv: int, completeness: float | None = 1.0, length_h: float = 1.0) -> Hour:
    return weekday, at, pv, length_h, nan if completeness is None else completeness


def heat_map(*hours: Hour) -> tuple[HeatCell, ...]:
    weekday, at, pv, length_h, completeness = map(np.array, zip(*hours, strict=True))
    return heat_map_of(CountedHours(weekday=weekday, hour=at, length_h=length_h, pv=pv, completeness=completeness))


def means(*hours: Hour) -> dict[tuple[int, int], float | None]:
    return {(cell.weekday, cell.hour): cell.mean_pv for cell in heat_map(*hours)}


def test_a_cell_is_the_mean_of_its_watched_hours():
    assert means(hour(0, 9, 4), hour(0, 9, 7), hour(1, 9, 1)) == {(0, 9): 5.5, (1, 9): 1.0}


def test_an_hour_below_95_percent_is_left_out_with_its_visits_and_told():
    (cell,) = heat_map(hour(0, 9, 4), hour(0, 9, 100, completeness=0.94))
    assert cell == HeatCell(weekday=0, hour=9, pv=4, watched_h=1, left_out_h=1)
    assert means(hour(0, 9, 2, completeness=0.0)) == {(0, 9): None}


def test_a_watched_hour_without_a_visit_is_a_zero_and_one_that_nobody_expected_is_not_there():
    assert means(hour(0, 9, 0), hour(0, 3, 0, completeness=None)) == {(0, 9): 0.0}


def test_two_halves_of_an_hour_are_one_hour():
    assert means(hour(0, 6, 2, length_h=0.5), hour(0, 6, 1, length_h=0.5)) == {(0, 6): 3.0}


def test_the_peak_is_the_hour_of_the_day_with_the_most_visits_on_average_not_in_all():
    # At nine 6 visits in 3 hours, at ten 3 in 1.
    peak = peak_hour_of(heat_map(hour(0, 9, 2), hour(1, 9, 2), hour(2, 9, 2), hour(0, 10, 3)))
    assert peak is not None
    assert (peak.hour, peak.mean_pv, peak.watched_h) == (10, 3.0, 1)


def test_of_two_peaks_the_earlier_is_told_and_without_a_visit_none():
    alike = peak_hour_of(heat_map(hour(0, 17, 3), hour(0, 9, 3)))
    assert alike is not None
    assert alike.hour == 9
    assert peak_hour_of(heat_map(hour(0, 9, 0))) is None


def test_the_maps_of_several_stores_together_are_the_mean_of_a_store():
    north, south = heat_map(hour(0, 9, 4)), heat_map(hour(0, 9, 1), hour(0, 10, 1))
    assert [cell.mean_pv for cell in heat_maps_together([*north, *south])] == [2.5, 1.0]
