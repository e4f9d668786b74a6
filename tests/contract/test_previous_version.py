"""A rolling upgrade: what the version before wrote is read, while it still runs, and it can read what is written now.

The files in ``fixtures/previous_version`` were written by version 0.1: schemas, a few records of each topic, its tables
with rows (revision 0001), and, statement by statement, batches as its analytics recorded them. They are replaced as a
whole by those of a release when the next one is begun, and never made anew in between.
"""

import io
import json
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fastavro
import pytest
from postgres_server import administer, new_database
from sqlalchemy import text

from analytics.records.database import connect, upgrade, writing
from analytics.records.repository import VisitRepository
from analytics.records.schema_version import NEWEST
from analytics.settings import DEFAULT_SESSION_GAP, StoreSettings
from analytics.visits import visits_of
from footfall.event_logs import local_log_url, open_event_log
from footfall.recording import new_analytics
from ingest.stopwatch import Stopwatch
from matcher.numpy_gallery import NumpyGallery
from matcher.snapshot import empty_snapshot
from matcher.state import MatcherState
from schemas.codec import Schema, decode, encode, parse_schema, released_schemas
from schemas.messages import IdentityKind, Sighting
from schemas.topics import COVERAGE, SIGHTINGS, TEMPLATES, TOPICS, Topic, topic_of

BEFORE = Path(__file__).parents[1] / "fixtures" / "previous_version"
ALWAYS = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
OF_MESSAGES = [topic for topic in TOPICS if topic.message is not None]
HEADER_BYTES = 10


def records(topic: Topic) -> list[bytes]:
    return [bytes.fromhex(line) for line in (BEFORE / "records" / f"{topic.name}.hex").read_text().split()]


def schema_before(topic: Topic) -> Schema:
    """The schema under which the version before wrote a topic: that of its records."""
    assert topic.message is not None
    schemas = [
        parse_schema(topic.message, 1, json.loads(path.read_text(encoding="utf-8")))
        for path in sorted((BEFORE / "avsc").iterdir())
    ]
    return next(one for one in schemas if one.fingerprint == records(topic)[0][2:HEADER_BYTES])


def enums(definition: Any) -> dict[str, dict[str, Any]]:
    """Every enum in a schema, by name."""
    if isinstance(definition, list):
        return {name: one for part in definition for name, one in enums(part).items()}
    if not isinstance(definition, dict):
        return {}
    own = {definition["name"]: definition} if definition.get("type") == "enum" else {}
    parts = [definition.get("items"), *(field["type"] for field in definition.get("fields", []))]
    return own | enums(parts) | (enums(definition["type"]) if isinstance(definition.get("type"), (dict, list)) else {})


# The version before writes the ledger and reads none of it.
NOT_READ_BEFORE = {IdentityKind.UNDONE, IdentityKind.STATIC, IdentityKind.NOT_STATIC}


@pytest.mark.parametrize("topic", OF_MESSAGES, ids=lambda topic: topic.name)
def test_every_record_of_the_version_before_is_read(topic: Topic):
    for record in records(topic):
        message = decode(record, topic.message)
        assert topic_of(message) is topic
        assert decode(encode(message)) == message


@pytest.mark.parametrize("topic", OF_MESSAGES, ids=lambda topic: topic.name)
def test_every_schema_of_the_version_before_is_still_released_word_for_word(topic: Topic):
    before = schema_before(topic)
    assert topic.message is not None
    assert released_schemas().writer_of(b"\xc3\x01" + before.fingerprint).definition == before.definition


@pytest.mark.parametrize("topic", OF_MESSAGES, ids=lambda topic: topic.name)
def test_what_is_written_now_can_be_read_under_the_schema_of_the_version_before(topic: Topic):
    assert topic.message is not None
    now, before = released_schemas().newest_of(topic.message), schema_before(topic)
    for record in records(topic):
        body = io.BytesIO(encode(decode(record))[HEADER_BYTES:])
        then = fastavro.schemaless_reader(io.BytesIO(record[HEADER_BYTES:]), before.definition)
        assert fastavro.schemaless_reader(body, now.definition, before.definition) == then


@pytest.mark.parametrize("topic", OF_MESSAGES, ids=lambda topic: topic.name)
def test_no_word_is_written_now_that_the_version_before_could_not_read(topic: Topic):
    assert topic.message is not None
    before = enums(schema_before(topic).definition)
    for name, enum in enums(released_schemas().newest_of(topic.message).definition).items():
        if name in before and "default" not in before[name]:
            assert set(enum["symbols"]) - NOT_READ_BEFORE <= set(before[name]["symbols"])


