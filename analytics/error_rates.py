"""How often the matcher errs in a store: rates measured on other people, carried over to those who come here. Pure.

A visit by somebody known gets a FaceId of its own when it lies farther from the nearest template of its person than the
bar. Those that do are not seen to; those that do not are, each with its distance and its bar. So the *shape* of what
distance ÷ bar may be is taken from people of whom it was known who they are (the calibration of the pack, measured by
the matcher's own decisions), and its *scale* from the visits here that were matched: in worse light, in a larger
gallery, or with people told apart worse, all of it moves towards the bar. The share beyond the bar follows.

What is not known widens the rate: the scale, by the likelihood of what was matched, a person counting once however
often they came; whether people here differ more or less among each other than those measured do (``_WIDER_SD``); and
the share beyond the bar itself, which so many measured people can prove.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import NormalDist
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from analytics.visits import counted_face, standing
from schemas.ledger import NOTHING_SAID, Ledger
from schemas.messages import Decision, Sighting

FEWEST_DECISIONS = 50
"""Of fewer visits that were matched no rate is told."""

Floats = NDArray[np.float64]

_SCALES = np.linspace(math.log(0.4), math.log(2.5), 150)
_WIDER = np.linspace(-0.3, 0.3, 13)
_WIDER_SD = 0.1
_EDGES = np.log(np.linspace(0.3, 1.0, 15))


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRates:
    """What a pack's calibration says of the matcher's errors, at the bar that it sets by itself.

    ``ratios`` is a table of (share, ratio), rising in both: so large a share of the visits by people who are known lie
    within that part of the bar from their own nearest template; measured on ``people``. ``fpir`` is the share of
    ``newcomers`` who were taken for somebody else. ``measured_on`` says whom, in words.
    """

    people: int
    ratios: Sequence[tuple[float, float]]
    newcomers: int
    fpir: float
    measured_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share that is not known exactly: its mean and its standard deviation."""

    mean: float
    sd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRates:
    """How often the matcher errs in a store.

    ``fnir`` is the share of the visits by people of the store that get a FaceId of their own and keep it, for all that
    was merged since; ``fpir`` that of the newcomers who are taken for somebody else. ``decided`` visits that were
    matched stand behind it, up to ``at``.
    """

    store_id: str
    fnir: Share
    fpir: Share
    decided: int
    measured_on: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MatchedVisits:
    """What a store's own sightings tell: distance ÷ bar of each that began a visit and was matched, (n,), by how many.

    ``visits`` to the store by ``visitors``, who had ``faces`` FaceIds before anything was merged.
    """

    ratios: Floats
    people: int
    visits: int
    faces: int
    visitors: int


def matched_visits(
    sightings: Iterable[Sighting], *, session_gap: timedelta, ledger: Ledger = NOTHING_SAID
) -> MatchedVisits:
    """Return what the sightings of one store tell; staff, and what never moves, are left out."""
    last_seen: dict[UUID, datetime] = {}
    ratios, of_whom, faces, visits = [], set(), set(), 0
    for sighting in sorted(standing(sightings), key=lambda one: (one.began_at, one.sighting_id)):
        face_id = counted_face(sighting)
        visitor = None if face_id is None else ledger.visitor(sighting.sighting_id, face_id)
        if visitor is None or ledger.is_staff(visitor) or ledger.is_static(visitor):
            continue
        faces.add(face_id)
        last = last_seen.get(visitor)
        last_seen[visitor] = sighting.ended_at if last is None else max(sighting.ended_at, last)
        if last is not None and sighting.began_at - last <= session_gap:
            continue
        visits += 1
        if sighting.decision is Decision.MATCHED and sighting.distance is not None and sighting.threshold:
            ratios.append(min(sighting.distance / sighting.threshold, 1.0))
            of_whom.add(visitor)
    return MatchedVisits(
        ratios=np.array(ratios, dtype=np.float64),
        people=len(of_whom),
        visits=visits,
        faces=len(faces),
        visitors=len(last_seen),
    )


def rates_of(store_id: str, matched: MatchedVisits, measured: MeasuredRates, *, at: datetime) -> ErrorRates | None:
    """Return how often the matcher errs in a store; None where too few visits were matched to tell."""
    if len(matched.ratios) < FEWEST_DECISIONS:
        return None
    beyond = _share_beyond_the_bar(matched, measured)
    return ErrorRates(
        store_id=store_id,
        fnir=_after_merges(beyond, matched),
        fpir=_share_of(measured.fpir, measured.newcomers),
        decided=len(matched.ratios),
        measured_on=measured.measured_on,
        at=at,
    )


