"""Who walks through which door, when and how: a day planned from a seed, before anything is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from schemas.errors import InputError
from simulator.scene import (
    Box,
    Glance,
    Halt,
    Passing,
    View,
    Walk,
    body_box,
    face_box,
    is_hidden,
    pose_of,
)

# A visit must give a detector this much of a frontal face of this size, without a break
# (in pixels of a view of 720 lines).
USABLE_S = 1.5
USABLE_FACE_PX = 80
_USABLE_YAW_DEG = 25.0
_STEP_S = 0.1
# Sizes are planned in this view; a larger one shows the same.
_VIEW = View(width_px=1280, height_px=720)

_LONGEST_WALK_S = 14.0
_RETURN_WITHIN_S = (180.0, 1200.0)
_RETURNS = 0.1
_COMPANIONS = 0.35
# Kept over the session gap, so that a few seconds of walking or waiting at the door do not change a visit.
_SPARE_S = 120.0
_TRIES = 12
_WAITS = 6
_WAIT_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Someone in the view of a camera from ``begins_s`` on. ``visit`` counts the person's visits from 0.

    Passers-by are numbered apart from the visitors and never visit: their ``way`` is a Passing.
    """

    person: int
    visit: int
    camera: int
    begins_s: float
    way: Walk | Passing

    @property
    def ends_s(self) -> float:
        """When the walk is over."""
        return self.begins_s + self.way.lasts_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """How much is to happen."""

    people: int
    visits: int
    passers_by: int
    span_s: float
    cameras: int
    session_gap_s: float


def plan_day(day: Day, rng: np.random.Generator) -> list[Entry]:
    """Return every entry of a day, earliest first.

    Each person comes at least once. Two visits of a person lie more than the session gap apart; a tenth of the visits
    has a second entry within it. Every entry shows ``USABLE_S`` of a usable face, whoever else is at the door.
    Raises InputError when the visits do not fit into the day.
    """
    begins = _visit_times(day, rng)
    planned: list[tuple[float, int, int]] = []
    for person, times in enumerate(begins):
        for visit, times_of_visit in enumerate(times):
            planned += [(at_s, person, visit) for at_s in times_of_visit]
    planned = sorted(_bring_company(planned, begins, rng))
    eyes_m = rng.uniform(1.55, 1.73, day.people)
    entries: list[Entry] = []
    for at_s, person, visit in planned:
        camera = int(rng.integers(day.cameras))
        others = [entry for entry in entries if entry.camera == camera and entry.ends_s > at_s]
        entries.append(
            _placed(
                Entry(
                    person=person, visit=visit, camera=camera, begins_s=at_s, way=draw_walk(float(eyes_m[person]), rng)
                ),
                others,
                rng,
            )
        )
    entries += [_passer_by(number, day, rng) for number in range(day.passers_by)]
    return sorted(entries, key=lambda entry: (entry.begins_s, entry.person))


def usable_s(entry: Entry, others: Sequence[Entry]) -> float:
    """Return the longest unbroken time in which an entry shows a usable face.

    That is a face that is frontal, large, inside the view, and not hidden by others.
    """
    longest = run = 0
    for step, glimpse in enumerate(_glimpses(entry.way)):
        run = run + 1 if glimpse.usable and not _hidden(entry, others, step) else 0
        longest = max(longest, run)
    return longest * _STEP_S


def shown_between_s(way: Walk | Passing) -> tuple[float, float]:
    """Return the first and the last moment of a walk at which its face is usable, else the whole of the walk."""
    usable = [step for step, glimpse in enumerate(_glimpses(way)) if glimpse.usable]
    return (usable[0] * _STEP_S, usable[-1] * _STEP_S) if len(usable) > 1 else (0.0, way.lasts_s)


def _hidden(entry: Entry, others: Sequence[Entry], step: int) -> bool:
    own = _glimpses(entry.way)[step]
    beside = [_glimpse_at(other, entry.begins_s + step * _STEP_S) for other in others]
    return is_hidden(own.face, [other.body for other in beside if other and other.depth_m < own.depth_m])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Glimpse:
    """One moment of a walk as the camera sees it; ``usable`` where a detector would gain from the face."""

    depth_m: float
    face: Box
    body: Box
    usable: bool


@lru_cache(maxsize=1024)
def _glimpses(way: Walk | Passing) -> tuple[_Glimpse, ...]:
    """Return a walk's moments, one for each step of time."""
    glimpses = []
    for step in range(int(way.lasts_s / _STEP_S) + 1):
        pose = pose_of(way, step * _STEP_S)
        face = face_box(pose, _VIEW)
        glimpses.append(
            _Glimpse(
                depth_m=pose.depth_m,
                face=face,
                body=body_box(pose, _VIEW),
                usable=abs(pose.yaw_deg) <= _USABLE_YAW_DEG
                and face[2] >= USABLE_FACE_PX
                and 0 <= face[0] <= _VIEW.width_px - face[2]
                and 0 <= face[1] <= _VIEW.height_px - face[3],
            )
        )
    return tuple(glimpses)


def _glimpse_at(entry: Entry, at_s: float) -> _Glimpse | None:
    step = round((at_s - entry.begins_s) / _STEP_S)
    glimpses = _glimpses(entry.way)
    return glimpses[step] if 0 <= step < len(glimpses) else None


