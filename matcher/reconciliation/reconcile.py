"""Reconciliation: what the matcher decided track by track, looked at again all together. Pure.

People are clustered by their templates, first within each store, then over the chain. Two FaceIds of one person become
one; a template that lies with somebody else is parted from its FaceId, and so is whoever was beside that FaceId in one
picture. Each is a proposal with the confidence that it is right. For looks that is the chance that among all whom a
FaceId was compared with no stranger would come as near (``likeness``), and the less sure of both sides counts. What the
budget of false merges allows is made; what comes near it is left for people to decide.

In a chain everybody is looked at twice, within a store and over all. So each look has half of the budget: of people who
come to one store the budget at most are merged wrongly by both.

Every entry has an id that follows from whom it is about. So the same input gives the same entries, a second time finds
nothing to do, and what people have taken back, or declared not the same, is never proposed again.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from faces.calibration import Calibration
from matcher.policy import Policy
from matcher.reconciliation.encounters import Encounters
from matcher.reconciliation.everybody import Everybody
from matcher.reconciliation.likeness import Likeness
from matcher.reconciliation.proposals import ACTOR, Proposal, parting
from schemas.ledger import Ledger
from schemas.messages import IdentityEvent, Sighting, Template


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """By what is reconciled. Nobody gets from one store to another within ``travel_time``."""

    calibration: Calibration
    policy: Policy
    travel_time: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """What is sure enough, as entries of the ledger in their order, and what people are to decide, the surest first."""

    entries: tuple[IdentityEvent, ...]
    to_review: tuple[Proposal, ...]


def reconcile(
    templates: Iterable[Template],
    sightings: Iterable[Sighting],
    ledger: Ledger,
    rules: Rules,
    *,
    at: datetime,
    store: str | None = None,
) -> Reconciliation:
    """Reconcile templates of one model, and the sightings as far as they are known; any order, any of them twice.

    ``at`` dates the first entry and lies behind the ledger's last. With ``store`` only that store is looked at.
    """
    known = sorted({one.template_id: one for one in templates}.values(), key=lambda one: one.template_id)
    vectors = np.array([np.frombuffer(one.embedding, dtype="<f4") for one in known], dtype=np.float32)
    seen = tuple(sightings)
    entries: list[IdentityEvent] = []
    while True:
        people = Everybody(known, Encounters(seen, ledger, rules.travel_time), ledger)
        looks = 2 if len(people.stores()) > 1 else 1
        bar = 1.0 - rules.policy.false_merge_budget / looks
        sure, unsure = _first_sure(_stages(people, vectors, rules, store), ledger, bar)
        if not sure:
            return Reconciliation(entries=tuple(entries), to_review=tuple(unsure))
        for proposal in _about_different_people(sure):
            moment = at + timedelta(microseconds=len(entries))
            entries.append(proposal.entry(moment, actor=ACTOR, reason=proposal.reason))
        ledger = ledger.with_more(entries)


def _stages(
    people: Everybody, vectors: NDArray[np.float32], rules: Rules, store: str | None
) -> Iterator[Iterable[Proposal]]:
    """Yield what is to be done one after the other: what one stage makes sure changes what the next would find."""
    yield _beside_themselves(people, store)
    for scope in [store] if store else [*people.stores(), None]:
        rows = people.within(scope)
        if len(rows) > 1:
            alike = Likeness(
                people, vectors, rows, within="the chain" if scope is None else f"store {scope}",
                policy=rules.policy, calibration=rules.calibration,
            )  # fmt: skip
            yield alike.strays()
            yield alike.merges()


def _first_sure(
    stages: Iterable[Iterable[Proposal]], ledger: Ledger, bar: float
) -> tuple[Sequence[Proposal], Sequence[Proposal]]:
    """Return what is sure in the first stage where anything is; else nothing, and what is unsure in all of them."""
    unsure: dict[UUID, Proposal] = {}
    for stage in stages:
        found = _surest_first(one for one in stage if ledger.entry(one.event_id) is None)
        if sure := [one for one in found if one.confidence >= bar]:
            return sure, ()
        unsure |= {one.event_id: one for one in found if one.event_id not in unsure}
    return (), _surest_first(unsure.values())


def _surest_first(proposals: Iterable[Proposal]) -> list[Proposal]:
    return sorted(proposals, key=lambda one: (-one.confidence, one.event_id))


def _about_different_people(proposals: Iterable[Proposal]) -> Iterator[Proposal]:
    """Yield proposals of which no two touch one person: whoever changes is judged anew first."""
    touched: set[UUID] = set()
    for one in proposals:
        if not touched & {one.face_id, one.other_face_id}:
            touched |= {one.face_id, one.other_face_id}
            yield one


def _beside_themselves(people: Everybody, store: str | None) -> Iterator[Proposal]:
    """Yield the parting of whoever was seen twice in one picture: that two faces are two people is certain."""
    for face_id in people.met.people():
        for sightings in people.met.beside_themselves(face_id, people.settled):
            if store is None or all(one.store_id == store for one in sightings):
                tracks = tuple(sorted(one.track_id for one in sightings))
                yield parting(face_id, tracks, confidence=1.0, why="in one picture with its own FaceId")