def test_analytics_count_what_both_versions_have_written_in_turn(tmp_path: Path):
    stop = threading.Event()
    with (
        closing(open_event_log(local_log_url(tmp_path / "log.sqlite"))) as log,
        closing(opened(f"sqlite:///{tmp_path / 'visits.sqlite'}")) as kept,
        closing(new_analytics(log, kept, Stopwatch())) as analytics,
    ):
        for topic in (SIGHTINGS, COVERAGE):
            for number, record in enumerate(records(topic)):
                log.append(topic, "shop", record if number % 2 else encode(decode(record)))
        log.flush()
        analytics.drain(stop)
        sightings = [decode(record) for record in records(SIGHTINGS)]
        expected = visits_of([one for one in sightings if isinstance(one, Sighting)], session_gap=DEFAULT_SESSION_GAP)
        assert kept.visits("shop", *ALWAYS) == expected
        assert len(kept.coverage("shop", *ALWAYS)) == len(records(COVERAGE))


def test_a_matcher_knows_whom_the_version_before_learnt(tmp_path: Path):
    with closing(open_event_log(local_log_url(tmp_path / "log.sqlite"))) as log:
        for record in records(TEMPLATES):
            log.append(TEMPLATES, "any", record)
        log.flush()
        state = MatcherState(
            log=log,
            group="matcher",
            snapshot=empty_snapshot("colour-v1", 3, datetime.now(UTC)),
            new_gallery=lambda _dim: NumpyGallery(),
        )
        state.follow()
        assert len(state) == len(records(TEMPLATES))


def opened(url: str) -> VisitRepository:
    return VisitRepository(url, lambda store_id: StoreSettings(store_id=store_id))


def batches() -> list[list[str]]:
    """What the version before says to the database, batch by batch, with the values in it."""
    written = (BEFORE / "writer.sql").read_text(encoding="utf-8")
    return [batch.rstrip(";\n").split(";\n") for batch in written.split("\n\n")]


@pytest.fixture
def tables_before(postgres: str) -> Iterator[str]:
    """A database as the version before has it, with what it recorded."""
    with new_database(postgres) as url:
        administer(url, (BEFORE / "postgres.sql").read_text(encoding="utf-8").replace(":", r"\:"))
        yield url


def written_by_both(url: str, upgraded_at: int) -> list[Sighting]:
    """Let the version before write on, and the tables be upgraded in the midst of a batch; return what is there."""
    engine, upgrading = connect(url), connect(url)
    upgrades = threading.Thread(target=upgrade, args=(upgrading,))
    for number, batch in enumerate(batches()):
        with writing(engine) as connection:
            for place, statement in enumerate(batch):
                connection.exec_driver_sql(statement.replace("%", "%%"))
                if (number, place) == (upgraded_at, len(batch) // 2):
                    upgrades.start()
    upgrades.join(30)
    assert not upgrades.is_alive()
    upgrading.dispose()
    engine.dispose()
    with closing(opened(url)) as kept:
        return kept.confirmed_sightings("shop")


@pytest.mark.needs_postgres
@pytest.mark.parametrize("upgraded_at", [0, 5, len(batches()) - 1])
def test_tables_are_upgraded_while_the_version_before_writes_on(tables_before: str, upgraded_at: int):
    sightings = written_by_both(tables_before, upgraded_at)
    assert len(sightings) > len(batches())
    with closing(opened(tables_before)) as kept:
        kept.record([])  # the tables are those of this version
        assert kept.visits("shop", *ALWAYS) == visits_of(sightings, session_gap=DEFAULT_SESSION_GAP)
        # What it wrote is told to this version's pages, each change under a number of its own.
        assert len(kept.latest_sightings("shop", limit=1000)) == changed_rows(tables_before)
        assert kept.last_changes()["shop"] >= len(sightings)


def changed_rows(url: str) -> int:
    engine = connect(url)
    with writing(engine) as connection:
        number = connection.execute(text("SELECT count(DISTINCT change) FROM sightings")).scalar_one()
    engine.dispose()
    return int(number)


@pytest.mark.needs_postgres
def test_both_versions_write_side_by_side_once_the_tables_are_new(tables_before: str):
    upgrading = connect(tables_before)
    assert upgrade(upgrading) == (1, NEWEST)
    upgrading.dispose()
    with closing(opened(tables_before)) as kept:
        engine = connect(tables_before)
        for batch in batches():
            with writing(engine) as connection:
                for statement in batch:
                    connection.exec_driver_sql(statement.replace("%", "%%"))
            kept.record(kept.confirmed_sightings("shop"))  # again, which changes nothing
        engine.dispose()
        sightings = kept.confirmed_sightings("shop")
        assert kept.visits("shop", *ALWAYS) == visits_of(sightings, session_gap=DEFAULT_SESSION_GAP)