def _visit_times(day: Day, rng: np.random.Generator) -> list[list[list[float]]]:
    """Return for each person, for each visit, when its entries begin."""
    apart_s = day.session_gap_s + _SPARE_S
    room_s = day.span_s - 3 * _LONGEST_WALK_S
    most = 1 + int(max(room_s - _LONGEST_WALK_S, 0.0) // (apart_s + _LONGEST_WALK_S))
    if not day.people <= day.visits <= day.people * most or room_s < _LONGEST_WALK_S:
        raise InputError(
            f"{day.visits} visits of {day.people} people do not fit into {day.span_s / 60:.0f} minutes: everyone comes "
            f"at least once and, with {day.session_gap_s / 60:.0f} minutes between two visits, at most {most} times; "
            "ask for more minutes, more people or fewer visits"
        )
    counts = np.ones(day.people, dtype=int)
    for _ in range(day.visits - day.people):
        counts[rng.choice(np.flatnonzero(counts < most))] += 1
    return [_times_of_one(int(count), room_s, apart_s, rng) for count in counts]


def _times_of_one(visits: int, room_s: float, apart_s: float, rng: np.random.Generator) -> list[list[float]]:
    """Spread the visits of one person at random over the day, with ``apart_s`` between one's end and the next."""
    returns_s = [float(rng.uniform(*_RETURN_WITHIN_S)) if rng.random() < _RETURNS else 0.0 for _ in range(visits)]
    slack_s = room_s - (visits - 1) * apart_s - visits * _LONGEST_WALK_S
    if sum(returns_s) > slack_s:
        returns_s = [0.0] * visits
    offsets = np.sort(rng.uniform(0, slack_s - sum(returns_s), visits))
    begins, before_s = [], _LONGEST_WALK_S
    for offset_s, return_s in zip(offsets, returns_s, strict=True):
        at_s = float(offset_s) + before_s
        begins.append([at_s, at_s + return_s] if return_s else [at_s])
        before_s += return_s + _LONGEST_WALK_S + apart_s
    return begins


def _bring_company(
    planned: Sequence[tuple[float, int, int]],
    begins: Sequence[Sequence[Sequence[float]]],
    rng: np.random.Generator,
) -> list[tuple[float, int, int]]:
    """Let some of those who come only once come in just behind someone else."""
    once = {person for person, times in enumerate(begins) if len(times) == 1 and len(times[0]) == 1}
    follow = {person for person in sorted(once) if rng.random() < _COMPANIONS and len(once) < len(planned)}
    leaders = [at_s for at_s, person, _ in planned if person not in follow]
    if not leaders:
        return list(planned)
    return [
        (float(rng.choice(leaders) + rng.uniform(0.6, 3.0)) if person in follow else at_s, person, visit)
        for at_s, person, visit in planned
    ]


def _placed(entry: Entry, others: Sequence[Entry], rng: np.random.Generator) -> Entry:
    """Find a way in that leaves everyone at the door visible long enough; wait a little where there is none."""
    for attempt in range(_TRIES * _WAITS):
        if attempt and attempt % _TRIES == 0:
            entry = replace(entry, begins_s=entry.begins_s + _WAIT_S)
        present = [other for other in others if other.ends_s > entry.begins_s]
        if usable_s(entry, present) >= USABLE_S and all(
            usable_s(other, [entry, *(third for third in others if third is not other)]) >= USABLE_S
            for other in present
        ):
            return entry
        entry = replace(entry, way=draw_walk(entry.way.eyes_m, rng))
    raise InputError(
        f"too many people at the door {entry.begins_s / 60:.0f} minutes into the day to be seen one by one; "
        "ask for more minutes, more cameras or fewer visits"
    )


def draw_walk(eyes_m: float, rng: np.random.Generator) -> Walk:
    """Draw a way in: some stop on it, some look aside."""
    near_x_m = float(rng.uniform(-0.27, 0.27))
    walk = Walk(
        pace_m_per_s=float(rng.uniform(0.7, 1.15)),
        eyes_m=eyes_m,
        comes_from=int(rng.choice([-1, 1])),
        door_x_m=float(rng.uniform(-0.36, 0.36)),
        near_x_m=near_x_m,
        near_depth_m=float(rng.uniform(1.15, 1.45)),
        leaves_to=int(np.sign(near_x_m) or 1),
    )
    if rng.random() < 0.3:
        halt = Halt(depth_m=float(rng.uniform(1.6, 3.2)), for_s=float(rng.uniform(0.8, 2.2)))
        walk = replace(walk, halt=halt)
    if rng.random() < 0.45:
        glance = Glance(
            at_s=float(rng.uniform(0.35, 0.7)) * walk.arrives_s,
            for_s=float(rng.uniform(0.8, 1.5)),
            yaw_deg=float(rng.choice([-1, 1]) * rng.uniform(45, 75)),
        )
        walk = replace(walk, glance=glance)
    return walk


def _passer_by(number: int, day: Day, rng: np.random.Generator) -> Entry:
    pace_m_per_s = float(rng.uniform(1.0, 1.6))
    way = Passing(
        pace_m_per_s=pace_m_per_s,
        eyes_m=float(rng.uniform(1.5, 1.75)),
        towards=int(rng.choice([-1, 1])),
        lasts_s=6.4 / pace_m_per_s,
    )
    begins_s = float(rng.uniform(0, day.span_s - way.lasts_s))
    return Entry(person=day.people + number, visit=0, camera=int(rng.integers(day.cameras)), begins_s=begins_s, way=way)
