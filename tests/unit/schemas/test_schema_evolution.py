"""A schema may change and the records that are there stay readable."""

import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any
from uuid import UUID

import fastavro
import pytest

from schemas.codec import Schema, SchemaSet, decode, encode, parse_schema
from schemas.errors import InvalidRecord
from schemas.messages import Coverage, CoverageState, IdentityEvent, IdentityKind

MOMENT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def definition() -> dict[str, Any]:
    return json.loads(files("schemas").joinpath("avsc", "coverage.v1.avsc").read_text())


def without(name: str) -> dict[str, Any]:
    older = definition()
    older["fields"] = [field for field in older["fields"] if field["name"] != name]
    return older


def with_default(name: str, default: object) -> dict[str, Any]:
    newer = definition()
    next(field for field in newer["fields"] if field["name"] == name)["default"] = default
    return newer


def written_under(schema: Schema, **changes: object) -> bytes:
    datum = {
        "event_id": UUID(int=1),
        "store_id": "shop",
        "camera_id": "door",
        "state": "gap",
        "began_at": MOMENT,
        "ended_at": MOMENT,
        "frames": 3,
        "dropped": 4,
        "tracks": 5,
        "usable_tracks": 6,
        "rejected": {},
        "reason": "no answer",
        **changes,
    }
    body = io.BytesIO()
    fastavro.schemaless_writer(body, schema.definition, datum)
    return b"\xc3\x01" + schema.fingerprint + body.getvalue()


EXPECTED = Coverage(
    event_id=UUID(int=1),
    store_id="shop",
    camera_id="door",
    state=CoverageState.GAP,
    began_at=MOMENT,
    ended_at=MOMENT,
    frames=3,
    dropped=4,
    tracks=5,
    usable_tracks=6,
    reason="no answer",
)


def test_an_older_record_takes_the_default_of_a_field_it_lacks():
    older = parse_schema(Coverage, 0, without("usable_tracks"))
    newer = parse_schema(Coverage, 1, with_default("usable_tracks", 6))
    assert decode(written_under(older), Coverage, SchemaSet([newer, older])) == EXPECTED


def test_an_older_record_may_hold_a_field_that_was_given_up():
    changed = definition()
    changed["fields"].insert(3, {"name": "operator", "type": "string"})
    older = parse_schema(Coverage, 0, changed)
    newer = parse_schema(Coverage, 1, definition())
    assert decode(written_under(older, operator="Anna"), Coverage, SchemaSet([newer, older])) == EXPECTED


def test_a_newer_record_is_rejected_with_a_word_about_versions():
    newer = parse_schema(Coverage, 2, with_default("usable_tracks", 0) | {"fields": definition()["fields"][:-1]})
    older = parse_schema(Coverage, 1, definition())
    with pytest.raises(InvalidRecord, match="newer program"):
        decode(written_under(newer), Coverage, SchemaSet([older]))


def test_a_field_without_default_that_the_older_record_lacks_is_a_rejection():
    older = parse_schema(Coverage, 0, without("usable_tracks"))
    newer = parse_schema(Coverage, 1, definition())
    with pytest.raises(InvalidRecord):
        decode(written_under(older), Coverage, SchemaSet([newer, older]))


def test_messages_are_written_under_the_highest_version():
    versions = [parse_schema(Coverage, version, with_default("frames", version)) for version in (2, 10, 9)]
    assert SchemaSet(versions).newest_of(Coverage).version == 10


@pytest.mark.parametrize("kind", list(IdentityKind))
@pytest.mark.parametrize("version", [1, 2, 3])
def test_who_reads_by_an_older_schema_of_the_ledger_still_reads_every_kind_it_knew(kind: IdentityKind, version: int):
    """Programs of others bring a record to the schema they know, as Avro provides."""
    older, newest = (
        json.loads(files("schemas").joinpath("avsc", f"identity_event.v{number}.avsc").read_text())
        for number in (version, 4)
    )
    symbols = next(field["type"]["symbols"] for field in older["fields"] if field["name"] == "kind")
    entry = IdentityEvent(
        event_id=UUID(int=1), kind=kind, face_id=UUID(int=2), at=MOMENT, actor="anna", reason="", visits_too=True,
        tags=("gold",),
    )  # fmt: skip
    body = io.BytesIO(encode(entry)[10:])
    if kind in symbols or version > 1:  # the first had no word for what it does not know
        read = fastavro.schemaless_reader(body, fastavro.parse_schema(newest), fastavro.parse_schema(older))
        known = kind.value if kind in symbols else "corrected"
        assert (read["kind"], read["face_id"], read["actor"]) == (known, UUID(int=2), "anna")


def test_an_entry_of_the_time_before_tags_binds_a_member_without_any():
    entry = IdentityEvent(
        event_id=UUID(int=1), kind=IdentityKind.BOUND, face_id=UUID(int=2), at=MOMENT, actor="anna", reason="",
        member_id="m-1", tags=("gold",),
    )  # fmt: skip
    older = json.loads(files("schemas").joinpath("avsc", "identity_event.v3.avsc").read_text())
    schema = parse_schema(IdentityEvent, 3, older)
    body = io.BytesIO()
    fastavro.schemaless_writer(body, schema.plain, schema.fields.plain(entry))
    assert decode(b"\xc3\x01" + schema.fingerprint + body.getvalue()) == replace(entry, tags=())
