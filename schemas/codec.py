"""Messages to bytes and back, in this module alone.

On the wire a message is an Avro *single object*: the two bytes C3 01, the 64-bit fingerprint of the schema that wrote
it, and the Avro body. The fingerprint names type and version: every ``avsc/<message>.v<N>.avsc`` ever released is kept,
the highest N is written, and the older ones are still read, a field they lack taking its default from the newest.
"""

import io
import json
import struct
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, cast

import fastavro
from fastavro.read import SchemaResolutionError
from fastavro.validation import ValidationError, validate

from schemas.errors import InvalidRecord
from schemas.messages import (
    Arrival,
    ArrivalStatus,
    Coverage,
    CoverageState,
    Decision,
    FaceCrop,
    IdentityEvent,
    IdentityKind,
    Message,
    Phase,
    Shot,
    Sighting,
    Template,
)
from schemas.plain_values import PlainFields, without_logical_types

_MAGIC = b"\xc3\x01"
_HEADER_BYTES = 10
_STEM: dict[type, str] = {
    FaceCrop: "face_crop",
    Sighting: "sighting",
    Template: "template",
    IdentityEvent: "identity_event",
    Arrival: "arrival",
    Coverage: "coverage",
}
_ENUMS: dict[str, type[StrEnum]] = {
    "phase": Phase,
    "decision": Decision,
    "state": CoverageState,
    "kind": IdentityKind,
    "status": ArrivalStatus,
}


@dataclass(frozen=True, slots=True)
class Schema:
    """One released version of a message's schema. ``fingerprint`` is CRC-64-AVRO of its canonical form.

    ``plain`` is the definition without logical types, by which bytes are written and read, and ``fields`` what turns a
    message into plain values and back.
    """

    message: type
    version: int
    definition: Any
    fingerprint: bytes
    plain: Any
    fields: PlainFields


class SchemaSet:
    """Schemas by the fingerprint that names them on the wire, and the newest of each message."""

    def __init__(self, schemas: Iterable[Schema]) -> None:
        by_version = sorted(schemas, key=lambda schema: schema.version)
        self._by_fingerprint = {schema.fingerprint: schema for schema in by_version}
        self._newest = {schema.message: schema for schema in by_version}

    def newest_of(self, message: type) -> Schema:
        """Return the schema under which messages of a type are written and to which older records are brought."""
        if message not in self._newest:
            raise InvalidRecord(f"{message.__name__} is not a message of the log", "schema")
        return self._newest[message]

    def writer_of(self, data: bytes) -> Schema:
        """Return the schema that wrote a record; raise InvalidRecord for bytes that name none of ours."""
        if len(data) < _HEADER_BYTES or data[:2] != _MAGIC:
            raise InvalidRecord("does not begin as an Avro single object (C3 01, fingerprint)", "magic")
        schema = self._by_fingerprint.get(data[2:_HEADER_BYTES])
        if schema is None:
            raise InvalidRecord(
                f"unknown type or version (fingerprint {data[2:_HEADER_BYTES].hex()}): "
                "written by a newer program, or not by this one",
                "schema",
            )
        return schema


def parse_schema(message: type, version: int, definition: Any) -> Schema:
    """Return a schema from its definition, the content of an ``.avsc`` file."""
    return Schema(
        message=message,
        version=version,
        definition=fastavro.parse_schema(definition),
        fingerprint=fingerprint_of(definition),
        plain=fastavro.parse_schema(without_logical_types(definition)),
        fields=PlainFields(definition, _ENUMS, {"Shot": Shot}),
    )


def fingerprint_of(definition: Any) -> bytes:
    """Return the CRC-64-AVRO of a schema's canonical form, in the order of the wire."""
    canonical = fastavro.schema.to_parsing_canonical_form(definition)
    # fastavro prints the fingerprint's bytes in that little-endian order.
    return bytes.fromhex(fastavro.schema.fingerprint(canonical, "CRC-64-AVRO"))


