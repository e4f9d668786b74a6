"""Values of messages as plain Avro values and back: text for a UUID, microseconds for a moment.

fastavro does this too, but looks up for every value what its logical type is: for a sighting that took longer than all
the rest. Here a schema is looked through once.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from operator import attrgetter
from typing import Any, TypeAlias
from uuid import UUID

from schemas.errors import InvalidRecord

Convert: TypeAlias = Callable[[Any], Any]
_Fields: TypeAlias = Sequence[tuple[str, Convert]]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class PlainFields:
    """The fields of a record as its definition, parsed or not, has them.

    ``enums`` gives the enumeration of a field by its name, ``records`` what is made of a record within the record, by
    that one's name.
    """

    def __init__(
        self, definition: Any, enums: Mapping[str, type[StrEnum]], records: Mapping[str, Callable[..., Any]]
    ) -> None:
        self._enums = enums
        self._records = records
        names = [field["name"] for field in definition["fields"]]
        self._names = tuple(names)
        self._values: Callable[[Any], tuple[Any, ...]] = attrgetter(*names)
        kinds = [(field["name"], field["type"]) for field in definition["fields"]]
        self._writers = _given((name, self._writer(kind)) for name, kind in kinds)
        self._readers = _given((name, self._reader(kind, name)) for name, kind in kinds)

    def plain(self, message: Any) -> dict[str, Any]:
        """Return the plain values of a message. Raises AttributeError or TypeError for what is of another type."""
        values = dict(zip(self._names, self._values(message), strict=True))
        return _converted(values, self._writers)

    def typed(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return plain values as a message has them, in the same dict. Raises ValueError, OverflowError, KeyError."""
        return _converted(values, self._readers)

    def _writer(self, kind: Any) -> Convert | None:
        kind = _besides_null(kind)
        if not isinstance(kind, dict):
            return None
        if kind["type"] == "array":
            item = self._writer(kind["items"])
            return list if item is None else lambda values: [item(value) for value in values]
        if kind["type"] == "record":
            return PlainFields(kind, self._enums, self._records).plain
        return _WRITERS.get(kind.get("logicalType", ""))

    def _reader(self, kind: Any, name: str) -> Convert | None:
        kind = _besides_null(kind)
        if not isinstance(kind, dict):
            return None
        if kind["type"] == "array":
            item = self._reader(kind["items"], name)
            return tuple if item is None else _each(item, name)
        if kind["type"] == "record":
            fields, make = PlainFields(kind, self._enums, self._records), self._records[_short(kind["name"])]
            return lambda values: make(**fields.typed(values))
        if kind["type"] == "enum":
            return {member.value: member for member in self._enums[name]}.__getitem__
        return _READERS.get(kind.get("logicalType", ""))


def without_logical_types(definition: Any) -> Any:
    """Return a schema's definition as if it said nothing of logical types: the bytes are the same."""
    if isinstance(definition, dict):
        return {name: without_logical_types(part) for name, part in definition.items() if name != "logicalType"}
    return [without_logical_types(part) for part in definition] if isinstance(definition, list) else definition


def _converted(values: dict[str, Any], conversions: _Fields) -> dict[str, Any]:
    for name, convert in conversions:
        value = values[name]
        if value is not None:
            values[name] = convert(value)
    return values


def _given(found: Any) -> _Fields:
    return tuple((name, convert) for name, convert in found if convert is not None)


def _besides_null(kind: Any) -> Any:
    """Return what a value that may be missing is otherwise; our unions have no more to them."""
    return next(one for one in kind if one != "null") if isinstance(kind, list) else kind


def _each(item: Convert, name: str) -> Convert:
    def convert(values: Sequence[Any]) -> tuple[Any, ...]:
        found = []
        for index, value in enumerate(values):
            try:
                found.append(item(value))
            except InvalidRecord as error:
                raise InvalidRecord(error.reason, f"{name}[{index}].{error.field}") from error
        return tuple(found)

    return convert


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


_WRITERS: dict[str, Convert] = {"uuid": UUID.__str__, "timestamp-micros": _microseconds}
_READERS: dict[str, Convert] = {"uuid": UUID, "timestamp-micros": _moment}
