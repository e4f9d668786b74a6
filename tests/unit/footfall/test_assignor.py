"""Partitions of one number belong to one member, each member has its share of every topic, and nobody is cut short."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.protocol.consumer.metadata import ConsumerProtocolSubscription

from footfall.kafka_log.assignor import StoresTogetherAssignor

TOPICS = ("coverage", "sightings")
LEDGER = "identity"
PARTITIONS = 12


class Cluster:
    """What the client knows of its brokers."""

    def topics(self) -> set[str]:
        return {*TOPICS, LEDGER}

    def partitions_for_topic(self, topic: str) -> set[int]:
        return set(range(1 if topic == LEDGER else PARTITIONS))


@dataclass
class Member:
    member_id: str
    owned: set[tuple[str, int]] = field(default_factory=set)

    @property
    def metadata(self) -> ConsumerProtocolSubscription:
        partition = ConsumerProtocolSubscription.TopicPartition
        owned = [
            partition(topic=topic, partitions=sorted(n for name, n in self.owned if name == topic))
            for topic in (*TOPICS, LEDGER)
            if any(name == topic for name, _ in self.owned)
        ]
        metadata = ConsumerProtocolSubscription(
            version=1, topics=[*TOPICS, LEDGER], user_data=b"", owned_partitions=owned
        )
        metadata.generation_id = 1
        return metadata


def rebalanced(members: list[Member]) -> int:
    """Share out until nothing moves any more; return the rounds it took. What a member is given, nobody else owns."""
    for rounds in range(1, 6):
        before = [set(member.owned) for member in members]
        assigned = StoresTogetherAssignor().assign(Cluster(), members)
        for member in members:
            given_now = {(one.topic, one.partition) for one in assigned[member.member_id].partitions()}
            others = {one for other, owned in zip(members, before, strict=True) if other is not member for one in owned}
            assert not given_now & others
            member.owned = given_now
        if before == [member.owned for member in members]:
            return rounds
    raise AssertionError("it does not settle")


def shares(members: list[Member]) -> list[dict[str, int]]:
    return [{topic: sum(name == topic for name, _ in member.owned) for topic in TOPICS} for member in members]


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_each_member_has_its_share_of_every_topic(number: int):
    members = [Member(f"member-{one}") for one in range(number)]
    rebalanced(members[:1])
    rebalanced(members)
    for share in shares(members):
        assert share == dict.fromkeys(TOPICS, PARTITIONS // number)
    for member in members:
        assert {n for name, n in member.owned if name == "coverage"} == {n for _, n in member.owned}


def test_a_member_that_comes_back_finds_the_others_with_what_they_had():
    members = [Member("one"), Member("two"), Member("three")]
    rebalanced(members)
    kept = [set(member.owned) for member in members[:2]]
    rebalanced(members[:2])
    assert all(before <= member.owned for before, member in zip(kept, members, strict=False))
    assert {one for member in members[:2] for one in member.owned} == {
        (LEDGER, 0),
        *((t, n) for t in TOPICS for n in range(PARTITIONS)),
    }


@given(st.lists(st.sampled_from([0, 1, 2, None]), min_size=24, max_size=24))
def test_however_partitions_lie_they_end_together_and_evenly(owners: list[int | None]):
    members = [Member(f"member-{one}") for one in range(3)]
    for place, owner in zip([(t, n) for t in TOPICS for n in range(PARTITIONS)], owners, strict=True):
        if owner is not None:
            members[owner].owned.add(place)
    rebalanced(members)
    assert shares(members) == [dict.fromkeys(TOPICS, 4)] * 3


def test_the_one_partition_of_the_ledger_belongs_to_whoever_has_the_first_of_the_others():
    members = [Member("one"), Member("two")]
    rebalanced(members)
    (owner,) = [member for member in members if (LEDGER, 0) in member.owned]
    assert ("sightings", 0) in owner.owned
    assert {n for member in members for name, n in member.owned if name == LEDGER} == {0}
