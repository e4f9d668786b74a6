"""Whatever is wrong with broker, database or clock: a sentence that names it and the remedy, and a named exit code."""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from colour_crops import RED, face_crop
from footfall_process import Running
from postgres_server import NewDatabase, PostgresServer, administer, new_database, require_postgres
from services import KafkaBroker, free_port, wait_until
from services.kafka import SECURED_PASSWORD
from simulated_day import FAST, Day

from analytics.records.schema_version import NEWEST, VERSION_TABLE
from faces.packs import default_pack_name, open_pack
from footfall.event_logs import open_event_log
from footfall.exit_codes import ExitCode
from footfall.publisher import Publisher
from schemas.codec import encode
from schemas.event_log import EventLog
from schemas.topics import COVERAGE, CROPS, DEAD_LETTERS, IDENTITY, SIGHTINGS, TOPICS, Topic

pytestmark = [pytest.mark.needs_kafka, pytest.mark.needs_postgres]

ROLES = ("ingest", "ingest --once", "matcher", "analytics")
WRONG = "wr0ng-word"
# A record of a message's version that this program does not know.
FROM_THE_FUTURE = b"\xc3\x01" + bytes(8) + encode(face_crop(1, [RED]))[10:]


@pytest.fixture
def start(day: Day, tmp_path: Path, postgres_url: str) -> Callable[..., Running]:
    """Start a role, by default with a database that it can use."""

    def start(role: str, log: str, *, database: str = postgres_url, **settings: object) -> Running:
        more: dict[str, list[object]] = {
            "ingest": ["--store", "shop", "--camera", f"door=rtsp://127.0.0.1:{free_port()}/door"],
            "ingest --once": ["--store", "shop", "--camera", f"door={day.films['door']}"],
            "matcher": [],
            "analytics": ["--database", database, "--port", free_port()],
        }
        return Running(*role.split(), "--log", log, *more[role], FOOTFALL_DATA_DIR=tmp_path, **FAST, **settings)

    return start


@pytest.fixture
def refused(start: Callable[..., Running]) -> Callable[..., None]:
    """Start a role and see it end with a code and a sentence in which all of this is said."""

    def refused(code: ExitCode, said: tuple[str, ...], *arguments: str, **more: object) -> None:
        with start(*arguments, **more) as running:
            ended = running.end()
        assert (ended.code, ended.out) == (code, ""), ended.err
        assert "Traceback" not in ended.err
        assert WRONG not in ended.err
        for part in said:
            assert part in ended.sentence, ended.sentence

    return refused


@pytest.fixture
def new_log(kafka_url: str) -> Callable[..., str]:
    """Make the topics under a prefix of their own, some of them otherwise than they should be; return the address."""

    def new_log(*topics: Topic) -> str:
        url = f"{kafka_url}{'&' if '?' in kafka_url else '?'}prefix={uuid4().hex[:8]}-&session_s=6"
        with closing(open_event_log(url)) as log:
            log.create(topics)
        return url

    return new_log


def with_partitions(wrong: Topic, partitions: int) -> list[Topic]:
    return [replace(topic, partitions=partitions) if topic is wrong else topic for topic in TOPICS]


@pytest.mark.parametrize("role", ["ingest --once", "matcher", "analytics"])
def test_a_broker_that_cannot_be_reached(role: str, refused: Callable[..., None]):
    address = f"kafka://127.0.0.1:{free_port()}"
    refused(ExitCode.STORAGE, (f"{address}: cannot be reached", "check that it runs"), role, address)


@pytest.mark.parametrize("role", ROLES)
def test_a_password_that_the_broker_refuses(role: str, kafka_broker: KafkaBroker, refused: Callable[..., None]):
    address = kafka_broker.secured_url.replace(SECURED_PASSWORD, WRONG)
    said = ("refuses the user 'footfall' or the password", "put them right in the address")
    refused(ExitCode.BAD_CONFIG, said, role, address)


@pytest.mark.parametrize(
    ("role", "topic"),
    [("ingest", CROPS), ("ingest --once", COVERAGE), ("matcher", IDENTITY), ("analytics", SIGHTINGS)],
)
def test_a_topic_with_another_number_of_partitions(
    role: str, topic: Topic, new_log: Callable[..., str], refused: Callable[..., None]
):
    said = (f"{topic.name} has 3 partitions, where this program expects {topic.partitions}", "footfall topics create")
    refused(ExitCode.BAD_CONFIG, said, role, new_log(*with_partitions(topic, 3)))


@pytest.mark.parametrize("role", ROLES)
def test_topics_that_nobody_has_made(role: str, new_log: Callable[..., str], refused: Callable[..., None]):
    refused(ExitCode.BAD_CONFIG, ("there is no topic", "footfall topics create"), role, new_log())


