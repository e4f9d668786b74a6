"""What the log holds, reconciled: read here, judged by ``matcher.reconciliation``, and shown to people."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from faces.packs import Pack
from footfall.config_matcher import Matcher
from footfall.identity_desk import IdentityDesk
from matcher.policy import Policy
from matcher.reconciliation.proposals import Proposal
from matcher.reconciliation.reconcile import Reconciliation, Rules, reconcile
from schemas.codec import decode
from schemas.errors import InputError, InvalidRecord
from schemas.event_log import EventLog, Record
from schemas.ids import sighting_id
from schemas.messages import IdentityEvent, IdentityKind, Sighting, Template
from schemas.topics import SIGHTINGS, TEMPLATES, Topic

OnRecord = Callable[[int], None]
"""Is told of each record that was read, by its number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciler:
    """Looks at what a log holds. Nothing is kept between two looks: what is to review follows from log and ledger."""

    log: EventLog
    desk: IdentityDesk
    pack: Pack
    matcher: Matcher

    def records(self) -> int:
        """Return how many records are to be read at most."""
        states = filter(None, map(self.log.describe, (TEMPLATES, SIGHTINGS)))
        return sum(sum(state.ends.values()) - sum(state.begins.values()) for state in states)

    def look(self, store: str | None, on_record: OnRecord) -> Reconciliation:
        """Return what is to be made and what to be reviewed. Raises InputError for a store that has no templates."""
        templates: dict[str, Template] = {}
        sightings: list[Sighting] = []
        records = ((topic, record) for topic in (TEMPLATES, SIGHTINGS) for record in self.log.replay(topic))
        for number, (topic, record) in enumerate(records, start=1):
            message = _message(record, topic)
            if isinstance(message, Sighting):
                sightings.append(message)
            elif isinstance(message, Template) and message.model_id == self.pack.model_id:
                templates[record.key] = message
            else:
                templates.pop(record.key, None)
            on_record(number)
        stores = {template.store_id for template in templates.values()}
        if store is not None and store not in stores:
            known = ", ".join(sorted(stores)) or "none yet"
            raise InputError(f"no visitor of store {store} is known here, but of: {known}; name one with --store")
        rules = Rules(
            calibration=self.pack.calibration,
            policy=Policy(
                false_merge_budget=self.matcher.false_merge_budget,
                min_consistent_shots=self.matcher.min_consistent_shots,
            ),
            travel_time=timedelta(seconds=self.matcher.travel_s),
        )
        first = self.desk.entry(IdentityKind.CONFIRMED, UUID(int=0))  # is dated behind the ledger's last, and not made
        return reconcile(templates.values(), sightings, self.desk.ledger, rules, at=first.at, store=store)

    def make(self, entries: Sequence[IdentityEvent]) -> tuple[IdentityEvent, ...]:
        """Make what a look concluded, and return it: without what concerns anybody of whom people said something since.

        A look takes a while. What was said meanwhile counts, and an entry is dated when it is made.
        """
        before = {entry.event_id for entry in self.desk.ledger.entries}
        ledger = self.desk.read_again()
        said = [entry for entry in ledger.entries if entry.event_id not in before]
        named = {face for entry in said for face in (entry.face_id, entry.other_face_id) if face is not None}
        touched = {face for one in named for face in ledger.one_with(one)} | named
        still = [entry for entry in entries if not touched & {entry.face_id, entry.other_face_id}]
        began = self.desk.entry(IdentityKind.CONFIRMED, UUID(int=0)).at  # behind the ledger's last; not made
        made = tuple(replace(entry, at=began + timedelta(microseconds=number)) for number, entry in enumerate(still))
        self.desk.make(made)
        return made

    def accept(self, proposal: Proposal) -> IdentityEvent:
        """Make what is proposed, as the person at the desk says."""
        entry = self.desk.entry(
            proposal.kind,
            proposal.face_id,
            event_id=proposal.event_id,
            other_face_id=proposal.other_face_id,
            track_ids=proposal.track_ids,
        )
        self.desk.make([entry])
        return entry

    def refuse(self, proposal: Proposal) -> IdentityEvent:
        """Say that a proposal is wrong, so that it is never made again: two are not the same, or a split is undone."""
        if proposal.kind is IdentityKind.MERGED:
            entry = self.desk.entry(IdentityKind.NOT_THE_SAME, proposal.face_id, other_face_id=proposal.other_face_id)
            self.desk.make([entry])
            return entry
        undoing = self.desk.entry(IdentityKind.UNDONE, proposal.face_id, undoes=proposal.event_id)
        made = proposal.entry(undoing.at - timedelta(microseconds=1), actor=undoing.actor, reason=undoing.reason)
        self.desk.make([made, undoing])
        return undoing


def named(proposals: tuple[Proposal, ...], text: str) -> Proposal:
    """Return the one proposal whose id begins so. Raises InputError where there is none, or more than one."""
    digits = text.strip().lower().replace("-", "")
    found = [one for one in proposals if digits and one.event_id.hex.startswith(digits)]
    if len(found) != 1:
        many = "more than one begins so: give more digits" if found else "footfall identity review lists them"
        raise InputError(f"{text}: names no single proposal that waits for review; {many}")
    return found[0]


def proposal_json(proposal: Proposal) -> dict[str, Any]:
    """Return a proposal as programs read it."""
    return {
        "proposal_id": str(proposal.event_id),
        "kind": proposal.kind,
        "face_id": str(proposal.face_id),
        "other_face_id": str(proposal.other_face_id),
        "confidence": round(proposal.confidence, 6),
        "distance": None if proposal.distance is None else round(proposal.distance, 4),
        "sightings": [str(sighting_id(track_id)) for track_id in proposal.track_ids],
        "reason": proposal.reason,
    }


def _message(record: Record, topic: Topic) -> Any:
    try:
        return None if record.value is None else decode(record.value, topic.message)
    except InvalidRecord:
        return None  # the consumers of the topic tell of it