def _share_beyond_the_bar(matched: MatchedVisits, measured: MeasuredRates) -> Share:
    """Return the share of all visits by people who are known that lie beyond the bar, those within it being given."""
    counted, _ = np.histogram(np.log(np.maximum(matched.ratios, 1e-9)), np.concatenate([[-np.inf], _EDGES]))
    middle = math.log(_ratio_at(measured.ratios, 0.5))
    scale, wider = (axis.ravel() for axis in np.meshgrid(_SCALES, _WIDER))
    places = middle + (_EDGES[None] - middle - scale[:, None]) * np.exp(-wider)[:, None]
    within = 1.0 - _share_beyond(measured.ratios, places)
    parts = np.maximum(np.diff(within, prepend=0.0, axis=1), 0.0) / np.maximum(within[:, -1:], 1e-12)
    # Visits of one person resemble each other, so that a person tells no more than once.
    weight = min(1.0, matched.people / len(matched.ratios))
    likelihood = weight * (np.log(np.maximum(parts, 1e-12)) @ counted) - 0.5 * (wider / _WIDER_SD) ** 2
    chance = np.exp(likelihood - likelihood.max())
    chance /= chance.sum()
    means, variances = _proved(1.0 - within[:, -1], measured.people)
    mean = float(chance @ means)
    return Share(mean=mean, sd=math.sqrt(float(chance @ (variances + (means - mean) ** 2))))


def _after_merges(beyond: Share, matched: MatchedVisits) -> Share:
    """Return the share that is left once FaceIds were merged: what was put together counts twice no more."""
    merged = max(0, matched.faces - matched.visitors)
    again = max(1, matched.visits - matched.faces)
    odds = beyond.mean / (1.0 - beyond.mean)
    minted = Share(mean=odds * again - merged, sd=beyond.sd / (1.0 - beyond.mean) ** 2 * again)
    left = minted if not merged else _not_below_nought(minted)
    odds, sd = left.mean / (again + merged), left.sd / (again + merged)
    return Share(mean=odds / (1.0 + odds), sd=sd / (1.0 + odds) ** 2)


def _not_below_nought(number: Share) -> Share:
    """Return mean and deviation of a normal number, nought where it is below."""
    at = number.mean / number.sd if number.sd else math.inf
    if at > 8:
        return number
    above, density = NormalDist().cdf(at), NormalDist().pdf(at)
    mean = number.mean * above + number.sd * density
    square = (number.mean**2 + number.sd**2) * above + number.mean * number.sd * density
    return Share(mean=mean, sd=math.sqrt(max(square - mean**2, 0.0)))


def _share_of(found: float, number: int) -> Share:
    (mean,), (variance,) = _proved(np.array([found]), number)
    return Share(mean=float(mean), sd=math.sqrt(variance))


def _proved(found: Floats, number: int) -> tuple[Floats, Floats]:
    """Return mean and variance of what shares found among so many prove: Jeffreys' beta distribution."""
    mean = (found * number + 0.5) / (number + 1.0)
    return mean, mean * (1.0 - mean) / (number + 2.0)


def _ratio_at(ratios: Sequence[tuple[float, float]], share: float) -> float:
    shares, at = zip(*ratios, strict=True)
    return float(np.interp(share, shares, at))


def _share_beyond(ratios: Sequence[tuple[float, float]], places: Floats) -> Floats:
    """Return the share beyond logarithms of a ratio: it falls exponentially between the measured ones and past them.

    Below the middle it is the share within that does so, on the way down.
    """
    shares, at = np.array(ratios).T
    measured_at = np.log(at)
    beyond = np.exp(_continued(places, measured_at, np.log1p(-shares)))
    within = np.exp(_continued(places, measured_at, np.log(shares)))
    middle = np.interp(0.5, shares, measured_at)
    return np.where(places > middle, beyond, 1.0 - within)


def _continued(places: Floats, at: Floats, values: Floats) -> Floats:
    """Return values interpolated linearly, the pieces at both ends going on."""
    first = (values[1] - values[0]) / (at[1] - at[0])
    last = (values[-1] - values[-2]) / (at[-1] - at[-2])
    found = np.interp(places, at, values)
    found = np.where(places < at[0], values[0] + first * (places - at[0]), found)
    return np.where(places > at[-1], values[-1] + last * (places - at[-1]), found)