@cache
def released_schemas() -> SchemaSet:
    """Return every schema ever released."""
    found = []
    for message, stem in _STEM.items():
        for path in files("schemas").joinpath("avsc").iterdir():
            name, _, version = path.name.removesuffix(".avsc").rpartition(".v")
            if name == stem:
                found.append(parse_schema(message, int(version), json.loads(path.read_text(encoding="utf-8"))))
    return SchemaSet(found)


def encode(message: Message) -> bytes:
    """Return the bytes of a message under the newest schema of its type.

    Raises InvalidRecord naming the field whose value the schema does not allow.
    """
    schema = released_schemas().newest_of(type(message))
    try:
        datum = schema.fields.plain(message)
    except (AttributeError, TypeError, ValueError) as error:
        raise _fault(type(message), schema, _shown(message)) from error
    # Writing alone would let pass what other readers of the topic cannot read, such as 2**40 in an int.
    if not validate(datum, schema.plain, raise_errors=False, strict=True):
        raise _fault(type(message), schema, _shown(message))
    body = io.BytesIO()
    body.write(_MAGIC + schema.fingerprint)
    try:
        fastavro.schemaless_writer(body, schema.plain, datum)
    except (ValueError, OverflowError, struct.error) as error:
        raise InvalidRecord(str(error), type(message).__name__) from error
    return body.getvalue()


def decode(data: bytes, expected: type | None = None, schemas: SchemaSet | None = None) -> Message:
    """Return the message in ``data``; with ``expected``, only a message of that type.

    ``schemas`` are those a record may be written under; by default, all that were released.
    Raises InvalidRecord for anything that is not a whole message of a known type and version, with the offending field.
    """
    schemas = schemas or released_schemas()
    writer = schemas.writer_of(data)
    if expected is not None and writer.message is not expected:
        raise InvalidRecord(f"is a {writer.message.__name__} where a {expected.__name__} belongs", "schema")
    reader = schemas.newest_of(writer.message)
    body = io.BytesIO(data[_HEADER_BYTES:])
    try:
        datum = cast("dict[str, Any]", fastavro.schemaless_reader(body, writer.plain, reader.plain))
        values = reader.fields.typed(datum)
    except SchemaResolutionError as error:
        raise InvalidRecord(f"written under version {writer.version}: {error}", writer.message.__name__) from error
    except (EOFError, ValueError, IndexError, KeyError, TypeError, OverflowError, struct.error, MemoryError) as error:
        raise InvalidRecord(f"cut short or damaged ({type(error).__name__})", writer.message.__name__) from error
    if body.read(1):
        raise InvalidRecord("bytes left over behind the message", writer.message.__name__)
    return cast("Message", writer.message(**values))


def to_json(message: Message) -> dict[str, Any]:
    """Return a message as JSON-ready values, for people who look: JPEGs and embeddings as their sizes."""
    return {name: _readable(value) for name, value in _shown(message).items()}


def _fault(message: type, schema: Schema, datum: Any) -> InvalidRecord:
    """Return what a schema does not allow in a datum. To be told in words takes five times as long as yes or no."""
    try:
        validate(datum, schema.definition, strict=True)
    except ValidationError as error:
        fault = error.errors[0]
        reason = f"is {fault.datum!r:.60}, where the schema says {fault.schema}"
        return InvalidRecord(reason, str(fault.field).removeprefix(f"footfall.{message.__name__}."))
    return InvalidRecord("is not what the schema says", message.__name__)


def _shown(message: Any) -> dict[str, Any]:
    shown = {}
    for item in fields(message):
        value = getattr(message, item.name)
        if isinstance(value, tuple):
            value = [_shown(shot) for shot in value] if item.name == "shots" else list(value)
        elif isinstance(value, StrEnum):
            value = value.value
        shown[item.name] = value
    return shown


def _readable(value: Any) -> Any:
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        return [_readable(item) for item in value]
    if isinstance(value, dict):
        return {name: _readable(item) for name, item in value.items()}
    return value if isinstance(value, (int, float, str, bool, type(None))) else str(value)
