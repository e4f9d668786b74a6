"""Messages to bytes and back."""

import json
from contextlib import suppress
from dataclasses import fields
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import decode, encode, fingerprint_of, to_json
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
from schemas.topics import TOPICS, key_of, topic_of

times = st.datetimes(timezones=st.just(UTC))
spans = st.tuples(times, times).map(sorted)
floats = st.floats(allow_nan=False, allow_infinity=False, width=32)
shares = st.floats(0, 1, width=32)
boxes = st.tuples(floats, floats, floats, floats)
counts = st.integers(0, 2**31 - 1)
ways = st.floats(0, width=32, allow_nan=False, allow_infinity=False)
tracks = st.lists(st.uuids(), max_size=3).map(tuple)
shots = st.builds(
    Shot,
    captured_at=times,
    jpeg=st.binary(max_size=200).map(lambda body: b"\xff\xd8\xff" + body),
    box=boxes,
    landmarks=st.lists(floats, min_size=10, max_size=10).map(tuple),
    quality=shares,
    liveness=st.none() | shares,
)


def spanning(message, began_at="began_at", ended_at="ended_at", **others):
    """Build messages whose two times are in order."""
    return spans.flatmap(
        lambda span: st.builds(message, **{began_at: st.just(span[0]), ended_at: st.just(span[1])}, **others)
    )


crops = spanning(
    FaceCrop,
    produced_at=times,
    detections=counts,
    shots=st.lists(shots, min_size=1, max_size=8).map(tuple),
    beside=tracks,
    moved=st.none() | ways,
)
sightings = st.sampled_from(Decision).flatmap(
    lambda decision: spanning(
        Sighting,
        decision=st.just(decision),
        face_id=st.none() if decision is Decision.REJECTED else st.uuids(),
        best_shot_at=times,
        box=boxes,
        shots=counts,
        quality=floats,
        distance=st.none() | st.floats(allow_nan=False),
        threshold=st.none() | st.floats(allow_nan=False),
        produced_at=times,
        decided_at=times,
        beside=tracks,
        moved=st.none() | ways,
        liveness=st.none() | shares,
    )
)
templates = st.builds(
    Template,
    embedding=st.lists(st.binary(min_size=4, max_size=4), min_size=1, max_size=64).map(b"".join),
    quality=floats,
    captured_at=times,
    source_partition=counts,
    source_offset=st.integers(0, 2**63 - 1),
    enrolled=st.booleans(),
)
identity_events = st.builds(
    IdentityEvent,
    at=times,
    other_face_id=st.none() | st.uuids(),
    member_id=st.none() | st.text(),
    undoes=st.none() | st.uuids(),
    track_ids=st.lists(st.uuids(), max_size=4).map(tuple),
    visits_too=st.booleans(),
    tags=st.lists(st.text(), max_size=3).map(tuple),
)
arrivals = spanning(
    Arrival, "seen_at", "expires_at", produced_at=times, tags=st.lists(st.text(), max_size=3).map(tuple)
)
coverages = spanning(
    Coverage,
    frames=counts,
    dropped=counts,
    tracks=counts,
    usable_tracks=counts,
    rejected=st.dictionaries(st.text(), counts, max_size=5),
    reason=st.text(),
)
messages = st.one_of(crops, sightings, templates, identity_events, arrivals, coverages)


@given(messages)
def test_what_is_encoded_is_decoded_as_it_was(message: Message):
    data = encode(message)
    assert decode(data) == message
    assert decode(data, type(message)) == message


@given(messages, st.data())
def test_no_beginning_of_a_message_passes_for_the_whole(message: Message, data):
    whole = encode(message)
    with pytest.raises(InvalidRecord):
        decode(whole[: data.draw(st.integers(0, len(whole) - 1))])


@pytest.mark.parametrize("name", ["face_crop", "sighting", "template", "identity_event", "arrival", "coverage"])
def test_every_beginning_of_a_released_record_is_rejected(name: str, released):
    whole = released(name)
    for length in range(len(whole)):
        with pytest.raises(InvalidRecord):
            decode(whole[:length])


@given(messages, st.binary(min_size=1, max_size=4))
def test_bytes_behind_a_message_are_rejected(message: Message, more: bytes):
    with pytest.raises(InvalidRecord, match="left over"):
        decode(encode(message) + more)


@given(st.binary(max_size=64))
def test_bytes_that_are_no_message_are_rejected_and_nothing_else_is_raised(data: bytes):
    with pytest.raises(InvalidRecord):
        decode(data)


@given(messages, st.data())
def test_a_damaged_byte_gives_another_message_or_a_rejection_but_no_crash(message: Message, data):
    damaged = bytearray(encode(message))
    damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= data.draw(st.integers(1, 255))
    with suppress(InvalidRecord):
        assert decode(bytes(damaged)) is not None


@given(messages)
def test_a_message_is_shown_as_json_with_pictures_and_embeddings_as_their_sizes(message: Message):
    shown = json.loads(json.dumps(to_json(message)))
    assert list(shown) == [field.name for field in fields(message)]
    if isinstance(message, FaceCrop):
        assert shown["shots"][0]["jpeg"] == f"{len(message.shots[0].jpeg)} bytes"
    if isinstance(message, Template):
        assert shown["embedding"] == f"{len(message.embedding)} bytes"


