"""How near different people come: the calibration of a pack, measured on groups of people."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.bootstrap import Interval, drawn_people, interval_of
from evaluation.comparisons import Comparisons, compare
from evaluation.embedding_set import EmbeddingSet
from evaluation.tail import distances_at, fit_tail
from evaluation.visits import Samples, deals, numbered, one_visit_each
from faces.calibration import NEIGHBOURS, Calibration, Repeats, Table, among_a_hundred
from schemas.errors import InputError

RATES = (1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
SHARES = (5e-4, 5e-3, 5e-2)
# A visitor gets a FaceId by three shots at least, so templates are fused from no fewer, and the more are fused, the
# nearer strangers come: fusing evens out what tells one picture from another, and people keep what they have in common.
SHOTS_FUSED = 3
FEWEST_PEOPLE = 10
_ENOUGH = 0.2  # of the people, to go by them alone
_DRAWINGS = 200
_HALVINGS = 20
_FORETOLD = 1e-4
_ROWS_AT_ONCE = 1024
_DRAWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One group of people, visits of so many ``shots``: the distance of each rate with its 95 % interval over people.

    ``gap`` gives for each of SHARES the neighbour gap (see faces.calibration) with its interval, ``mutual_gap`` the
    mutual gap; None for a group too small to have neighbourhoods. ``foretold`` is how many times as often as promised
    people who had no part in a fit came as near as its distance for an FMR of 1e-4; None where there are too few pairs
    to tell.
    """

    people: int
    shots: int
    visits: int
    pairs: int
    distances: Mapping[float, Interval]
    gap: Mapping[float, Interval] | None
    mutual_gap: Mapping[float, Interval] | None
    foretold: float | None


def measure_group(faces: EmbeddingSet, name: str, *, shots: int = SHOTS_FUSED, seed: int = 0) -> Group:
    """Measure one group on the faces that pass the gates; raises InputError for too few people.

    A visit is fused from ``shots`` pictures, and whoever has fewer has no part. Where hardly anybody has so many,
    visits are of as many as enough people have: strangers then come nearer at the door than they do here.
    """
    passed = faces.passed
    _, person_of = numbered(faces.people[passed])
    pictures_of = np.bincount(person_of)
    enough = max(FEWEST_PEOPLE, _ENOUGH * len(pictures_of))
    shots = next((fewer for fewer in range(shots, 1, -1) if (pictures_of >= fewer).sum() >= enough), 1)
    dealt = deals(faces.embeddings[passed], faces.qualities[passed], person_of, shots=shots, seed=seed)
    comparisons = compare(dealt)
    if comparisons.people < FEWEST_PEOPLE:
        raise InputError(
            f"group {name}: {comparisons.people} of its people have a usable picture; a calibration needs "
            f"{FEWEST_PEOPLE} people, and is worth more with hundreds"
        )
    return Group(
        people=comparisons.people,
        shots=shots,
        visits=int(comparisons.counts.sum()),
        pairs=int(comparisons.non_mated_pairs()),
        distances=_distances(comparisons, seed),
        gap=neighbour_gaps(dealt),
        mutual_gap=mutual_gaps(
            [
                one_visit_each(
                    faces.embeddings[passed], faces.qualities[passed], person_of, shots=shots, seed=seed + one
                )
                for one in range(_DRAWN)
            ]
        ),
        foretold=foretold(comparisons, seed=seed),
    )


def calibration_of(groups: Mapping[str, Group], *, single_shots: Mapping[str, Group], measured_on: str) -> Calibration:
    """Return the calibration: tables for each group, of visits and of single shots, and one neighbour gap.

    The gap is the widest of any group, at the wide end of its interval: a gap too wide counts somebody twice, one too
    narrow takes two people for one, which weighs more. Raises InputError where no group is large enough to measure it.
    """
    gaps = [group.gap for group in groups.values() if group.gap is not None]
    mutual = [group.mutual_gap for group in groups.values() if group.mutual_gap is not None]
    if not gaps:
        raise InputError(
            f"no group has more than {4 * NEIGHBOURS} people, and so nobody's neighbours in a gallery can be measured; "
            "add a group of hundreds of people"
        )
    return Calibration(
        measured_on=measured_on,
        groups=_tables(groups),
        single_shots=_tables(single_shots),
        neighbour_gap=tuple((share, round(max(gap[share].high for gap in gaps), 3)) for share in SHARES),
        # As measured, where the widest of the groups counts: groups agree in it, and a budget is there to be spent.
        mutual_gap=tuple((share, round(max(gap[share].value for gap in mutual), 3)) for share in SHARES),
    )


