"""What a run came to, and what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.chaos.verdict import Delivery, Stored, delivery, differences
from bench.chaos.world import Event

Letters = set[tuple[str, str, bytes | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run came to. ``wrong`` are sentences; none of them, and all is well."""

    seconds: float
    faults: dict[str, int]
    delivery: Delivery
    poison: int
    dead_letters: int
    stored: Stored
    undisturbed: Stored
    wrong: tuple[str, ...]
    small_disks: bool

    @property
    def kills(self) -> int:
        """How many processes of ours were killed with -9."""
        return sum(count for kind, count in self.faults.items() if kind.startswith("kill_"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What there was at the end: the database, the ids of the accepted events, and what is poison and dead.

    Poisoned records and dead letters are given by topic, key and bytes: a dead letter may be there twice.
    """

    stored: Stored
    accepted: set[str]
    poison: Letters
    dead_letters: Letters


def judged(
    found: Found,
    events: Sequence[Event],
    undisturbed: Stored,
    wrong: Sequence[str],
    *,
    seconds: float,
    faults: Mapping[str, int],
    small_disks: bool,
) -> Outcome:
    """Hold what there was against what should be; ``wrong`` is what is known to be wrong before."""
    delivered = delivery(events, found.accepted, found.stored)
    said = [*wrong]
    said += [f"{len(events) - delivered.accepted} events were never accepted"] * (delivered.accepted < len(events))
    said += [f"lost: {what}" for what in delivered.lost]
    said += [f"{delivered.duplicated} rows of an event that has one"] * bool(delivered.duplicated)
    said += [f"a dead letter that was no poison: {topic} {key}" for topic, key, _ in found.dead_letters - found.poison]
    said += [f"poison that is no dead letter: {topic} {key}" for topic, key, _ in found.poison - found.dead_letters]
    said += differences(found.stored, undisturbed)
    return Outcome(
        seconds=seconds,
        faults=dict(faults),
        delivery=delivered,
        poison=len(found.poison),
        dead_letters=len(found.dead_letters),
        stored=found.stored,
        undisturbed=undisturbed,
        wrong=tuple(said),
        small_disks=small_disks,
    )
