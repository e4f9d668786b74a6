"""A simulated day whose visitors are put right: the report before and after, over both logs and both databases."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from footfall_process import Ended, Running, footfall
from services import free_port, wait_until
from simulated_day import STORE, Counted

from faces.errors import ModelError
from faces.face_finder import FaceFinder
from faces.packs import open_pack
from faces.pictures import decode_jpeg
from footfall.config_loading import load_settings
from footfall.data_dir import DataDir
from footfall.event_logs import open_event_log
from footfall.exit_codes import ExitCode
from footfall.matching import new_state
from footfall.recording import ANALYTICS_GROUP, RECORDED
from matcher.policy import Policy
from matcher.recognition import Recogniser
from matcher.state import MatcherState
from schemas.codec import decode
from schemas.errors import StorageError
from schemas.event_log import EventLog
from schemas.messages import FaceCrop, Phase, Sighting, Template
from schemas.topics import CROPS, SIGHTINGS, TEMPLATES, TOPICS


class Shop:
    """A counted day and the commands over it."""

    def __init__(self, *where: str, log_url: str) -> None:
        self._where = where
        self.log_url = log_url
        self._log_named = ("--log", log_url) if log_url.startswith("kafka") else ()

    def identity(self, *arguments: object) -> Ended:
        return footfall("identity", *arguments, "--json", *self._where, *self._log_named)

    def migrate(self, *arguments: object) -> Ended:
        folder = self._where if self._where[0] == "--data-dir" else ()
        return footfall("gallery", "migrate", *arguments, "--json", *folder, *self._log_named)

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

    (seen, *others) = [one["sighting_id"] for one in shop.identity("show", third).json["sightings"]]
    if others:
        parted = shop.identity("split", third, "--sightings", seen).json["entries"][0]
        assert shop.report()["uv"] == before["uv"] + 1
        assert parted["other_face_id"] in {visit["face_id"] for visit in shop.report()["visits"]}
        shop.identity("undo", parted["event_id"])
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


@pytest.mark.needs_models
def test_another_model_takes_over_on_files(on_files: Shop, tmp_path: Path):
    change_the_model(on_files, tmp_path)


@pytest.mark.needs_models
@pytest.mark.needs_kafka
@pytest.mark.needs_postgres
def test_another_model_takes_over_on_servers(on_servers: Shop, tmp_path: Path):
    change_the_model(on_servers, tmp_path)


def change_the_model(shop: Shop, tmp_path: Path) -> None:
    before = shop.report()
    faces = {visit["face_id"] for visit in before["visits"]}
    learnt_by = models_of_templates(shop.log_url)
    old, new = ("retail", "dlib") if open_pack("retail").model_id in learnt_by else ("dlib", "retail")
    assert learnt_by == {open_pack(old).model_id}
    with (
        closing(open_event_log(shop.log_url)) as log,
        closing(state_of(log, new, tmp_path / "refused")) as state,
        pytest.raises(ModelError, match="footfall gallery migrate --to"),
    ):
        state.follow()

    told = shop.migrate("--to", new).json

    assert (told["visitors"], told["carried"], told["left"]) == (len(faces), len(faces), 0)
    assert shop.report() == before
    assert shop.migrate("--to", new).json["templates_made"] == 0
    assert models_of_templates(shop.log_url) == {open_pack(old).model_id, open_pack(new).model_id}
    for pack in (old, new):
        assert_whoever_comes_again_is_known(shop.log_url, pack, tmp_path / pack)

    assert shop.migrate("--to", new, "--finish").json["erased"] > 0
    assert models_of_templates(shop.log_url) == {open_pack(new).model_id}
    assert_whoever_comes_again_is_known(shop.log_url, new, tmp_path / "finished")
    assert shop.report() == before
    gone = min(faces)
    assert shop.identity("erase", gone).json["templates_left"] == 0
    assert gone not in faces_of_templates(shop.log_url)
    assert shop.report()["uv"] == before["uv"]


def assert_whoever_comes_again_is_known(log_url: str, pack: str, folder: Path) -> None:
    """Every crop of the log is shown to a matcher that knows nothing but what one model has learnt."""
    opened = open_pack(pack)
    finder = FaceFinder(opened)
    recogniser = Recogniser(calibration=opened.calibration, policy=Policy())
    with closing(open_event_log(log_url)) as log, closing(state_of(log, pack, folder)) as state:
        state.follow()
        decided = {
            seen.event_id: seen.face_id
            for seen in (decode(record.value) for record in log.replay(SIGHTINGS) if record.value is not None)
            if isinstance(seen, Sighting) and seen.phase is Phase.CONFIRMED and seen.face_id is not None
        }
        told = {}
        for crop in (decode(record.value) for record in log.replay(CROPS) if record.value is not None):
            if isinstance(crop, FaceCrop) and crop.event_id in decided:
                looks = [(image, finder.detect(image)) for image in (decode_jpeg(shot.jpeg) for shot in crop.shots)]
                rows = np.array([finder.embed(image, seen[:1])[0] for image, seen in looks if seen])
                weights = np.ones(len(rows), np.float32)
                found = recogniser.recognise(rows, weights, Phase.CONFIRMED, state.people.chain)
                told[crop.event_id] = found.outcome.face_id
    assert told
    assert told == {event_id: decided[event_id] for event_id in told}


def state_of(log: EventLog, pack: str, folder: Path) -> MatcherState:
    folder.mkdir(exist_ok=True)
    return new_state(log, open_pack(pack), folder / "snapshot", load_settings(None, data_dir=folder))


def models_of_templates(log_url: str) -> set[str]:
    return {template.model_id for template in templates_in(log_url)}


def faces_of_templates(log_url: str) -> set[str]:
    return {str(template.face_id) for template in templates_in(log_url)}


def templates_in(log_url: str) -> list[Template]:
    with closing(open_event_log(log_url)) as log:
        latest = {record.key: record.value for record in log.replay(TEMPLATES)}
    found = (decode(value) for value in latest.values() if value is not None)
    return [template for template in found if isinstance(template, Template)]


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
