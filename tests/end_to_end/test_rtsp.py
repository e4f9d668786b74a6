"""A real RTSP server as a camera: it goes away and comes back, it wants a password."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from time import monotonic, sleep

import numpy as np
import pytest
from clips import even_times_s, number_of, numbered, write_clip
from services import RtspServer, free_port, require_rtsp_server, wait_until

from faces.ports import Detection, Image
from faces.quality import Quality
from ingest.capture import Capture
from ingest.frames import Frame, SourceState
from ingest.pipeline import CameraPipeline
from ingest.sources import open_source, utc_now
from ingest.worker import CameraWorker
from schemas.errors import CameraError
from schemas.messages import Coverage, CoverageState, Message
from simulator.film import Film

pytestmark = pytest.mark.needs_rtsp

SECRET = "s3cret-word"


class NobodyThere:
    """A detector of an empty shop."""

    detector_id = "nobody.v1"

    def detect(self, image: Image) -> list[Detection]:
        return []


def never(image: Image, detection: Detection) -> Quality:
    raise AssertionError("there is nobody to assess")


class RunningCamera:
    """A camera worker in a thread of its own, and what it published."""

    def __init__(self, url: str) -> None:
        self.stop = threading.Event()
        self.messages: list[Message] = []
        self.ends: list[tuple[str, Exception | None]] = []
        self.source = open_source(url)
        pipeline = CameraPipeline("shop", "door", NobodyThere(), assess=never, clock=utc_now)
        self.worker = CameraWorker(self.source, pipeline, self.messages.append, self.stop)
        self.thread = self.worker.start(lambda camera_id, error: self.ends.append((camera_id, error)))

    def frames(self) -> int:
        return self.worker.progress().counts.frames

    def end(self) -> None:
        self.stop.set()
        self.thread.join(10.0)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two minutes of a shop whose picture changes all the time, at 12 frames a second."""
    require_rtsp_server()
    pictures = [numbered(number, grey=60 + number % 50) for number in range(12 * 120)]
    path = tmp_path_factory.mktemp("rtsp") / "door.mp4"
    return write_clip(path, even_times_s(len(pictures), frames_per_s=12), pictures=pictures)


@pytest.fixture
def server(clip: Path) -> Iterator[RtspServer]:
    with RtspServer(clip, user="anna", password=SECRET) as running:
        yield running


def test_frames_flow_again_within_ten_seconds_and_the_outage_is_a_gap_of_its_length(server: RtspServer) -> None:
    camera = RunningCamera(server.url)
    try:
        assert wait_until(lambda: camera.frames() >= 5, within_s=15.0), camera.source.status()
        server.kill()
        away_at = utc_now()
        assert wait_until(lambda: "nothing listens" in camera.source.status().problem, within_s=8.0)
        assert camera.source.status().state is SourceState.AWAY
        sleep(max(0.0, 10.0 - (utc_now() - away_at).total_seconds()))
        before = camera.frames()
        server.start()
        back_at = utc_now()
        assert wait_until(lambda: camera.frames() > before + 5, within_s=10.0), camera.source.status()
        assert camera.source.status().state is SourceState.WATCHING
    finally:
        camera.end()
    assert camera.ends == [("door", None)]
    coverage = [message for message in camera.messages if isinstance(message, Coverage)]
    states = [stretch.state for stretch in coverage]
    assert states == [CoverageState.SEEN, CoverageState.GAP, CoverageState.SEEN]
    gap = coverage[1]
    assert abs(gap.began_at - away_at) < timedelta(seconds=3)
    assert timedelta(seconds=-0.5) < gap.ended_at - back_at < timedelta(seconds=10)
    assert "nothing listens" in gap.reason
    assert sum(stretch.frames for stretch in coverage) == camera.frames()


def test_a_camera_that_hangs_with_its_connection_open_is_a_gap_and_comes_back(server: RtspServer) -> None:
    camera = RunningCamera(server.url)
    try:
        assert wait_until(lambda: camera.frames() >= 5, within_s=15.0), camera.source.status()
        server.freeze()
        frozen_at = utc_now()
        assert wait_until(lambda: camera.source.status().state is SourceState.AWAY, within_s=10.0)
        before = camera.frames()
        server.thaw()
        assert wait_until(lambda: camera.frames() > before + 3, within_s=10.0), camera.source.status()
    finally:
        camera.end()
    (gap,) = (item for item in camera.messages if isinstance(item, Coverage) and item.state is CoverageState.GAP)
    assert abs(gap.began_at - frozen_at) < timedelta(seconds=3)
    assert gap.ended_at - gap.began_at > timedelta(seconds=4)