def test_a_database_that_cannot_be_reached(new_log: Callable[..., str], refused: Callable[..., None]):
    place = f"127.0.0.1:{free_port()}"
    said = (f"database postgresql://{place}/footfall: it cannot be reached", "try again")
    refused(ExitCode.STORAGE, said, "analytics", new_log(*TOPICS), database=f"postgresql://footfall@{place}/footfall")


def test_a_password_that_the_database_refuses(new_log: Callable[..., str], refused: Callable[..., None]):
    require_postgres()
    with PostgresServer() as server:
        server.require_passwords()
        url = server.url.replace("footfall@", f"footfall:{WRONG}@")
        said = ("does not accept this user and password", "correct them in the database's URL")
        refused(ExitCode.BAD_CONFIG, said, "analytics", new_log(*TOPICS), database=url)


def test_tables_that_are_missing_or_newer_than_the_program(
    postgres: str, new_postgres_database: NewDatabase, new_log: Callable[..., str], refused: Callable[..., None]
):
    log = new_log(*TOPICS)
    with new_database(postgres) as url:
        refused(ExitCode.STORAGE, ("not made yet", "footfall database upgrade"), "analytics", log, database=url)
    with new_postgres_database() as url:
        administer(url, f"UPDATE {VERSION_TABLE} SET version_num = '{NEWEST + 1:04}'")
        said = (f"version {NEWEST + 1}, and this footfall knows them up to {NEWEST}", "install the version that")
        refused(ExitCode.STORAGE, said, "analytics", log, database=url)


@pytest.mark.parametrize(("role", "topic"), [("matcher", CROPS), ("analytics", SIGHTINGS)])
def test_records_of_a_newer_program_are_kept_and_stop_the_role_before_they_are_many(
    role: str, topic: Topic, new_log: Callable[..., str], refused: Callable[..., None]
):
    address = new_log(*TOPICS)
    with closing(open_event_log(address)) as log:
        for _ in range(60):
            log.append(topic, "shop", FROM_THE_FUTURE)
        log.flush()
        said = ("written by a newer program", f"look at the topic {DEAD_LETTERS.name}", "start again")
        refused(ExitCode.STORAGE, said, role, address)
        # Nothing of the batch was committed: the right version finds all of them.
        assert not sum(log.committed(topic, role).values())


AN_HOUR_AHEAD = timedelta(minutes=61)


def test_cameras_whose_clock_is_ahead_by_more_than_the_broker_takes(
    new_log: Callable[..., str], refused: Callable[..., None]
):
    said = ("whose clock is more than an hour ahead of the broker's", "NTP", "start again")
    refused(ExitCode.STORAGE, said, "ingest --once", new_log(*TOPICS), clock_ahead=AN_HOUR_AHEAD)


def test_analytics_compare_their_clock_with_that_of_the_database(
    new_log: Callable[..., str], start: Callable[..., Running]
):
    with start("analytics", new_log(*TOPICS), clock_ahead=AN_HOUR_AHEAD) as analytics:
        said = "the clock of the database's server is 61 min behind this machine's"
        assert wait_until(lambda: said in analytics.err, within_s=120), analytics.err
        assert "have both set by NTP" in analytics.err


def told(log: EventLog, camera: str, ahead: timedelta) -> None:
    """Let a camera tell of a visitor, by a clock that is ahead."""
    detector = open_pack(default_pack_name()).detector_id
    crop = face_crop(1, [RED] * 3, detector=detector, store="shop")
    publisher = Publisher(log)
    publisher.publish(replace(crop, event_id=uuid4(), camera_id=camera, produced_at=datetime.now(UTC) + ahead))
    publisher.flush()


def test_a_camera_whose_clock_is_an_hour_off_is_named(new_log: Callable[..., str], start: Callable[..., Running]):
    address = new_log(*TOPICS)
    clocks = {"door": timedelta(minutes=59), "till": -timedelta(minutes=61), "lift": timedelta(0)}
    with start("matcher", address) as matcher, closing(open_event_log(address)) as log:

        def all_named() -> bool:
            assert matcher.runs, matcher.err
            for camera, ahead in clocks.items():
                told(log, camera, ahead)
            time.sleep(1.0)
            return "camera door" in matcher.err and "camera till" in matcher.err

        assert wait_until(all_named, within_s=90), matcher.err
        assert "store shop, camera door: the clock of its machine is 59 min ahead of this machine's" in matcher.err
        assert "store shop, camera till: the clock of its machine is 61 min behind this machine's" in matcher.err
        assert "camera lift" not in matcher.err
        assert matcher.err.count("NTP") == 2
