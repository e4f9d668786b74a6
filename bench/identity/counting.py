"""The week through matcher and analytics, read off before and after reconciliation."""

import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.identity.apart import lying_apart
from bench.identity.filming import Film
from bench.identity.scores import Appearance, Found, scored
from bench.identity.week import STORES
from footfall.config_loading import load_settings
from footfall.identity_office import Office
from footfall.matching import matching
from footfall.publisher import Publisher
from footfall.recording import new_analytics
from footfall.site import Site, open_site
from footfall.stages import Stages
from ingest.stopwatch import Stopwatch
from matcher.reconciliation.proposals import Proposal
from schemas.codec import decode
from schemas.ledger import Ledger
from schemas.messages import IdentityKind, Template
from schemas.topics import TEMPLATES
from simulator.score import appearances, assign
from simulator.truth import Truth

CHAIN = "chain"
_EVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def counted(
    pack: str,
    films: Iterable[Film],
    data_dir: Path,
    on_film: Callable[[], None],
    groups: Mapping[str, Collection[str]],
) -> dict[str, Any]:
    """Count the films, in the order of their days, and return the figures before and after reconciliation.

    ``groups`` of people are also told of apart, each over the chain and as if nobody else had come.
    """
    settings = load_settings(None, data_dir=data_dir, pack=pack)
    truths: list[Truth] = []
    with open_site(settings) as site:
        with matching(site, Stopwatch()) as matcher:
            consumers = [("matcher", matcher), ("analytics", new_analytics(site.log, site.repository, Stopwatch()))]
            with Stages(consumers, threading.Event()):
                publisher = Publisher(site.log)
                for truth, messages in films:
                    for message in messages:
                        publisher.publish(message)
                    publisher.flush()
                    truths.append(truth)
                    on_film()
        office = Office(settings=settings, log=site.log, repository=site.repository, actor="bench", reason="")
        before = _figures(site, truths)
        found = office.reconciler().look(None, lambda _number: None)
        people_of = _people_of(site, truths, site.repository.identities.ledger())
        office.desk.make(found.entries)
        again = office.reconciler().look(None, lambda _number: None)
        made = [one for one in found.entries if one.kind is IdentityKind.MERGED]
        ledger = site.repository.identities.ledger()
        shown = _appearances(site, truths, ledger)
        read = (decode(record.value) for record in site.log.replay(TEMPLATES) if record.value)
        templates = [one for one in read if isinstance(one, Template)]
        came = {person for truth in truths for person in truth.people}
        return {
            "before": before,
            "after": _figures(site, truths),
            "reconciliation": {
                "merged": len(made),
                "merged_wrongly": sum(not people_of(one.face_id) & people_of(one.other_face_id) for one in made),
                "split": len(found.entries) - len(made),
                "made_when_run_again": len(again.entries),
                "to_review": len(found.to_review),
                "to_review_right": sum(_is_right(one, people_of) for one in found.to_review),
            },
            "apart": lying_apart([(person, face_id) for _, person, face_id in shown], templates, ledger),
            "after_in_chain_by_group": {
                name: scored(_among(some, [(person, face_id) for _, person, face_id in shown]))
                for name, group in groups.items()
                if (some := frozenset(group) & came)
            },
        }


def _among(people: frozenset[str], shown: Sequence[Appearance]) -> Found:
    own = [(person, face_id) for person, face_id in shown if person in people]
    return Found(people=people, visitors=frozenset(face_id for _, face_id in own), appearances=own)


def _is_right(proposal: Proposal, people_of: Callable[[Any], set[str]]) -> bool:
    one = bool(people_of(proposal.face_id) & people_of(proposal.other_face_id))
    return one == (proposal.kind is IdentityKind.MERGED)


def _people_of(site: Site, truths: Sequence[Truth], ledger: Ledger) -> Callable[[Any], set[str]]:
    """Return what tells whom a FaceId was seen to be, as it was decided."""
    people: dict[Any, set[str]] = {}
    for _, person, face_id in _appearances(site, truths, ledger):
        people.setdefault(face_id, set()).add(person)
    return lambda face_id: people.get(face_id, set())


def _figures(site: Site, truths: Sequence[Truth]) -> dict[str, Any]:
    shown = _appearances(site, truths, site.repository.identities.ledger())
    visitors = {store: frozenset(visit.face_id for visit in site.repository.visits(store, *_EVER)) for store in STORES}
    people = {
        store: frozenset(one for truth in truths if truth.store == store for one in truth.people) for store in STORES
    }
    scopes = {store: {store} for store in STORES} | {CHAIN: set(STORES)}
    return {
        scope: scored(
            Found(
                people=frozenset().union(*(people[store] for store in stores)),
                visitors=frozenset().union(*(visitors[store] for store in stores)),
                appearances=[(person, face_id) for store, person, face_id in shown if store in stores],
            )
        )
        for scope, stores in scopes.items()
        if any(people[store] for store in stores)
    }


def _appearances(site: Site, truths: Sequence[Truth], ledger: Ledger) -> list[tuple[str, *Appearance]]:
    """Return each appearance of the week: its store, the person, and the FaceId that stands for the one decided."""
    found = []
    for store in STORES:
        sightings = [
            replace(one, face_id=who)
            for one in site.repository.confirmed_sightings(store)
            if one.face_id is not None and (who := ledger.visitor(one.sighting_id, one.face_id)) is not None
        ]
        for truth in (one for one in truths if one.store == store):
            first, last = truth.visits[0].began_at, max(visit.ended_at for visit in truth.visits)
            of_day = [one for one in sightings if first <= one.best_shot_at <= last]
            assigned = {one.sighting_id: assign(one, truth) for one in of_day}
            for visit, face_id in appearances(truth, of_day, assigned):
                found.append((store, truth.visits[visit].person, face_id))
    return found
