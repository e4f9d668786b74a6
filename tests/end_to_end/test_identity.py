"""A simulated day whose visitors are put right: the report before and after, over both logs and both databases."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from footfall_process import Ended, Running, footfall
from services import free_port, wait_until
from simulated_day import STORE, Counted

from footfall.data_dir import DataDir
from footfall.event_logs import open_event_log
from footfall.exit_codes import ExitCode
from footfall.recording import ANALYTICS_GROUP, RECORDED
from schemas.codec import decode
from schemas.errors import StorageError
from schemas.messages import Template
from schemas.topics import TEMPLATES, TOPICS


class Shop:
    """A counted day and the commands over it."""

    def __init__(self, *where: str, log_url: str) -> None:
        self._where = where
        self.log_url = log_url
        self._log_named = ("--log", log_url) if log_url.startswith("kafka") else ()

    def identity(self, *arguments: object) -> Ended:
        return footfall("identity", *arguments, "--json", *self._where, *self._log_named)

    def report(self, *arguments: object) -> dict[str, Any]:
        """What the visits say, without the moment whose knowledge it is."""
        told = footfall("report", "--by", "day", "--json", "--store", STORE, *arguments, *self._where).json
        told.pop("as_of")
        return told


@pytest.fixture
def on_files(counted: Counted, tmp_path: Path) -> Shop:
    """The day as `footfall run` left it."""
    folder = tmp_path / "data"
    shutil.copytree(counted.data_dir, folder)
    return Shop("--data-dir", str(folder), log_url=DataDir(path=folder).log_url)


@pytest.fixture
def on_servers(counted: Counted, kafka_url: str, postgres_url: str, tmp_path: Path) -> Iterator[Shop]:
    """The same events in a Kafka, recorded into a Postgres by analytics that go on working meanwhile."""
    log_url = f"{kafka_url}{'&' if '?' in kafka_url else '?'}prefix={uuid4().hex[:8]}-&session_s=6"
    with (
        closing(open_event_log(log_url)) as log,
        closing(open_event_log(DataDir(path=counted.data_dir).log_url)) as recorded,
    ):
        log.create(TOPICS)
        for topic in TOPICS:
            for record in recorded.replay(topic):
                log.append(topic, record.key, record.value)
        log.flush()
        arguments = ("--log", log_url, "--database", postgres_url, "--port", free_port())
        with Running("analytics", *arguments, FOOTFALL_DATA_DIR=tmp_path) as analytics:

            def all_read() -> bool:
                assert analytics.runs, analytics.err
                try:
                    return not any(
                        any(log.replay(topic, from_offsets=log.committed(topic, ANALYTICS_GROUP))) for topic in RECORDED
                    )
                except StorageError:  # the broker has no coordinator of the group yet
                    return False

            assert wait_until(all_read, within_s=90), analytics.err
            yield Shop("--database", postgres_url, log_url=log_url)
            assert wait_until(all_read, within_s=90), analytics.err
            assert "Traceback" not in analytics.err


def test_a_day_is_put_right_on_files(on_files: Shop, counted: Counted):
    put_right(on_files, counted)


@pytest.mark.needs_kafka
@pytest.mark.needs_postgres
def test_a_day_is_put_right_on_servers(on_servers: Shop, counted: Counted):
    put_right(on_servers, counted)


def put_right(shop: Shop, counted: Counted) -> None:
    before = shop.report()
    assert (before["pv"], before["uv"]) == (counted.report["pv"], counted.report["uv"])
    one, other, third = sorted({visit["face_id"] for visit in before["visits"]})
    of = {face: sum(visit["face_id"] == face for visit in before["visits"]) for face in (one, other, third)}

    at_first = datetime.now(UTC).isoformat()
    merge = shop.identity("merge", one[:8], other[:8]).json["entries"][0]
    merged = shop.report()
    assert merged["uv"] == before["uv"] - 1
    assert other not in {visit["face_id"] for visit in merged["visits"]}
    assert sum(visit["sightings"] for visit in merged["visits"]) == before["sightings"]
    assert shop.report("--as-of", at_first) == before

    shop.identity("undo", merge["event_id"])
    assert shop.report() == before

    shop.identity("not-the-same", one, other)
    refused = shop.identity("merge", one, other)
    assert refused.code == ExitCode.BAD_INPUT
    assert "are not the same, says entry" in refused.sentence
    assert "footfall identity undo" in refused.sentence

    shop.identity("staff", third)
    staffed = shop.report()
    assert staffed["staff_left_out"] == of[third]
    assert (staffed["pv"], staffed["uv"]) == (before["pv"] - of[third], before["uv"] - 1)

    shop.identity("bind", one, "member-7", "--consent")
    assert shop.identity("show", one).json["member"] == "member-7"
    receipt = shop.identity("erase", one).json
    assert receipt["templates"] > 0
    assert (receipt["templates_left"], receipt["visits"]) == (0, of[one])
    assert one not in faces_of_templates(shop.log_url)
    erased = shop.report()
    assert (erased["pv"], erased["uv"], erased["new"]) == (staffed["pv"], staffed["uv"], staffed["new"])
    assert one not in {visit["face_id"] for visit in erased["visits"]}
    assert shop.identity("show", one).json["member"] is None
    assert "was erased" in shop.identity("merge", other, one).sentence
    assert shop.report("--as-of", at_first)["pv"] == before["pv"]


def faces_of_templates(log_url: str) -> set[str]:
    with closing(open_event_log(log_url)) as log:
        latest = {record.key: record.value for record in log.replay(TEMPLATES)}
    found = (decode(value) for value in latest.values() if value is not None)
    return {str(template.face_id) for template in found if isinstance(template, Template)}


def test_a_merge_beside_a_running_program_is_recorded_once(on_files: Shop, tmp_path: Path):
    """The program of one machine has its files open; the command works on them all the same."""
    before = on_files.report()
    one, other, _ = sorted({visit["face_id"] for visit in before["visits"]})
    folder = on_files._where[1]
    with Running("run", "--data-dir", folder, "--store", STORE, FOOTFALL_WEB_PORT=free_port()) as program:
        assert wait_until(lambda: "http://" in program.err or not program.runs, within_s=60)
        assert program.runs, program.err
        on_files.identity("merge", one, other)
        assert on_files.report()["uv"] == before["uv"] - 1
        program.terminate()
        assert program.end().code == ExitCode.OK
    assert on_files.report()["uv"] == before["uv"] - 1
