"""Arrivals from the log to the log: told before the batch is committed, and again after a crash, under one id."""

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from ledger_entries import entry
from test_visit_repository import START, face, repository, sighting

from footfall.event_logs import local_log_url, open_event_log
from footfall.publisher import Publisher
from footfall.recording import new_analytics
from ingest.stopwatch import Stopwatch
from schemas.codec import decode
from schemas.event_log import EventLog
from schemas.messages import Arrival, ArrivalStatus, IdentityKind, Message, Phase
from schemas.topics import ARRIVALS, TOPICS

ANNA = entry(1, IdentityKind.BOUND, face(1), member_id="anna")


@pytest.fixture(params=["a file", pytest.param("kafka", marks=pytest.mark.needs_kafka)])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EventLog]:
    if request.param == "a file":
        url = local_log_url(tmp_path / "log.sqlite")
    else:
        server = request.getfixturevalue("kafka_url")
        url = f"{server}{'&' if '?' in server else '?'}prefix={uuid4().hex[:8]}-"
    with closing(open_event_log(url)) as opened:
        opened.create(TOPICS)
        yield opened


class Died(Exception):
    """The process is gone."""


def publish(log: EventLog, *messages: Message) -> None:
    publisher = Publisher(log)
    for message in messages:
        publisher.publish(message)
    publisher.flush()


def told(log: EventLog) -> list[Arrival]:
    messages = [decode(record.value) for record in log.replay(ARRIVALS) if record.value is not None]
    return [one for one in messages if isinstance(one, Arrival)]


def test_a_member_is_told_of_on_the_topic_and_once_more_after_a_crash_behind_the_database(
    log: EventLog, tmp_path: Path
):
    coming_in = sighting(1, face_id=face(1), phase=Phase.PROVISIONAL)
    stranger = sighting(2, face_id=face(2))
    with repository(f"sqlite:///{tmp_path / 'visits.sqlite'}") as kept:
        kept.record([], entries=[ANNA])

        def run(*, dies: bool) -> None:
            def around(handler):
                def handle(batch):
                    stages = handler(batch)
                    if dies:
                        raise Died
                    return stages

                return handle

            now = START + timedelta(seconds=5)
            with closing(new_analytics(log, kept, Stopwatch(), now=lambda: now, around=around)) as analytics:
                analytics.drain(threading.Event())

        publish(log, coming_in, stranger)
        with pytest.raises(Died):
            run(dies=True)
        assert told(log) == []
        run(dies=False)
        (arrival,) = told(log)
        assert (arrival.member_id, arrival.status) == ("anna", ArrivalStatus.PROVISIONAL)
        publish(log, sighting(1, face_id=face(1)))
        run(dies=False)
        assert [(one.arrival_id, one.status) for one in told(log)] == [
            (arrival.arrival_id, ArrivalStatus.PROVISIONAL),
            (arrival.arrival_id, ArrivalStatus.CONFIRMED),
        ]
