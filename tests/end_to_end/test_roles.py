"""The roles as processes of their own: whatever dies, the report is that of one undisturbed process."""

import random
import shutil
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from chain import Chain
from footfall_process import Running, footfall
from services import free_port, wait_until
from simulated_day import Counted, Day

from footfall.event_logs import local_log_url, open_event_log
from footfall.exit_codes import ExitCode
from footfall.matching import MATCHER_GROUP
from footfall.recording import ANALYTICS_GROUP
from schemas.topics import CROPS, SIGHTINGS, TOPICS

SEED = 20261124
FAIL_AT = "FOOTFALL_TEST_FAIL_AT"


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    with Chain(tmp_path, local_log_url(tmp_path / "log.sqlite")) as chain:
        yield chain


@pytest.fixture(scope="session")
def watched(day: Day, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log that holds what the cameras saw of the day, and of which nobody has read anything."""
    folder = tmp_path_factory.mktemp("watched")
    with Chain(folder, local_log_url(folder / "log.sqlite")) as chain:
        assert chain.ingest(day).end().code == ExitCode.OK
    return folder / "log.sqlite"


@pytest.fixture
def watched_chain(watched: Path, tmp_path: Path) -> Iterator[Chain]:
    """A chain whose cameras have seen the day."""
    shutil.copy(watched, tmp_path / "log.sqlite")
    with Chain(tmp_path, local_log_url(tmp_path / "log.sqlite")) as chain:
        yield chain


def ended_in_order(*running: Running, may_not_have_begun: bool = False) -> None:
    for process in running:
        process.terminate()
    for process in running:
        ended = process.end(within_s=90)
        # While Python still loads the program, the signal itself ends it.
        at_once = may_not_have_begun and (ended.code, ended.err) == (-signal.SIGTERM, "")
        assert at_once or ended.code == ExitCode.OK, ended.err
        assert "Traceback" not in ended.err


def says(port: int, page: str) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{page}", timeout=5) as answer:
            return str(answer.read().decode())
    except OSError as error:
        return str(error)


def test_three_processes_count_what_one_does_tell_how_they_are_and_end_in_order(counted: Counted, chain: Chain):
    ports = free_port(), free_port()
    matcher = chain.matcher("--health-port", ports[0])
    analytics = chain.analytics("--health-port", ports[1])
    for port in ports:
        assert wait_until(lambda port=port: says(port, "/readyz") == "ok\n", within_s=60), matcher.err + analytics.err
        assert says(port, "/healthz") == "ok\n"
    assert chain.ingest(counted.day).end().code == ExitCode.OK
    chain.settle(matcher, analytics)
    assert 'footfall_latency_seconds_count{until="sighting"}' in says(ports[0], "/metrics")
    assert 'footfall_latency_seconds_count{until="visit"}' in says(ports[1], "/metrics")
    ended_in_order(matcher, analytics)
    assert chain.report() == counted.report
    assert (chain.folder / "matcher" / "matcher.snapshot").is_file()


@contextmanager
def killed_again_and_again(
    start: Callable[[], Running], progress: Callable[[], int], at: list[int], rng: random.Random
) -> Iterator[list[Running]]:
    """Kill a role as often as ``at`` says, each time it has come so far, and start it again at once."""
    alive = [start()]
    for reached in at:
        assert wait_until(lambda reached=reached: progress() >= reached or not alive[-1].runs, within_s=90)
        time.sleep(rng.uniform(0.0, 0.3))
        alive[-1].kill()
        alive.append(start())
    yield alive


@pytest.mark.parametrize("seed", [SEED, SEED + 1])
def test_every_role_may_be_killed_at_any_moment(seed: int, counted: Counted, chain: Chain):
    rng = random.Random(seed)
    done = {
        "ingest": lambda: chain.offsets(CROPS, MATCHER_GROUP)[1],
        "matcher": lambda: chain.offsets(CROPS, MATCHER_GROUP)[0],
        "analytics": lambda: chain.offsets(SIGHTINGS, ANALYTICS_GROUP)[0],
    }
    at = {role: sorted(rng.sample(range(1, 9), 2)) for role in done}
    starts = {"ingest": lambda: chain.ingest(counted.day), "matcher": chain.matcher, "analytics": chain.analytics}
    matcher, analytics = chain.matcher(), chain.analytics()
    with killed_again_and_again(starts["ingest"], done["ingest"], at["ingest"], rng) as ingests:
        matcher.kill()
        with killed_again_and_again(starts["matcher"], done["matcher"], at["matcher"], rng) as matchers:
            analytics.kill()
            with killed_again_and_again(starts["analytics"], done["analytics"], at["analytics"], rng) as recorders:
                assert ingests[-1].end().code == ExitCode.OK
                chain.settle(matchers[-1], recorders[-1])
                ended_in_order(matchers[-1], recorders[-1], may_not_have_begun=True)
    assert chain.report() == counted.report


@pytest.mark.parametrize("place", ["between-stages", "after-flush"])
def test_a_matcher_that_dies_at_a_fail_point_is_taken_up_where_it_was(
    place: str, counted: Counted, watched_chain: Chain
):
    dying = watched_chain.matcher(**{FAIL_AT: place, "FOOTFALL_LOG_LEVEL": "warning"})
    assert dying.end().code == -signal.SIGKILL
    done, there = watched_chain.offsets(CROPS, MATCHER_GROUP)
    assert done < there
    matcher, analytics = watched_chain.matcher(), watched_chain.analytics()
    watched_chain.settle(matcher, analytics)
    ended_in_order(matcher, analytics)
    assert watched_chain.report() == counted.report


@pytest.mark.parametrize("place", ["after-database-commit", "after-flush"])
def test_analytics_that_die_at_a_fail_point_are_taken_up_where_they_were(
    place: str, counted: Counted, watched_chain: Chain
):
    matcher = watched_chain.matcher()
    watched_chain.settle(matcher, counted=False)
    assert watched_chain.analytics(**{FAIL_AT: place}).end().code == -signal.SIGKILL
    assert watched_chain.offsets(SIGHTINGS, ANALYTICS_GROUP)[0] == 0
    analytics = watched_chain.analytics()
    watched_chain.settle(matcher, analytics)
    ended_in_order(matcher, analytics)
    assert watched_chain.report() == counted.report


@pytest.mark.parametrize("place", ["snapshot-begun", "snapshot-written", "snapshot-synced", "snapshot-renamed"])
def test_a_matcher_that_dies_while_writing_its_snapshot_counts_nobody_twice(
    place: str, counted: Counted, watched_chain: Chain
):
    first = watched_chain.matcher()
    watched_chain.settle(first, counted=False)
    ended_in_order(first)
    dying = watched_chain.matcher(**{FAIL_AT: place})
    with closing(open_event_log(watched_chain.log_url)) as log:
        read_again = [record for record in log.replay(CROPS) if record.value is not None]
        for record in read_again:
            log.append(CROPS, record.key, record.value)
        log.flush()
    watched_chain.settle(dying, counted=False)
    dying.terminate()
    assert dying.end().code == -signal.SIGKILL
    matcher, analytics = watched_chain.matcher(), watched_chain.analytics()
    watched_chain.settle(matcher, analytics)
    assert "is not used" not in matcher.err
    ended_in_order(matcher, analytics)
    assert watched_chain.report() == counted.report


def test_a_standby_takes_over_from_a_matcher_that_has_died(counted: Counted, watched_chain: Chain):
    matcher = watched_chain.matcher(**{FAIL_AT: "after-flush"})
    assert matcher.end().code == -signal.SIGKILL
    standby = watched_chain.matcher("--standby", name="standby", FOOTFALL_MATCHER_STANDBY_S=1)
    analytics = watched_chain.analytics()
    watched_chain.settle(standby, analytics)
    assert "taking over" in standby.err
    ended_in_order(standby, analytics)
    assert watched_chain.report() == counted.report


@pytest.mark.parametrize(
    ("command", "code", "sentence"),
    [
        (["matcher", "--log", "kafka://127.0.0.1:1"], ExitCode.STORAGE, "kafka://127.0.0.1:1"),
        (["matcher", "--log", "amqp://127.0.0.1"], ExitCode.BAD_CONFIG, "no event log of the kind 'amqp'"),
        (["ingest", "--log", "local:///nowhere/log"], ExitCode.BAD_INPUT, "there is nothing to watch"),
        (["matcher", "--log", "local:relative"], ExitCode.BAD_CONFIG, "is named by an absolute path"),
    ],
)
def test_what_a_role_cannot_begin_with_is_said_in_a_sentence(
    command: list[str], code: ExitCode, sentence: str, tmp_path: Path
):
    ended = footfall(*command, FOOTFALL_DATA_DIR=tmp_path)
    assert ended.code == code
    assert sentence in ended.sentence
    assert "Traceback" not in ended.err


def test_two_matchers_do_not_share_a_state_directory(watched_chain: Chain):
    first = watched_chain.matcher()
    assert wait_until(lambda: (watched_chain.folder / "matcher" / "lock").exists(), within_s=60)
    second = watched_chain.matcher().end()
    assert second.code == ExitCode.STORAGE
    assert "give another with --state-dir" in second.sentence
    ended_in_order(first)


def shape(report: dict) -> list[tuple[int, str, str, int]]:
    """The visits of a report by when they were and who came again, whatever the FaceIds."""
    faces: dict[str, int] = {}
    return [
        (faces.setdefault(visit["face_id"], len(faces)), visit["began_at"], visit["ended_at"], visit["sightings"])
        for visit in report["visits"]
    ]


@pytest.fixture
def kafka_chain(kafka_url: str, tmp_path: Path) -> Iterator[Chain]:
    """A chain over a Kafka log of its own, where a dead member is given up after a short while."""
    url = f"{kafka_url}{'&' if '?' in kafka_url else '?'}prefix={uuid4().hex[:8]}-&session_s=6"
    with closing(open_event_log(url)) as log:
        log.create(TOPICS)
    with Chain(tmp_path, url) as chain:
        yield chain


@pytest.mark.needs_kafka
def test_two_matchers_over_kafka_share_the_stores_and_one_takes_over_when_the_other_is_killed(
    counted: Counted, kafka_chain: Chain
):
    stores = ("harbour", "market", "station")
    killed, survivor = kafka_chain.matcher(), kafka_chain.matcher(name="survivor")
    analytics = kafka_chain.analytics()
    for number, store in enumerate(stores):
        assert kafka_chain.ingest(counted.day, store=store).end().code == ExitCode.OK
        if number == 1:
            killed.kill()
    kafka_chain.settle(survivor, analytics)
    ended_in_order(survivor, analytics)
    assert [shape(kafka_chain.report(store)) for store in stores] == [shape(counted.report)] * len(stores)


@pytest.mark.needs_kafka
@pytest.mark.parametrize("place", ["between-stages", "after-flush"])
def test_a_standby_of_the_same_instance_takes_over_long_before_the_session_of_the_dead_ends(
    place: str, counted: Counted, kafka_chain: Chain
):
    url = kafka_chain.log_url.replace("session_s=6", "session_s=600&instance=matcher-1")
    assert kafka_chain.ingest(counted.day).end().code == ExitCode.OK
    assert kafka_chain.matcher("--log", url, **{FAIL_AT: place}).end().code == -signal.SIGKILL
    standby = kafka_chain.matcher("--log", url, "--standby", name="standby", FOOTFALL_MATCHER_STANDBY_S=1)
    kafka_chain.settle(standby, counted=False)
    assert kafka_chain.analytics(**{FAIL_AT: "after-database-commit"}).end().code == -signal.SIGKILL
    analytics = kafka_chain.analytics()
    kafka_chain.settle(standby, analytics)
    assert "taking over" in standby.err
    ended_in_order(standby, analytics)
    assert kafka_chain.report() == counted.report