def _tables(groups: Mapping[str, Group]) -> dict[str, Table]:
    return {
        name: tuple((rate, round(group.distances[rate].value, 3)) for rate in RATES) for name, group in groups.items()
    }


def as_toml(calibration: Calibration, model_id: str) -> str:
    """Return a calibration as it stands in a pack's manifest."""
    lines = [
        "[calibration]",
        f"model_id = {_quoted(model_id)}",
        f"measured_on = {_quoted(calibration.measured_on)}",
        f"neighbour_gap = {_points(calibration.neighbour_gap)}",
        *([f"mutual_gap = {_points(calibration.mutual_gap)}"] if calibration.mutual_gap else []),
        "",
        "[calibration.groups]",
        *(f"{_quoted(name)} = {_points(table)}" for name, table in calibration.groups.items()),
        "",
        "[calibration.single_shots]",
        *(f"{_quoted(name)} = {_points(table)}" for name, table in calibration.single_shots.items()),
    ]
    if calibration.repeats is not None:
        lines += ["", *_repeats_as_toml(calibration.repeats)]
    return "\n".join(lines) + "\n"


def _repeats_as_toml(repeats: Repeats) -> list[str]:
    return [
        "[calibration.repeats]",
        f"people = {repeats.people}",
        f"newcomers = {repeats.newcomers}",
        f"fpir = {repeats.fpir}",
        "ratios = [" + ", ".join(f"[{share}, {ratio:.3f}]" for share, ratio in repeats.ratios) + "]",
    ]


def neighbour_gaps(dealt: Sequence[Samples], *, seed: int = 0) -> dict[float, Interval] | None:
    """Return for each of SHARES the gap that the nearest wrong FaceId exceeds in that share of searches.

    Each person's first visit of a deal is searched among those of all others. None for a gallery of fewer than 20.
    """
    return _at_shares(dealt, _gaps, seed)


def mutual_gaps(dealt: Sequence[Samples], *, seed: int = 0) -> dict[float, Interval] | None:
    """Return the same of the widest mutual gap of each search.

    Everybody should have part in ``dealt``, with as few shots as there are: strangers who stand out from all others
    together are so rare that the number of people weighs more.
    """
    return _at_shares(dealt, widest_mutual_gaps, seed)


def _at_shares(
    dealt: Sequence[Samples], gaps_of: Callable[[Samples], NDArray[np.void]], seed: int
) -> dict[float, Interval] | None:
    searched = [searches for samples in dealt if len(searches := gaps_of(samples))]
    if not searched:
        return None
    gaps = np.concatenate(searched)
    gaps = gaps[np.argsort(-gaps["gap"])]
    narrowness = -gaps["gap"]  # of which the smallest are the rare ones, as with distances

    def at_shares(times: NDArray[np.float64]) -> list[float]:
        matched = np.cumsum(times[gaps["person"]])
        return [-value for value in distances_at(SHARES, narrowness, matched, float(matched[-1]))]

    people = dealt[0].people
    drawn = [at_shares(times) for times in drawn_people(people, seed=seed, drawings=_DRAWINGS)]
    return {
        share: interval_of(value, of_share)
        for share, value, of_share in zip(SHARES, at_shares(np.ones(people)), np.transpose(drawn).tolist(), strict=True)
    }


