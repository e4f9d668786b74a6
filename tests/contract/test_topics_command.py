"""``footfall topics`` on both logs, as a user types it."""

import json
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from footfall_process import Ended, footfall
from services import KafkaBroker, free_port

from footfall.event_logs import local_log_url, open_event_log
from footfall.exit_codes import ExitCode
from footfall.publisher import Publisher
from schemas.messages import Coverage, CoverageState
from schemas.topics import COVERAGE, CROPS, TOPICS, Topic

MOMENT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@pytest.fixture(params=[pytest.param("local"), pytest.param("kafka", marks=pytest.mark.needs_kafka)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "local":
        return local_log_url(tmp_path / "log.sqlite")
    server = request.getfixturevalue("kafka_url")
    return f"{server}{'&' if '?' in server else '?'}prefix={uuid4().hex[:8]}-"


@pytest.fixture
def topics(url: str) -> Callable[..., Ended]:
    return lambda *arguments: footfall("topics", *arguments, "--log", url)


def test_topics_are_made_once_and_described(topics: Callable[..., Ended]):
    assert "Made: crops, sightings, templates" in topics("create").err
    assert "All topics were there" in topics("create").err
    described = topics("describe", "--json").json["topics"]
    assert [(one["name"], one["partitions"], one["compacted"], one["as_expected"]) for one in described] == [
        (topic.name, topic.partitions, topic.compacted, True) for topic in TOPICS
    ]
    assert "templates" in topics("describe").out


def test_a_tail_prints_records_as_json_lines_also_those_that_nobody_can_read(url: str, topics: Callable[..., Ended]):
    topics("create")
    with closing(open_event_log(url)) as log:
        publisher = Publisher(log)
        for number in range(12):
            publisher.publish(
                Coverage(
                    event_id=UUID(int=number),
                    store_id="shop",
                    camera_id="door",
                    state=CoverageState.SEEN,
                    began_at=MOMENT,
                    ended_at=MOMENT,
                    frames=number,
                )
            )
        log.append(COVERAGE, "shop", b"poison", {"written-by": "somebody"})
        log.flush()
    lines = [json.loads(line) for line in topics("tail", "coverage", "--from-beginning").out.splitlines()]
    assert [line["offset"] for line in lines] == list(range(13))
    assert lines[3]["type"] == "Coverage"
    assert lines[3]["message"]["frames"] == 3
    assert (lines[12]["message"], lines[12]["headers"]) == (None, {"written-by": "somebody"})
    assert lines[12]["unreadable"].startswith("6 bytes: magic: ")
    last = [json.loads(line) for line in topics("tail", "coverage", "--limit", "2").out.splitlines()]
    assert [line["offset"] for line in last] == [11, 12]
    assert len(topics("tail", "coverage").out.splitlines()) == 10


def test_a_topic_of_another_name_is_refused_with_those_there_are(topics: Callable[..., Ended]):
    ended = topics("tail", "crop")
    assert ended.code == ExitCode.BAD_INPUT
    assert ended.sentence.startswith("there is no topic crop: it is one of crops, sightings")


@pytest.mark.needs_kafka
def test_a_topic_with_another_number_of_partitions_ends_in_a_sentence_and_its_exit_code(kafka_url: str):
    url = f"{kafka_url}{'&' if '?' in kafka_url else '?'}prefix={uuid4().hex[:8]}-"
    with closing(open_event_log(url)) as log:
        log.create([Topic(name=CROPS.name, message=None, key_field="", partitions=3, retention=None)])
    ended = footfall("topics", "create", "--log", url)
    assert ended.code == ExitCode.BAD_CONFIG
    assert "crops has 3 partitions, where this program expects 12" in ended.sentence
    assert "delete the topic and run footfall topics create" in ended.sentence
    shown = footfall("topics", "describe", "--json", "--log", url).json["topics"]
    assert [one["as_expected"] for one in shown if one["name"] == "crops"] == [False]


@pytest.mark.needs_kafka
def test_a_wrong_password_ends_in_a_sentence_and_its_exit_code(kafka_broker: KafkaBroker):
    url = kafka_broker.secured_url.replace("open-sesame", "open-barley")
    ended = footfall("topics", "describe", FOOTFALL_EVENTS_URL=url)
    assert ended.code == ExitCode.BAD_CONFIG
    assert "refuses the user 'footfall' or the password" in ended.sentence
    assert "barley" not in ended.err + ended.out


def test_a_broker_that_is_not_there_ends_in_a_sentence_and_its_exit_code():
    ended = footfall("topics", "describe", "--log", f"kafka://shop:open-barley@127.0.0.1:{free_port()}")
    assert ended.code == ExitCode.STORAGE
    assert "cannot be reached" in ended.sentence
    assert "barley" not in ended.err
