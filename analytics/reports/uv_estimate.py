"""UV with its error: how many people the counted FaceIds probably were, and how sure that is. Pure.

A visit by somebody known that gets a FaceId of its own makes UV one too high; a newcomer who is taken for somebody else
makes it one too low. Of the visits beyond a visitor's first one in the range, ``again``, each was found by the matcher,
with probability 1 - FNIR; so FNIR ÷ (1 - FNIR) times as many were not, and were counted as a further visitor:

    UV estimated = UV counted - again * FNIR / (1 - FNIR) + new * FPIR

Within a visit somebody may be seen several times. The looks of one visit are much alike, so that a sighting within it
is lost less often than one that begins a visit: by how much is not known, and anything from never to half as often is
taken to be as likely. The interval is that of draws: rates from beta distributions of their mean and deviation, and
numbers of errors that follow from them by chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from analytics.error_rates import ErrorRates, Share
from analytics.reports.metrics import Figures

_DRAWS = 4000
_LOW, _HIGH = 0.025, 0.975
_WITHIN_A_VISIT = 0.5
_TOO_OFTEN = 0.1
_KNOWN_EXACTLY = 1e-12


class Bias(StrEnum):
    """On which side of the truth the counted UV probably lies."""

    TOO_HIGH = "too_high"
    TOO_LOW = "too_low"
    NONE = "about_right"


class Doubt(StrEnum):
    """Why an estimate cannot be trusted, or there is none."""

    NONE = ""
    NOT_MEASURED = "not_measured"
    OFTEN_LOST = "often_lost"
    ACROSS_STORES = "across_stores"
    SOME_STORES = "some_stores"


@dataclass(frozen=True, slots=True, kw_only=True)
class UvEstimate:
    """How many people a counted UV stands for: ``value`` with its 95 % interval, all None where it cannot be told."""

    value: int | None
    low: int | None
    high: int | None
    bias: Bias | None
    doubt: Doubt = Doubt.NONE

    @property
    def trusted(self) -> bool:
        """Whether nothing speaks against it."""
        return self.doubt is Doubt.NONE


NOT_MEASURED = UvEstimate(value=None, low=None, high=None, bias=None, doubt=Doubt.NOT_MEASURED)


def estimate_uv(figures: Figures, rates: ErrorRates | None) -> UvEstimate:
    """Return the estimate of a store's UV over a range; without ``rates`` there is none."""
    return NOT_MEASURED if rates is None else _of(figures, rates.fnir, rates.fpir, Doubt.NONE)


def estimate_uv_together(
    figures: Figures, of_stores: Sequence[Figures], rates: Sequence[ErrorRates | None]
) -> UvEstimate:
    """Return the estimate over several stores, of each of which the figures alone and the rates are given.

    Each store errs as it does for itself, one without rates as the others do. How often a visitor of one store is not
    found in another is not measured, and cannot be seen in how many are: so over several stores it is never sure.
    """
    known = [(one, of) for one, of in zip(of_stores, rates, strict=True) if of is not None]
    if not known:
        return NOT_MEASURED
    again = np.array([max(one.pv - one.uv, 0) for one, _ in known], dtype=np.float64)
    new = np.array([one.new_visitors for one, _ in known], dtype=np.float64)
    doubt = Doubt.NONE
    if len(known) < len(rates):
        doubt = Doubt.SOME_STORES
    elif sum(one.uv > 0 for one in of_stores) > 1:
        doubt = Doubt.ACROSS_STORES
    fnir = _mean([of.fnir for _, of in known], again)
    return _of(figures, fnir, _mean([of.fpir for _, of in known], new), doubt)


def _of(figures: Figures, fnir: Share, fpir: Share, doubt: Doubt) -> UvEstimate:
    again, within = max(figures.pv - figures.uv, 0), max(figures.sightings - figures.pv, 0)
    return _estimated(figures.uv, again, within, figures.new_visitors, fnir, fpir, doubt)


@lru_cache(maxsize=1024)  # a page asks for the same one several times
def _estimated(uv: int, again: int, within: int, new: int, fnir: Share, fpir: Share, doubt: Doubt) -> UvEstimate:
    """Return the estimate; ``within`` are the sightings beyond the first one of their visit."""
    fewest, most = min(uv, 1), uv + again + within
    lost = fnir.mean / (1.0 - fnir.mean)
    too_many = lost * (again + _WITHIN_A_VISIT / 2 * within)
    value = round(min(max(uv - too_many + fpir.mean * new, fewest), most))
    rng = np.random.default_rng(0)
    missed = _draws(fnir, rng)
    part = rng.uniform(0.0, _WITHIN_A_VISIT, _DRAWS)
    # So many came again and were found: how many more did, and were not, by Jeffreys' prior, also where none was found.
    minted = rng.negative_binomial(again + 0.5, 1.0 - missed)
    minted = minted + rng.poisson(part * missed / (1.0 - missed) * within)
    taken = rng.binomial(new, _draws(fpir, rng))
    low, high = np.quantile(np.clip(uv - minted + taken, fewest, most), [_LOW, _HIGH])
    return UvEstimate(
        value=value,
        low=min(int(np.floor(low)), value),
        high=max(int(np.ceil(high)), value),
        bias=Bias.NONE if value == uv else Bias.TOO_HIGH if value < uv else Bias.TOO_LOW,
        doubt=Doubt.OFTEN_LOST if fnir.mean > _TOO_OFTEN else doubt,
    )


def _draws(share: Share, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return draws from the beta distribution with this mean and standard deviation."""
    mean = min(max(share.mean, 0.0), 1.0 - 1e-9)
    if share.sd < _KNOWN_EXACTLY:
        return np.full(_DRAWS, mean)
    # A share cannot deviate from its mean by more than one that is either nought or one.
    number = max(mean * (1.0 - mean) / share.sd**2 - 1.0, 1e-3)
    if mean < _KNOWN_EXACTLY:
        return np.zeros(_DRAWS)
    return np.minimum(rng.beta(mean * number, (1.0 - mean) * number, _DRAWS), 1.0 - 1e-9)


def _mean(shares: Sequence[Share], weights: NDArray[np.float64]) -> Share:
    """Return a share of all, given that of each part: parts may err together, so that deviations are added."""
    part = weights / weights.sum() if weights.sum() else np.full(len(shares), 1 / len(shares))
    means, deviations = np.array([(one.mean, one.sd) for one in shares]).T
    return Share(mean=float(part @ means), sd=float(part @ deviations))
