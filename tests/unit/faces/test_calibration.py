from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faces.calibration import Calibration, Table, among_a_hundred, mutual_gap
from faces.packs import open_pack

TABLE = ((1e-4, 0.3), (1e-3, 0.35), (1e-2, 0.5))
GAP = ((1e-3, 0.3), (1e-2, 0.2))


def calibration(neighbour_gap: Table = GAP, **groups: Table) -> Calibration:
    return Calibration(measured_on="nobody", groups=groups, neighbour_gap=neighbour_gap)


CALIBRATION = calibration(all=TABLE)
RATES = st.floats(min_value=1e-9, max_value=1.0)


@pytest.mark.parametrize(("fmr", "distance"), TABLE)
def test_a_measured_rate_gives_its_measured_distance(fmr: float, distance: float):
    assert CALIBRATION.threshold_for(fmr) == pytest.approx(distance)
    assert CALIBRATION.fmr_at(distance) == pytest.approx(fmr)


def test_between_two_points_the_logarithm_is_interpolated():
    assert CALIBRATION.threshold_for(10**-2.5) == pytest.approx(0.425)


def test_beyond_the_table_its_last_piece_goes_on():
    assert CALIBRATION.threshold_for(1e-5) == pytest.approx(0.25)
    assert CALIBRATION.fmr_at(2.0) == 1.0


@given(RATES, RATES)
def test_a_rarer_false_match_takes_a_threshold_not_larger(first: float, second: float):
    rarer, commoner = sorted((first, second))
    assert CALIBRATION.threshold_for(rarer) <= CALIBRATION.threshold_for(commoner)


@given(st.floats(min_value=0, max_value=3), st.floats(min_value=0, max_value=3))
def test_a_longer_distance_has_an_fmr_not_smaller(first: float, second: float):
    nearer, farther = sorted((first, second))
    assert CALIBRATION.fmr_at(nearer) <= CALIBRATION.fmr_at(farther)


@given(st.floats(min_value=1e-9, max_value=0.05))
def test_threshold_and_fmr_undo_one_another(fmr: float):
    assert CALIBRATION.fmr_at(CALIBRATION.threshold_for(fmr)) == pytest.approx(fmr, rel=1e-6)


@pytest.mark.parametrize("fmr", [0.0, -0.1, 1.5])
def test_a_rate_that_is_none_is_refused(fmr: float):
    with pytest.raises(ValueError, match="rate of false matches"):
        CALIBRATION.threshold_for(fmr)


@pytest.mark.parametrize(
    ("groups", "neighbour_gap", "named"),
    [
        ({"young": ((1e-3, 0.4), (1e-2, 0.3))}, GAP, "group young"),
        ({"young": ((1e-3, 0.4),)}, GAP, "group young"),
        ({"young": TABLE}, ((1e-3, 0.2), (1e-2, 0.3)), "neighbour_gap"),
        ({}, GAP, "a group of people"),
    ],
)
def test_a_table_that_cannot_be_is_refused_by_name(groups: dict[str, Table], neighbour_gap: Table, named: str):
    with pytest.raises(ValueError, match=named):
        calibration(neighbour_gap, **groups)


def test_the_strictest_threshold_is_that_of_the_group_told_apart_worst_and_the_loosest_that_of_the_best():
    both = calibration(easy=((1e-3, 0.5), (1e-2, 0.6)), hard=((1e-3, 0.3), (1e-2, 0.4)))
    assert both.threshold_for(1e-3) == pytest.approx(0.3)
    assert both.loosest_threshold_for(1e-3) == pytest.approx(0.5)
    assert both.fmr_at(0.4) == pytest.approx(1e-2), "nobody's rate is higher"


@given(RATES, RATES)
def test_a_rarer_error_takes_a_wider_gap(first: float, second: float):
    rarer, commoner = sorted((first, second))
    assert CALIBRATION.neighbour_gap_for(rarer) >= CALIBRATION.neighbour_gap_for(commoner)


