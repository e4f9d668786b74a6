"""The table of all templates, beside a dict that does the same."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher import template_table
from matcher.id_index import IdIndex, folded, folded_rows
from matcher.snapshot import empty_snapshot
from matcher.template_table import TemplateTable
from schemas.messages import Template

MODEL = "colour-v1"
DIM = 3
START = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(template_table, "_BLOCK", 4)


def uid(name: object) -> UUID:
    return uuid5(UUID(int=0), str(name))


def template(number: int, *, look: int = 0, store: str = "a", partition: int = 0) -> Template:
    return Template(
        template_id=uid(number),
        face_id=uid(("face", look)),
        store_id=store,
        model_id=MODEL,
        embedding=np.array([number, look, 0.1], dtype="<f4").tobytes(),
        quality=0.5,
        captured_at=START + timedelta(seconds=number, microseconds=look),
        event_id=uid(("event", number)),
        source_partition=partition,
        source_offset=number,
        enrolled=look == 1,
    )


def new_table() -> TemplateTable:
    return TemplateTable(MODEL, empty_snapshot(MODEL, DIM, START).templates)


def found_in(table: TemplateTable, store: str) -> list[tuple[UUID, UUID, list[float]]]:
    columns = table.of_store(store)
    return list(zip(columns.ids("template_id"), columns.ids("face_id"), columns.embeddings.tolist(), strict=True))


def expected_of(templates: Sequence[Template], store: str) -> list[tuple[UUID, UUID, list[float]]]:
    return [
        (one.template_id, one.face_id, np.frombuffer(one.embedding, "<f4").tolist())
        for one in sorted(templates, key=lambda one: one.captured_at)
        if one.store_id == store
    ]


changes = st.lists(
    st.tuples(st.sampled_from(["put", "put", "remove"]), st.integers(0, 11), st.integers(0, 2), st.sampled_from("ab")),
    max_size=60,
)


@given(changes)
def test_after_any_changes_it_holds_what_a_dict_would(changes):
    table, expected = new_table(), {}
    for verb, number, look, store in changes:
        if verb == "put":
            one = template(number, look=look, store=store)
            table.put(one)
            expected[number] = one
        else:
            removed = expected.pop(number, None)
            assert table.remove(uid(number)) == (removed.store_id if removed else None)
    assert len(table) == len(expected)
    assert table.since(0, 5) == sorted(
        (one for number, one in expected.items() if number >= 5), key=lambda one: one.captured_at
    )
    for store in "ab":
        assert found_in(table, store) == expected_of(list(expected.values()), store)


def test_what_is_removed_leaves_nothing_in_memory():
    table = new_table()
    table.put(template(7))
    table.remove(uid(7))
    rows, embeddings, _ = table.blocks()
    assert not any(block.tobytes().strip(b"\0") for block in rows)
    assert not embeddings[0].any()


def test_templates_of_another_partition_are_not_in_doubt():
    table = new_table()
    table.put(template(3, partition=1))
    assert table.since(0, 0) == []
    assert table.since(1, 4) == []
    assert table.since(1, 3) == [template(3, partition=1)]


ids = st.integers(0, 40).map(uid)


@given(st.lists(st.tuples(ids, st.integers(0, 100) | st.none()), max_size=60), st.integers(0, 100))
def test_an_index_of_ids_answers_like_a_dict(steps, least):
    index, expected = IdIndex(), {}
    for number, (identity, value) in enumerate(steps):
        if value is None:
            index.discard(folded(identity))
            expected.pop(identity, None)
        else:
            index.put(folded(identity), value)
            expected[identity] = value
        if number % 7 == 0:
            index.items()
    assert {identity: index.get(folded(identity)) for identity in map(uid, range(41))} == {
        identity: expected.get(identity) for identity in map(uid, range(41))
    }
    index.forget_below(least)
    assert sorted(index.items()[1].tolist()) == sorted(value for value in expected.values() if value >= least)


def test_ids_are_folded_alike_one_by_one_and_all_at_once():
    some = [uid(number) for number in range(20)]
    rows = np.array([np.void(identity.bytes) for identity in some], dtype="V16")
    assert folded_rows(rows).tolist() == [folded(identity) for identity in some]


def test_what_an_entry_of_the_ledger_concerns_is_found_by_face_and_by_event():
    table = new_table()
    for number in range(10):
        table.put(template(number, look=number % 3))
    found = table.concerned([uid(("face", 2))], [uid(("event", 0)), uid(("event", 99))])
    assert found.ids("template_id") == [uid(0), uid(2), uid(5), uid(8)]
    assert (table.store_of(uid(0)), table.store_of(uid(99))) == ("a", None)
