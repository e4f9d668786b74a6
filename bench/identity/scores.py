"""What was counted, held against the truth of the week, with intervals over the people."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np

from evaluation.bootstrap import Interval, drawn_people, interval_of, no_surer_than

Appearance = tuple[str, UUID]
"""A person, and the FaceId seen on one of their visits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What there was and what was found in one scope, a store or the chain.

    ``people`` came, ``visitors`` were counted (UV), ``appearances`` are of each visit and FaceId that was seen on it.
    """

    people: frozenset[str]
    visitors: frozenset[UUID]
    appearances: Sequence[Appearance]


def scored(found: Found, *, seed: int = 0) -> dict[str, Any]:
    """Return the figures of a scope, and where its errors come from."""
    people = sorted(found.people)
    faces: dict[UUID, Counter[str]] = defaultdict(Counter)
    for person, face_id in found.appearances:
        faces[face_id][person] += 1
    nobodys = len(found.visitors - faces.keys())
    once = np.ones(len(people))
    arithmetic = _Arithmetic(people, faces, found.visitors, nobodys)
    drawn = [arithmetic.figures(times) for times in drawn_people(len(people), seed=seed)]
    error, precision, recall = arithmetic.figures(once)
    intervals = {
        "uv_error": interval_of(error, [one[0] for one in drawn]),
        "pair_precision": no_surer_than(len(people), interval_of(precision, [one[1] for one in drawn])),
        "pair_recall": no_surer_than(len(people), interval_of(recall, [one[2] for one in drawn])),
    }
    faces_of_person = Counter(person for shown in faces.values() for person in shown)
    return {
        "uv": len(found.visitors),
        "uv_truth": len(people),
        "uv_error": error,
        "pair_precision": precision,
        "pair_recall": recall,
        "intervals": {name: _bounds(interval) for name, interval in intervals.items()},
        "people_never_seen": len(found.people - faces_of_person.keys()),
        "faceids_of_nobody": nobodys,
        "faceids_too_many_of_people_seen": sum(faces_of_person.values()) - len(faces_of_person),
        "faceids_of_several_people": sum(len(shown) > 1 for shown in faces.values()),
    }


class _Arithmetic:
    """UV error, pair precision and pair recall where each person counts so many times."""

    def __init__(
        self, people: Sequence[str], faces: Mapping[UUID, Counter[str]], visitors: frozenset[UUID], nobodys: int
    ) -> None:
        number = {person: place for place, person in enumerate(people)}
        self._nobodys = nobodys
        # A FaceId belongs to whom it shows most.
        owners = [max(sorted(faces[one]), key=lambda who: faces[one][who]) for one in visitors if one in faces]
        self._owned = np.bincount([number[one] for one in owners], minlength=len(people))
        seen: Counter[str] = Counter()
        alike = np.zeros(len(people))
        self._mixed: list[tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]] = []
        for shown in faces.values():
            places = np.array([number[person] for person in shown])
            times = np.array(list(shown.values()), dtype=np.float64)
            seen.update(shown)
            alike[places] += times * (times - 1) / 2
            if len(shown) > 1:
                self._mixed.append((places, times))
        self._alike = alike
        every = np.array([seen[person] for person in people], dtype=np.float64)
        self._of_person = every * (every - 1) / 2

    def figures(self, times: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[float, float, float]:
        uv = times @ self._owned + self._nobodys
        both, of_person = times @ self._alike, times @ self._of_person
        wrong = 0.0
        for places, shown in self._mixed:
            weights = times[places] * shown
            wrong += (weights.sum() ** 2 - np.square(weights).sum()) / 2
        precision = both / (both + wrong) if both + wrong else 1.0
        return float(uv / times.sum() - 1.0), float(precision), float(both / of_person if of_person else 1.0)


def _bounds(interval: Interval) -> list[float]:
    return [round(interval.low, 5), round(interval.high, 5)]
