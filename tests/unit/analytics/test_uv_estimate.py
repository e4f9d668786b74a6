"""How many people a UV stands for, by numbers that fit on paper."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.completeness import Watched
from analytics.error_rates import ErrorRates, Share
from analytics.reports.metrics import Figures
from analytics.reports.uv_estimate import NOT_MEASURED, Bias, Doubt, UvEstimate, estimate_uv, estimate_uv_together

AT = datetime(2026, 5, 4, tzinfo=UTC)
EXACTLY_NOUGHT = Share(mean=0.0, sd=0.0)


def counted(uv: int, pv: int, sightings: int | None = None, new: int | None = None) -> Figures:
    newcomers = uv if new is None else new
    return Figures(
        pv=pv,
        uv=uv,
        sightings=pv if sightings is None else sightings,
        new_visitors=newcomers,
        returning_visitors=uv - newcomers,
        seen_once=0,
        bounces=0,
        median_dwell_s=None,
        dwell=(0,) * 6,
        watched=Watched(),
    )


def rates(fnir: float | Share = 0.0, fpir: float | Share = 0.0, store: str = "shop") -> ErrorRates:
    lost, taken = (one if isinstance(one, Share) else Share(mean=one, sd=0.0) for one in (fnir, fpir))
    return ErrorRates(store_id=store, fnir=lost, fpir=taken, decided=500, measured_on="paper", at=AT)


def test_without_rates_nothing_is_claimed():
    assert estimate_uv(counted(100, 150), None) == NOT_MEASURED
    assert (NOT_MEASURED.value, NOT_MEASURED.trusted, NOT_MEASURED.doubt) == (None, False, Doubt.NOT_MEASURED)


def test_a_matcher_that_never_errs_counts_exactly():
    assert estimate_uv(counted(400, 600, 900), rates()) == UvEstimate(value=400, low=400, high=400, bias=Bias.NONE)


def test_of_twenty_visits_again_one_is_lost_for_every_nineteen_that_are_found():
    # 100 people came 3 times: 200 visits again, of which one in twenty was lost: 10 FaceIds too many. 190 were found.
    estimate = estimate_uv(counted(110, 300), rates(0.05))
    assert (estimate.value, estimate.bias, estimate.trusted) == (100, Bias.TOO_HIGH, True)
    # Ten errors by chance, give or take twice their root.
    assert (estimate.low, estimate.high) == (pytest.approx(93, abs=1), pytest.approx(106, abs=1))


def test_of_a_hundred_newcomers_one_who_was_taken_for_somebody_else_is_missing():
    estimate = estimate_uv(counted(500, 600), rates(fpir=0.01))
    assert (estimate.value, estimate.bias) == (505, Bias.TOO_LOW)


def test_there_are_never_more_people_than_were_seen():
    assert estimate_uv(counted(500, 500), rates(fpir=0.01)).high == 500


def test_somebody_who_came_once_cannot_have_been_counted_twice():
    assert estimate_uv(counted(80, 80), rates(0.08)).value == 80


def test_what_is_seen_again_within_a_visit_is_lost_a_quarter_as_often():
    # 400 sightings beyond the first of their visit, of each of which 1/19 * 1/4 was lost.
    assert estimate_uv(counted(100, 100, 500), rates(0.05)).value == 100 - 5


def test_a_rate_that_is_hardly_known_makes_the_interval_wide():
    sure = estimate_uv(counted(400, 800), rates(Share(mean=0.03, sd=0.001)))
    unsure = estimate_uv(counted(400, 800), rates(Share(mean=0.03, sd=0.02)))
    assert sure.value == unsure.value
    assert width(unsure) > 2 * width(sure)


def test_where_visitors_are_lost_too_often_the_estimate_says_so():
    assert estimate_uv(counted(100, 200), rates(0.11)).doubt is Doubt.OFTEN_LOST
    assert estimate_uv(counted(100, 200), rates(0.09)).trusted


def test_several_stores_err_as_each_of_them_does():
    # 100 visits again at 1 in 21 lost, 300 at none: 5 too many, whatever the stores are called.
    figures = [counted(100, 200), counted(200, 500)]
    together = estimate_uv_together(counted(300, 700), figures, [rates(1 / 21), rates(0.0)])
    assert together.value == 300 - 5
    assert estimate_uv_together(counted(300, 700), figures, [None, None]) == NOT_MEASURED


def test_a_store_without_rates_is_taken_to_err_as_the_others_do_and_that_is_not_trusted():
    figures = [counted(100, 200), counted(200, 500)]
    together = estimate_uv_together(counted(300, 700), figures, [rates(1 / 21), None])
    assert (together.value, together.doubt) == (300 - 20, Doubt.SOME_STORES)


def test_of_several_stores_it_is_never_sure_for_nobody_sees_who_was_not_found_again_in_another():
    figures = [counted(100, 100), counted(100, 100)]
    for together in (counted(150, 200), counted(200, 200)):
        assert estimate_uv_together(together, figures, [rates(), rates()]).doubt is Doubt.ACROSS_STORES
    of_one = [counted(100, 100), counted(0, 0)]
    assert estimate_uv_together(counted(100, 100), of_one, [rates(), rates()]).trusted


shares = st.builds(
    lambda mean, sd: Share(mean=mean, sd=sd), st.floats(0, 0.9, allow_subnormal=False), st.floats(0, 0.2)
)
countings = st.builds(
    lambda uv, again, within, new: counted(uv, uv + again, uv + again + within, min(new, uv)),
    *[st.integers(0, 2000)] * 4,
).filter(lambda figures: figures.uv > 0)


@given(countings, shares, shares)
def test_the_interval_holds_the_estimate_and_nothing_that_cannot_be(figures: Figures, fnir: Share, fpir: Share):
    estimate = estimate_uv(figures, rates(fnir, fpir))
    assert 1 <= estimate.low <= estimate.value <= estimate.high <= figures.sightings


@given(countings, *[st.floats(0, 0.9)] * 2, st.floats(0, 0.5))
def test_the_more_visitors_are_lost_the_fewer_they_really_were(figures: Figures, one: float, other: float, fpir: float):
    fewer, more = sorted((one, other))
    assert estimate_uv(figures, rates(more, fpir)).value <= estimate_uv(figures, rates(fewer, fpir)).value


@given(countings, st.floats(0, 0.5), *[st.floats(0, 0.9)] * 2)
def test_the_more_are_taken_for_others_the_more_they_really_were(
    figures: Figures, fnir: float, one: float, other: float
):
    fewer, more = sorted((one, other))
    assert estimate_uv(figures, rates(fnir, fewer)).value <= estimate_uv(figures, rates(fnir, more)).value


def test_the_same_question_has_the_same_answer():
    asked = counted(400, 700), rates(Share(mean=0.03, sd=0.01), Share(mean=0.002, sd=0.001))
    np.random.default_rng().random()
    assert estimate_uv(*asked) == estimate_uv(*asked)


def width(estimate: UvEstimate) -> int:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.high - estimate.low