@given(st.floats(min_value=1e-3, max_value=0.5))
def test_gap_and_share_undo_one_another(share: float):
    assert CALIBRATION.neighbour_share_at(CALIBRATION.neighbour_gap_for(share)) == pytest.approx(share, rel=1e-6)


def test_no_share_is_claimed_that_was_not_measured():
    assert CALIBRATION.neighbour_share_at(-0.1) == 1.0
    assert CALIBRATION.neighbour_share_at(2.0) == pytest.approx(1e-3)
    level = calibration(((1e-3, 0.3), (1e-2, 0.3), (1e-1, 0.1)), all=TABLE)
    assert level.neighbour_share_at(0.3) == pytest.approx(1e-2)


def test_the_dlib_pack_never_comes_near_the_customary_0_6():
    assert open_pack("dlib").calibration.threshold_for(1e-2) < 0.5


@given(st.floats(min_value=0.2, max_value=0.7))
def test_the_rate_of_a_distance_lies_between_that_of_the_groups_told_apart_best_and_worst(distance: float):
    near, far = ((1e-4, 0.3), (1e-2, 0.5)), ((1e-4, 0.4), (1e-2, 0.6))
    both = calibration(near=near, far=far)
    assert both.lowest_fmr_at(distance) == calibration(far=far).fmr_at(distance)
    assert both.fmr_at(distance) == calibration(near=near).fmr_at(distance)


def test_single_shots_have_thresholds_of_their_own_where_they_were_measured():
    looser = ((1e-4, 0.4), (1e-2, 0.6))
    both = Calibration(measured_on="nobody", groups={"all": TABLE}, neighbour_gap=GAP, single_shots={"all": looser})
    assert both.threshold_for(1e-4) == pytest.approx(0.3)
    assert both.of_single_shots().threshold_for(1e-4) == pytest.approx(0.4)
    assert CALIBRATION.of_single_shots() == CALIBRATION


MUTUAL = Calibration(
    measured_on="nobody", groups={"all": TABLE}, neighbour_gap=GAP, mutual_gap=((1e-3, 0.6), (1e-2, 0.4))
)


def test_two_alone_in_the_midst_of_others_have_a_wide_mutual_gap_and_two_in_a_crowd_have_none():
    alone, crowded = [1.2, 1.3, 1.3, 1.4, 1.4], [0.8, 0.8, 0.9, 0.9, 0.9]
    assert mutual_gap(0.7, alone, alone) == pytest.approx(1.3**2 - 0.7**2)
    assert mutual_gap(0.7, alone, crowded) == mutual_gap(0.7, crowded, alone) == pytest.approx(0.76)
    assert mutual_gap(0.9, crowded, crowded) == pytest.approx(0.0)


def exceeded_by(share: float, people: int) -> float:
    """The mutual gap that some stranger of so many exceeds in this share of searches."""
    return replace(MUTUAL, neighbour_gap=MUTUAL.mutual_gap).neighbour_gap_for(share) / among_a_hundred(1.0, people)


def test_among_a_hundred_a_mutual_gap_is_as_measured_and_among_fewer_a_stranger_has_a_wider_one():
    assert exceeded_by(1e-3, 100) == pytest.approx(0.6)
    assert exceeded_by(1e-3, 20) > 0.6 > exceeded_by(1e-3, 1000)


@given(st.floats(min_value=1e-3, max_value=0.5), st.integers(min_value=20, max_value=1_000_000))
def test_mutual_gap_and_its_share_undo_one_another(share: float, people: int):
    assert MUTUAL.mutual_share_at(exceeded_by(share, people), people) == pytest.approx(share, rel=1e-6)


def test_a_calibration_from_before_mutual_gaps_were_measured_can_be_read():
    assert CALIBRATION.mutual_gap == ()
    with pytest.raises(ValueError, match="mutual_gap"):
        Calibration(
            measured_on="nobody", groups={"all": TABLE}, neighbour_gap=GAP, mutual_gap=((1e-3, 0.2), (1e-2, 0.3))
        )