MOMENT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def coverage(**changes) -> Coverage:
    values = {
        "event_id": UUID(int=1),
        "store_id": "shop",
        "camera_id": "door",
        "state": CoverageState.SEEN,
        "began_at": MOMENT,
        "ended_at": MOMENT,
    }
    return Coverage(**{**values, **changes})


def test_a_value_that_the_schema_does_not_allow_is_named_when_encoding():
    with pytest.raises(InvalidRecord) as caught:
        encode(coverage(frames="many"))
    assert caught.value.field == "frames"
    assert "'many'" in caught.value.reason


def test_a_number_too_large_for_its_field_is_named_when_encoding():
    with pytest.raises(InvalidRecord) as caught:
        encode(coverage(dropped=2**40))
    assert caught.value.field == "dropped"


def test_a_value_that_the_message_does_not_allow_is_named_when_decoding():
    good = encode(coverage(ended_at=MOMENT.replace(hour=10)))
    # The two times lie next to each other: exchanged, the stretch ends before it begins.
    began, ended = encode(coverage()), encode(coverage(began_at=MOMENT.replace(hour=8), ended_at=MOMENT))
    at = next(index for index, pair in enumerate(zip(began, ended, strict=True)) if pair[0] != pair[1])
    length = len(encode(coverage())) - len(encode(coverage())[:at])
    assert length > 16
    time_bytes = 8
    swapped = good[:at] + good[at + time_bytes : at + 2 * time_bytes] + good[at : at + time_bytes]
    with pytest.raises(InvalidRecord) as caught:
        decode(swapped + good[at + 2 * time_bytes :])
    assert caught.value.field == "ended_at"


def test_the_fingerprint_is_avros_own():
    # Apache Avro, share/test/data/schema-tests.txt: the 64-bit fingerprint of "int".
    assert fingerprint_of("int") == 0x7275D51A3F395C8F.to_bytes(8, "little")


EXAMPLES: dict[str, Message] = {
    "face_crop": FaceCrop(
        event_id=UUID(int=1),
        track_id=UUID(int=2),
        store_id="shop",
        camera_id="door",
        phase=Phase.CONFIRMED,
        began_at=MOMENT,
        ended_at=MOMENT.replace(second=4, microsecond=40_000),
        detector_id="dlib-cnn/1",
        detections=21,
        shots=(
            Shot(
                captured_at=MOMENT.replace(second=2),
                jpeg=b"\xff\xd8\xff\xe0not a picture of anybody\xff\xd9",
                box=(10.5, 20.25, 96.0, 96.0),
                landmarks=(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.5),
                quality=0.75,
            ),
        ),
        produced_at=MOMENT.replace(second=5),
    ),
    "sighting": Sighting(
        sighting_id=UUID(int=3),
        event_id=UUID(int=1),
        track_id=UUID(int=2),
        store_id="shop",
        camera_id="door",
        phase=Phase.CONFIRMED,
        decision=Decision.MATCHED,
        reason="",
        face_id=UUID(int=4),
        began_at=MOMENT,
        ended_at=MOMENT.replace(second=4),
        best_shot_at=MOMENT.replace(second=2),
        box=(10.5, 20.25, 96.0, 96.0),
        shots=5,
        quality=0.75,
        distance=0.31,
        threshold=0.42,
        model_id="dlib/1",
        produced_at=MOMENT.replace(second=5),
        decided_at=MOMENT.replace(second=6),
    ),
    "template": Template(
        template_id=UUID(int=5),
        face_id=UUID(int=4),
        store_id="shop",
        model_id="dlib/1",
        embedding=bytes(range(16)),
        quality=0.75,
        captured_at=MOMENT,
        event_id=UUID(int=1),
        source_partition=3,
        source_offset=2**40,
        enrolled=True,
    ),
    "identity_event": IdentityEvent(
        event_id=UUID(int=6),
        kind=IdentityKind.MERGED,
        face_id=UUID(int=4),
        at=MOMENT,
        actor="matcher",
        reason="the same person, says 張三",
        other_face_id=UUID(int=7),
        member_id="m-1",
    ),
    "arrival": Arrival(
        arrival_id=UUID(int=8),
        sighting_id=UUID(int=3),
        store_id="shop",
        face_id=UUID(int=4),
        member_id="m-1",
        status=ArrivalStatus.PROVISIONAL,
        seen_at=MOMENT,
        expires_at=MOMENT.replace(minute=31),
        produced_at=MOMENT.replace(second=5),
    ),
    "coverage": coverage(
        state=CoverageState.GAP,
        frames=100,
        dropped=2,
        tracks=7,
        usable_tracks=6,
        rejected={"blurred": 3},
        reason="no answer",
    ),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_record_written_by_version_1_is_read_for_ever(name: str, released):
    assert decode(released(name)) == EXAMPLES[name]


@pytest.mark.parametrize("message", EXAMPLES.values(), ids=EXAMPLES)
def test_a_message_of_another_type_is_rejected_by_name(message: Message):
    for other in {type(example) for example in EXAMPLES.values()} - {type(message)}:
        with pytest.raises(InvalidRecord, match=f"{type(message).__name__} where a {other.__name__}"):
            decode(encode(message), other)


@pytest.mark.parametrize("message", EXAMPLES.values(), ids=EXAMPLES)
def test_every_message_has_a_topic_and_a_key(message: Message):
    assert topic_of(message) in TOPICS
    assert key_of(message) == str(getattr(message, topic_of(message).key_field))
