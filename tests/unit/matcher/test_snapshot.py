"""Snapshots: what is written is read, and what is not what was written is refused."""

import hashlib
import io
import json
from datetime import UTC, datetime
from uuid import UUID, uuid5

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_entries import merged, split

from matcher.snapshot import Frozen, Settled, Snapshot, SnapshotRefused, empty_snapshot, read_snapshot
from matcher.template_table import TemplateTable
from schemas.ledger import Ledger
from schemas.messages import Template

MODEL = "colour-v1"
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def template(number: int) -> Template:
    return Template(
        template_id=uuid5(UUID(int=1), str(number)),
        face_id=uuid5(UUID(int=2), str(number)),
        store_id=f"store {number % 2}",
        model_id=MODEL,
        embedding=np.array([number, 1, 2], dtype="<f4").tobytes(),
        quality=0.5,
        captured_at=NOW,
        event_id=uuid5(UUID(int=3), str(number)),
        source_partition=number % 3,
        source_offset=number,
    )


LEDGER = Ledger([merged(1, UUID(int=5), UUID(int=6)), split(2, UUID(int=5), UUID(int=7))])


def written(templates: int, removed: int = 0, ledger: Ledger = LEDGER) -> bytes:
    table = TemplateTable(MODEL, empty_snapshot(MODEL, 3, NOW).templates)
    for number in range(templates):
        table.put(template(number))
    for number in range(removed):
        table.remove(template(number).template_id)
    rows, embeddings, stores = table.blocks()
    frozen = Frozen(
        model_id=MODEL,
        dim=3,
        taken_at=NOW,
        rows=rows,
        embeddings=embeddings,
        stores=stores,
        templates_at={0: templates, 4: 2},
        settled={7: Settled(offset=9, keys=np.array([3, 5], np.uint64), values=np.array([8, 2], np.int64))},
        ledger=ledger,
        identity_at={0: 11},
    )
    return b"".join(frozen.pieces())


WHOLE = written(5, removed=1)


def read(data: bytes, model_id: str = MODEL) -> Snapshot:
    return read_snapshot(io.BytesIO(data), len(data), model_id=model_id)


def test_what_is_written_is_read():
    snapshot = read(WHOLE)
    assert (snapshot.model_id, snapshot.taken_at, snapshot.templates_at) == (MODEL, NOW, {0: 5, 4: 2})
    table = TemplateTable(MODEL, snapshot.templates)
    assert [table.since(partition, 0) for partition in range(3)] == [
        [template(3)],
        [template(1), template(4)],
        [template(2)],
    ]
    (settled,) = snapshot.settled.values()
    assert (settled.offset, settled.keys.tolist(), settled.values.tolist()) == (9, [3, 5], [8, 2])
    assert (snapshot.ledger, snapshot.identity_at) == (LEDGER, {0: 11})


def test_a_snapshot_of_a_program_that_did_not_follow_the_ledger_is_read_and_the_ledger_is_not():
    whole = written(2, ledger=Ledger())
    length = int.from_bytes(whole[8:12], "little")
    header = json.loads(whole[12 : 12 + length])
    del header["identity_at"], header["entries"]
    older = json.dumps(header).encode()
    data = whole[:8] + len(older).to_bytes(4, "little") + older + whole[12 + length : -32]
    snapshot = read(data + hashlib.sha256(data).digest())
    assert (len(snapshot.templates.rows), snapshot.ledger, snapshot.identity_at) == (2, Ledger(), {})


def test_a_snapshot_of_nothing_is_one_too():
    assert len(read(written(0)).templates.rows) == 0


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 7))
def test_a_snapshot_with_any_bit_flipped_is_refused(place, bit):
    damaged = bytearray(WHOLE)
    damaged[place] ^= 1 << bit
    with pytest.raises(SnapshotRefused):
        read(bytes(damaged))


@given(st.integers(0, len(WHOLE) - 1))
def test_a_snapshot_cut_short_anywhere_is_refused(length):
    with pytest.raises(SnapshotRefused):
        read(WHOLE[:length])


@given(st.binary(min_size=1, max_size=200))
def test_a_snapshot_with_something_behind_it_is_refused(more):
    with pytest.raises(SnapshotRefused):
        read(WHOLE + more)


@given(st.binary(max_size=300))
def test_bytes_that_are_no_snapshot_are_refused(data):
    with pytest.raises(SnapshotRefused):
        read(b"FFMATCH1" + data)


def test_a_snapshot_of_another_model_is_refused_by_name():
    with pytest.raises(SnapshotRefused, match="of the model colour-v1, not of shape-v2"):
        read(WHOLE, "shape-v2")
