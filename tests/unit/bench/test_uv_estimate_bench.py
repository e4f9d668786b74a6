"""The bench of the estimate of UV: its weeks are what they say, and a few of them are covered."""

import json

import numpy as np
import pytest

from bench.store_weeks import OPENING, Store, measured_people, tracks_of
from bench.uv_estimate import Week, main, simulated, summary_of
from evaluation.invented_templates import shipped_spread
from faces.calibration import Calibration
from matcher.policy import Policy

FEW = ((80, 1.0),)
SMALL = Store(people=40, apart=1.0, light=0.5, one_look=0.5, loyalty=0.3, weeks_before=1)


@pytest.fixture(scope="module")
def weeks() -> list[Week]:
    return simulated(4, seed=3, measured_on=FEW)


def test_a_week_is_counted_by_the_matcher_and_its_truth_is_known(weeks: list[Week]):
    for week in weeks:
        assert week.truth <= week.store.people
        assert week.decided.figures.pv >= week.decided.figures.uv >= 0.9 * week.truth
        assert week.reconciled.figures.uv <= week.decided.figures.uv


def test_the_summary_says_how_many_weeks_were_covered(weeks: list[Week]):
    found = summary_of(weeks)
    assert found["weeks"] == 4
    assert found["without_estimate"] == len(weeks) - 4
    for way in ("decided", "reconciled"):
        assert found[way]["sure"]["weeks"] + found[way]["not_sure"]["weeks"] == 4
        assert found[way]["all"]["covered"] >= 0.75
    assert json.loads(json.dumps(found)) == found


def test_the_same_seed_makes_the_same_weeks():
    calibration = Calibration(
        measured_on="paper", groups={"paper": ((1e-7, 0.6), (1e-2, 1.1))}, neighbour_gap=((5e-4, 0.5), (5e-2, 0.2))
    )
    one, other = (tracks_of(SMALL, shipped_spread(), calibration, Policy(), np.random.default_rng(4)) for _ in range(2))
    assert one == other
    assert min(track.sighting.began_at for track in one) < OPENING


def test_those_who_are_measured_are_apart_and_have_six_pictures_each():
    (faces,) = measured_people(shipped_spread(), FEW, np.random.default_rng(5))
    _, pictures = np.unique(faces.people, return_counts=True)
    assert len(pictures) == 80
    assert pictures.min() >= 6
    assert np.linalg.norm(faces.embeddings, axis=1) == pytest.approx(1.0, abs=1e-4)


def test_an_unknown_option_is_refused():
    with pytest.raises(SystemExit):
        main(["--days", "3"])
