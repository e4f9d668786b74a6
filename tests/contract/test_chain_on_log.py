"""A visitor of several stores, on each log there is: known everywhere, but never in two places at a time."""

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from colour_crops import BLUE, RED, START, Colour, ColourEmbedder, face_crop
from ledger_entries import merged
from matcher_process import Matcher, append, close_all, messages

from footfall.event_logs import local_log_url, open_event_log
from footfall.vector_engine import open_engine
from schemas.codec import encode
from schemas.errors import TransientError
from schemas.event_log import EventLog, Record
from schemas.messages import Phase, Sighting, Template
from schemas.topics import IDENTITY, SIGHTINGS, TEMPLATES, TOPICS

LOGS = [pytest.param("local"), pytest.param("kafka", marks=pytest.mark.needs_kafka)]


@pytest.fixture(params=LOGS)
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EventLog]:
    url = local_log_url(tmp_path / "log.db")
    if request.param == "kafka":
        server = request.getfixturevalue("kafka_url")
        url = f"{server}{'&' if '?' in server else '?'}prefix={uuid4().hex[:8]}-&session_s=6"
    with closing(open_event_log(url)) as log:
        log.create(TOPICS)
        yield log
    close_all()


@pytest.fixture(params=["the matcher", "a vector engine"])
def seen(log: EventLog, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Sighting]]:
    """Let a visitor of some colour come to a store at a minute, and return what the matcher makes of it.

    What it knows of other stores is searched by itself or by an engine.
    """
    engine = partial(open_engine, str(tmp_path / "chain.db"), ColourEmbedder.model_id)
    matcher = Matcher(log, new_chain=engine if request.param == "a vector engine" else None)

    def seen(store: str, minute: int, colour: Colour, *, shots: int = 3, phase: Phase = Phase.CONFIRMED) -> Sighting:
        crop = face_crop(minute, [colour] * shots, store=store, phase=phase)
        append(log, [crop])
        matcher.work()
        (found,) = [one for one in messages(log, SIGHTINGS) if one.event_id == crop.event_id]
        assert isinstance(found, Sighting)
        return found

    yield seen
    matcher.consumer.close()


def enrolled(colour: Colour, face_id: UUID) -> Template:
    """A picture of somebody, taken into the gallery at nobody's door."""
    return Template(
        template_id=uuid4(),
        face_id=face_id,
        store_id="",
        model_id=ColourEmbedder.model_id,
        embedding=(np.array(colour, dtype="<f4") / 100).tobytes(),
        quality=0.9,
        captured_at=START,
        event_id=uuid4(),
        source_partition=-1,
        source_offset=-1,
        enrolled=True,
    )


def test_a_visitor_of_one_store_is_known_in_another(seen: Callable[..., Sighting]):
    at_harbour = seen("harbour", 0, RED)
    assert seen("market", 10, RED).face_id == at_harbour.face_id
    assert seen("market", 11, BLUE).face_id != at_harbour.face_id


def test_from_then_on_the_store_knows_them_by_a_template_of_its_own(log: EventLog, seen: Callable[..., Sighting]):
    seen("harbour", 0, RED)
    seen("market", 10, RED)
    assert {template.store_id for template in messages(log, TEMPLATES)} == {"harbour", "market"}


def test_nobody_is_in_two_stores_within_the_way_between_them(seen: Callable[..., Sighting]):
    at_harbour = seen("harbour", 0, RED)
    assert seen("market", 2, RED).face_id != at_harbour.face_id


def test_a_first_glance_is_enough_to_know_a_visitor_of_another_store(seen: Callable[..., Sighting]):
    at_harbour = seen("harbour", 0, RED)
    assert seen("market", 10, RED, shots=1, phase=Phase.PROVISIONAL).face_id == at_harbour.face_id


def test_who_was_enrolled_is_known_at_once_in_every_store(log: EventLog, seen: Callable[..., Sighting]):
    seen("harbour", 0, BLUE)
    member = uuid4()
    template = enrolled(RED, member)
    log.append(TEMPLATES, str(template.template_id), encode(template))
    log.flush()
    assert seen("harbour", 1, RED).face_id == member
    assert seen("market", 10, RED).face_id == member


def test_whom_two_stores_know_apart_is_found_under_one_id_once_they_are_merged(
    log: EventLog, seen: Callable[..., Sighting]
):
    at_harbour, at_market = seen("harbour", 0, RED).face_id, seen("market", 1, RED).face_id
    assert at_harbour is not None
    assert at_market is not None
    assert at_market != at_harbour
    log.append(IDENTITY, str(at_harbour), encode(merged(1, at_harbour, at_market)))
    log.flush()
    assert seen("station", 20, RED).face_id == at_harbour
    assert seen("market", 21, RED).face_id == at_harbour


def test_who_was_erased_is_found_in_no_store(log: EventLog, seen: Callable[..., Sighting]):
    at_harbour = seen("harbour", 0, RED).face_id
    for template in messages(log, TEMPLATES):
        log.append(TEMPLATES, str(template.template_id), None)
    log.flush()
    assert seen("market", 10, RED).face_id != at_harbour


class BreaksOff:
    """A log whose next reading on fails behind so many records."""

    def __init__(self, log: EventLog, records: int) -> None:
        self._log = log
        self._left = records

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    def tail(self, *arguments: Any, **options: Any) -> Any:
        tail = self._log.tail(*arguments, **options)
        read = tail.read

        def read_some(**options: Any) -> Iterator[Record]:
            for record in read(**options):
                yield record
                self._left -= 1
                if self._left == 0:
                    raise TransientError("the line is down")

        tail.read = read_some  # type: ignore[method-assign]
        return tail


def test_what_was_read_of_the_ledger_counts_although_the_log_goes_away_in_the_midst(log: EventLog):
    anna, ben = uuid4(), uuid4()
    log.append(IDENTITY, str(anna), encode(merged(1, anna, ben)))
    log.flush()
    matcher = Matcher(BreaksOff(log, 1))  # type: ignore[arg-type]
    with pytest.raises(TransientError):
        matcher.state.catch_up()
    assert matcher.state.people.ledger.canonical(ben) == anna
    matcher.consumer.close()