def test_a_camera_may_come_back_with_another_resolution(server: RtspServer, tmp_path: Path) -> None:
    pictures = [numbered(number, width=384, height=128) for number in range(240)]
    large = write_clip(tmp_path / "large.mp4", even_times_s(240, frames_per_s=12), pictures=pictures)
    pipeline = CameraPipeline("shop", "door", NobodyThere(), assess=never, clock=utc_now)
    source = open_source(server.url)
    items = iter(source)
    try:
        for _ in range(3):
            assert pipeline.process(next(item for item in items if isinstance(item, Frame))) == []
        server.kill()
        with RtspServer(large, user="anna", password=SECRET, port=server.port):
            frame = next(item for item in items if isinstance(item, Frame) and item.image.shape[1] == 384)
            assert number_of(frame.image) < 100
            assert pipeline.process(frame) == []
    finally:
        source.close()


def test_a_wrong_password_is_a_sentence_without_the_password(
    server: RtspServer, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    wrong = "wr0ng-word"
    camera = RunningCamera(server.url.replace(SECRET, wrong))
    camera.thread.join(15.0)
    ((camera_id, error),) = camera.ends
    assert camera_id == "door"
    assert isinstance(error, CameraError)
    assert str(error) == (
        f"rtsp://***@127.0.0.1:{server.port}/door: the camera refuses the user or the password; correct the address"
    )
    out, err = capfd.readouterr()
    for text in (out, err, caplog.text, repr(camera.messages)):
        assert wrong not in text
        assert SECRET not in text


def test_pictures_that_were_coded_in_two_parts_come_whole(tmp_path: Path) -> None:
    require_rtsp_server()
    pictures = np.random.default_rng(1).integers(60, 200, (25, 24, 40), dtype=np.uint8)
    with Film(tmp_path / "door.mp4", width_px=320, height_px=192) as film:
        for number, picture in enumerate(pictures):
            film.planes[0][:] = picture.repeat(8, axis=0).repeat(8, axis=1)
            film.write(200 * number)
    with Capture.of_file(tmp_path / "door.mp4") as capture:
        shown = [image for _ in pictures if capture.grab() and (image := capture.retrieve()) is not None]
    with RtspServer(tmp_path / "door.mp4") as camera:
        source = open_source(camera.url)
        seen = list(islice((item for item in source if isinstance(item, Frame)), 5))
        source.close()
    assert all(any((frame.image == image).all() for image in shown) for frame in seen)


def test_a_password_left_out_is_asked_for(server: RtspServer) -> None:
    with pytest.raises(CameraError, match="wants a password"):
        next(iter(open_source(server.url.replace(f"anna:{SECRET}@", ""))))


def test_a_camera_that_is_not_there_yet_is_waited_for(clip: Path) -> None:
    server = RtspServer(clip)
    camera = RunningCamera(server.url)
    try:
        assert wait_until(lambda: camera.source.status().state is SourceState.AWAY, within_s=5.0)
        assert not camera.ends
        server.start()
        assert wait_until(lambda: camera.frames() >= 2, within_s=10.0), camera.source.status()
    finally:
        server.kill()
        camera.end()


def test_a_stream_that_does_not_exist_is_named_without_the_password(server: RtspServer) -> None:
    camera = RunningCamera(server.url.replace("/door", "/window"))
    try:
        assert wait_until(lambda: "no such stream" in camera.source.status().problem, within_s=8.0)
        assert SECRET not in camera.source.status().problem
        assert not camera.ends
    finally:
        camera.end()


def test_a_worker_whose_camera_is_away_stops_at_once() -> None:
    camera = RunningCamera(f"rtsp://127.0.0.1:{free_port()}/door")
    sleep(1.0)
    before_s = monotonic()
    camera.end()
    assert monotonic() - before_s < 3.0
    assert not camera.thread.is_alive()
    assert camera.ends == [("door", None)]