def foretold(comparisons: Comparisons, *, seed: int = 0) -> float | None:
    """Return how truly a tail fitted on half of the people foretells the pairs of the others: found FMR / promised.

    The geometric mean over several halvings, at an FMR of 1e-4; above 1 the tail promises too much.
    """
    non_mated = comparisons.non_mated
    present = np.flatnonzero(comparisons.counts.sum(axis=0))
    rng = np.random.default_rng(seed)
    logs = []
    for _ in range(_HALVINGS):
        half = np.zeros(comparisons.counts.shape[1])
        half[rng.permutation(present)[: len(present) // 2]] = 1.0
        in_half = half[non_mated.people] > 0
        fitted_on, told_of = in_half.all(axis=1), ~in_half.any(axis=1)
        promised = _FORETOLD * float(non_mated.weight[told_of].sum())
        if promised < 3 or not fitted_on.any():
            return None
        matched = np.cumsum(non_mated.weight[fitted_on])
        distance = fit_tail(non_mated.distance[fitted_on], matched, float(matched[-1])).distance_at(_FORETOLD)
        found = float(non_mated.weight[told_of & (non_mated.distance <= distance)].sum())
        logs.append(np.log(max(found, 0.5) / promised))
    return float(np.exp(np.mean(logs)))


def _distances(comparisons: Comparisons, seed: int) -> dict[float, Interval]:
    non_mated = comparisons.non_mated
    pairs = comparisons.non_mated_pairs()
    values = distances_at(RATES, non_mated.distance, np.cumsum(non_mated.weight), pairs)
    drawn = []
    for times in drawn_people(comparisons.counts.shape[1], seed=seed, drawings=_DRAWINGS):
        weights = times[non_mated.people[:, 0]] * times[non_mated.people[:, 1]] * non_mated.weight
        total = comparisons.non_mated_pairs(times)
        if total:
            drawn.append(distances_at(RATES, non_mated.distance, np.cumsum(weights), total))
    return {
        rate: interval_of(value, of_rate)
        for rate, value, of_rate in zip(RATES, values, np.transpose(drawn).tolist(), strict=True)
    }


_GAP = np.dtype([("person", np.int32), ("gap", np.float32)])


def _gaps(samples: Samples) -> NDArray[np.void]:
    people, first = np.unique(samples.person_of, return_index=True)
    if len(first) <= 4 * NEIGHBOURS:
        return np.empty(0, dtype=_GAP)
    gallery = samples.vectors[first]
    squares = np.square(gallery).sum(axis=1)
    gaps = np.empty(len(gallery), dtype=_GAP)
    gaps["person"] = people
    for row, probe in enumerate(gallery):
        distances = np.sqrt(np.maximum(squares + squares[row] - 2 * gallery @ probe, 0.0))
        distances[row] = np.inf
        nearest = np.sort(np.partition(distances, NEIGHBOURS + 1)[: NEIGHBOURS + 1])
        gaps["gap"][row] = np.median(nearest[1:]) - nearest[0]
    return gaps


def widest_mutual_gaps(samples: Samples) -> NDArray[np.void]:
    """Return the widest mutual gap of each person's first visit with that of anybody else, as among a hundred.

    Rows of ``person`` and ``gap``; none where there are too few people to have neighbourhoods.
    """
    people, first = np.unique(samples.person_of, return_index=True)
    if len(first) <= 4 * NEIGHBOURS:
        return np.empty(0, dtype=_GAP)
    gallery = samples.vectors[first]
    blocks = [slice(at, at + _ROWS_AT_ONCE) for at in range(0, len(gallery), _ROWS_AT_ONCE)]
    middle = NEIGHBOURS // 2
    nearest = np.concatenate(
        [np.partition(_squares(gallery, rows), (middle, middle + 1))[:, : middle + 2] for rows in blocks]
    )
    median, next_one = nearest[:, middle], nearest[:, middle + 1]
    gaps = np.empty(len(gallery), dtype=_GAP)
    gaps["person"] = people
    scale = among_a_hundred(1.0, len(gallery))
    for rows in blocks:
        squares = _squares(gallery, rows)
        # Whoever is among the nearest few of the other is not in the other's neighbourhood: the median is one farther.
        around_one = np.where(squares <= median[rows, None], next_one[rows, None], median[rows, None])
        around_other = np.where(squares <= median, next_one, median)
        gaps["gap"][rows] = scale * ((around_one + around_other) / 2 - squares).max(axis=1)
    return gaps


def _squares(gallery: NDArray[np.float32], rows: slice) -> NDArray[np.float32]:
    """Return the squared distances of some rows to all others, (some, n), infinite to themselves."""
    lengths = np.square(gallery).sum(axis=1)
    squares = np.maximum(lengths[rows, None] + lengths - 2 * gallery[rows] @ gallery.T, 0.0)
    own = np.arange(len(squares))
    squares[own, own + rows.start] = np.inf
    return np.asarray(squares)


def _points(table: Sequence[tuple[float, float]]) -> str:
    return "[" + ", ".join(f"[{rate:.0e}, {distance:.3f}]" for rate, distance in table) + "]"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
