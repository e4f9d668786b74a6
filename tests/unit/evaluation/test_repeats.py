"""The matcher's own errors, on people who lie where the test puts them."""

import pytest
from faces_on_paper import crowd, face_set

from evaluation.repeats import SHARES, measure_repeats
from faces.calibration import Calibration, Repeats

# People of `crowd` lie about 1.4 apart, one person's visits of three pictures about 0.04.
CALIBRATION = Calibration(
    measured_on="paper", groups={"paper": ((1e-7, 0.4), (1e-2, 0.7))}, neighbour_gap=((5e-4, 0.5), (5e-2, 0.3))
)
TOO_STRICT = Calibration(
    measured_on="paper",
    groups={"paper": ((1e-7, 1e-4), (1e-4, 2e-4), (1e-3, 0.7))},
    neighbour_gap=((5e-4, 1.5), (5e-2, 1.4)),
)
TOO_LAX = Calibration(
    measured_on="paper", groups={"paper": ((1e-7, 1.9), (1e-2, 1.95))}, neighbour_gap=((5e-4, 0.0), (5e-2, 0.0))
)


def test_people_far_apart_are_all_found_well_within_the_bar():
    repeats = measure_repeats([face_set(crowd(60, 6))], CALIBRATION)
    assert repeats is not None
    assert (repeats.people, repeats.newcomers, repeats.fpir, repeats.lost) == (60, 60, 0.0, 0.0)
    assert [share for share, _ in repeats.ratios] == list(SHARES)
    assert repeats.ratios[-1][1] < 0.3


def test_under_a_bar_too_strict_almost_everybody_is_lost():
    repeats = measure_repeats([face_set(crowd(60, 6))], TOO_STRICT)
    assert repeats is not None
    assert repeats.lost > 0.9


def test_under_a_bar_too_lax_newcomers_are_taken_for_others():
    repeats = measure_repeats([face_set(crowd(60, 6))], TOO_LAX)
    assert repeats is not None
    assert repeats.fpir > 0.9


def test_where_hardly_anybody_comes_twice_nothing_is_told():
    assert measure_repeats([face_set(crowd(49, 6)), face_set(crowd(60, 5, seed=1))], CALIBRATION) is None


def test_people_of_two_groups_are_others_even_under_one_name():
    repeats = measure_repeats([face_set(crowd(30, 6)), face_set(crowd(30, 6, seed=1))], CALIBRATION)
    assert repeats is not None
    assert (repeats.people, repeats.newcomers) == (60, 60)


def test_the_share_that_is_lost_is_read_off_where_the_bar_stands():
    def lost(*ratios: tuple[float, float]) -> float:
        return Repeats(people=40, ratios=ratios, newcomers=40, fpir=0.0).lost

    assert lost((0.5, 0.6), (0.9, 0.9), (0.98, 1.1)) == pytest.approx(1 - 0.94)
    assert lost((0.5, 0.6), (0.9, 0.9)) == 0.0
    assert lost((0.5, 1.2), (0.9, 1.9)) == 0.5


@pytest.mark.parametrize(
    "said",
    [
        {"ratios": ((0.5, 0.6), (0.4, 0.9))},
        {"ratios": ((0.5, 0.9), (0.9, 0.6))},
        {"ratios": ((0.5, 0.6), (1.0, 0.9))},
        {"people": 0},
        {"fpir": 1.5},
    ],
)
def test_what_cannot_have_been_measured_is_refused(said: dict):
    told = {"people": 40, "ratios": ((0.5, 0.6), (0.9, 0.9)), "newcomers": 40, "fpir": 0.0} | said
    with pytest.raises(ValueError, match="repeats"):
        Repeats(**told)
