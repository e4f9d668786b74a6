"""What is found in the chain, however what was concluded here, what the log brings and the ledger come in between."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from ledger_entries import ledgers

from matcher.gallery import Vector, filled
from matcher.numpy_gallery import NumpyGallery
from matcher.population import Population
from matcher.snapshot import empty_snapshot
from matcher.template_table import TemplateTable
from schemas.ledger import Ledger
from schemas.messages import IdentityEvent, Template

MODEL = "colour-v1"
DIM = 3
START = datetime(2026, 5, 5, 9, tzinfo=UTC)
FACES = [uuid5(UUID(int=0), f"face {number}") for number in range(3)]


def template(number: int, look: int = 0) -> Template:
    return Template(
        template_id=uuid5(UUID(int=1), str(number)),
        face_id=FACES[number % len(FACES)],
        store_id=f"store-{number % 2}",
        model_id=MODEL,
        embedding=np.array([number, look, 0.5], dtype="<f4").tobytes(),
        quality=0.5,
        captured_at=START + timedelta(seconds=number),
        event_id=uuid5(UUID(int=2), str(number)),
        source_partition=0,
        source_offset=number,
    )


class CountingGallery(NumpyGallery):
    """The reference, and how often something was put into it."""

    def __init__(self) -> None:
        super().__init__()
        self.added = 0

    def add(self, template_id: UUID, face_id: UUID, embedding: Vector) -> None:
        self.added += 1
        super().add(template_id, face_id, embedding)


def nobody_yet(chain: NumpyGallery) -> Population:
    return Population(
        TemplateTable(MODEL, empty_snapshot(MODEL, DIM, START).templates),
        Ledger(),
        new_gallery=NumpyGallery,
        new_chain=lambda known: filled(chain, known),
        held=lambda _store_id: (),
        travel=timedelta(minutes=3),
    )


def found(chain: NumpyGallery) -> dict[UUID, list[list[float]]]:
    return {face_id: sorted(map(list, chain.templates_of(face_id))) for face_id in faces_in(chain)}


def faces_in(chain: NumpyGallery) -> list[UUID]:
    (nearest,) = chain.search(np.zeros((1, DIM), np.float32), k=100)
    return sorted(candidate.face_id for candidate in nearest)


@given(data=st.data())
def test_what_was_expected_ends_as_if_the_log_alone_had_told_it(data: st.DataObject):
    entries: list[IdentityEvent] = data.draw(ledgers(FACES, [UUID(int=3)]))
    told = [template(number, data.draw(st.integers(0, 1))) for number in range(4)]
    expected = data.draw(st.lists(st.sampled_from([template(number) for number in range(4)]), unique_by=id, max_size=4))
    steps = data.draw(st.permutations([*told, *expected, *([1] * len(entries))]))
    chain, of_the_log = NumpyGallery(), NumpyGallery()
    here, there = nobody_yet(chain), nobody_yet(of_the_log)
    taken, left = set(), list(entries)
    made_at = data.draw(st.integers(0, len(steps)))
    for number, step in enumerate(steps):
        if number == made_at:
            assert here.chain is chain
        if isinstance(step, int):
            here.enter([left.pop(0)])
        elif any(step is one for one in told):
            here.take(step)
            taken.add(step.template_id)
        elif step.template_id not in taken:  # it is settled otherwise
            here.expect([step], [])
    for one in told:
        there.take(one)
    there.enter(entries)
    assert (here.chain, there.chain) == (chain, of_the_log)
    assert found(chain) == found(of_the_log)


def test_a_template_that_was_expected_is_put_into_the_chain_once():
    chain = CountingGallery()
    people = nobody_yet(chain)
    people.expect([template(1)], [])
    people.take(template(1))
    assert chain.added == 1
    assert len(people) == 1


def test_a_template_that_was_expected_and_never_came_is_gone_and_taken_when_it_comes_after_all():
    chain = CountingGallery()
    people = nobody_yet(chain)
    people.expect([template(1)], [])
    people.take_back([template(1)])
    assert len(chain) == 0
    people.take(template(1))
    assert len(chain) == 1
