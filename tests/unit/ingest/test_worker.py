import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from faces.ports import Detection, Image
from faces.quality import Quality
from ingest.frames import Frame, Gap, SourceState, SourceStatus
from ingest.pipeline import CameraPipeline
from ingest.replay import replay
from ingest.worker import CameraWorker, Progress
from schemas.errors import CameraError, StorageError
from schemas.messages import FaceCrop, Message, Phase

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
GOOD = Quality(
    certainty=0.9,
    size_px=60.0,
    sharpness=0.4,
    yaw=0.0,
    roll=0.0,
    exposure=1.0,
    contrast=40.0,
    edge_clip=0.0,
    likeness=0.6,
)


def frames(count: int, *, from_s: float = 0.0) -> list[Frame]:
    image = np.full((120, 160, 3), 100, np.uint8)
    return [
        Frame(image=image, captured_at=START + timedelta(seconds=from_s + 0.2 * number), index=number)
        for number in range(count)
    ]


class Recording:
    """A source of items written down; where it ``stays``, it is a camera: it then blocks until it is closed."""

    def __init__(self, items: Sequence[Frame | Gap], *, stays: bool = False, error: Exception | None = None) -> None:
        self._items = items
        self._stays = stays
        self._error = error
        self.closed = threading.Event()
        self.name = "recording"

    def __iter__(self) -> Iterator[Frame | Gap]:
        for item in self._items:
            if self.closed.is_set() and not self._stays:
                return
            yield item
        if self._error is not None:
            raise self._error
        if self._stays:
            assert self.closed.wait(10.0)

    def status(self) -> SourceStatus:
        return SourceStatus(state=SourceState.WATCHING, decode_s=1.5, fraction_done=None if self._stays else 0.5)

    def close(self) -> None:
        self.closed.set()


class SomeoneThere:
    """A detector that always sees the same face, which comes nearer."""

    detector_id = "someone.v1"

    def __init__(self) -> None:
        self._reach = 10.0

    def detect(self, image: Image) -> list[Detection]:
        self._reach *= 1.2
        landmarks = np.float32([(60, 60), (70, 60), (65, 65), (60, 70), (70, 70)]) * np.float32(self._reach)
        return [Detection(box=(50.0, 30.0, 40.0, 40.0), score=0.9, landmarks=landmarks)]


class Broken:
    """A detector with a fault."""

    detector_id = "broken.v1"

    def detect(self, image: Image) -> list[Detection]:
        raise ZeroDivisionError("a fault of the program")


def worker(
    source: Recording,
    publish: Callable[[Message], None],
    stop: threading.Event | None = None,
    *,
    camera_id: str = "door",
    detector: SomeoneThere | Broken | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> CameraWorker:
    pipeline = CameraPipeline(
        "shop", camera_id, detector or SomeoneThere(), assess=lambda image, detection: GOOD, clock=lambda: START
    )
    return CameraWorker(source, pipeline, publish, stop or threading.Event(), on_progress=on_progress)


def kinds(messages: Sequence[Message]) -> list[str]:
    return [message.phase if isinstance(message, FaceCrop) else type(message).__name__ for message in messages]


def test_a_recording_is_worked_through_and_its_last_track_flushed() -> None:
    messages: list[Message] = []
    source = Recording(frames(10))
    worker(source, messages.append).run()
    *while_it_lasted, last, coverage = kinds(messages)
    assert set(while_it_lasted) == {Phase.PROVISIONAL}
    assert (last, coverage) == (Phase.CONFIRMED, "Coverage")
    assert source.closed.is_set()


def test_a_live_camera_that_is_told_to_stop_flushes_its_best_shots() -> None:
    messages: list[Message] = []
    ends: list[tuple[str, Exception | None]] = []
    stop = threading.Event()
    thread = worker(Recording(frames(4), stays=True), messages.append, stop).start(
        lambda camera_id, error: ends.append((camera_id, error))
    )
    stop.set()
    thread.join(5.0)
    assert ends == [("door", None)]
    assert kinds(messages)[-2:] == [Phase.CONFIRMED, "Coverage"]


def test_a_fault_in_one_camera_is_reported_and_the_other_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    messages: list[Message] = []
    ends: dict[str, Exception | None] = {}
    workers = [
        worker(Recording(frames(4)), messages.append, camera_id="broken", detector=Broken()),
        worker(Recording(frames(4)), messages.append, camera_id="sound"),
    ]
    for thread in [item.start(ends.__setitem__) for item in workers]:
        thread.join(5.0)
    assert isinstance(ends["broken"], ZeroDivisionError)
    assert ends["sound"] is None
    assert {message.camera_id for message in messages if isinstance(message, FaceCrop)} == {"sound"}
    assert "camera broken has stopped on a fault of the program" in caplog.text


def test_a_camera_that_refuses_us_is_reported_without_its_password(caplog: pytest.LogCaptureFixture) -> None:
    ends: dict[str, Exception | None] = {}
    refusal = CameraError("rtsp://anna:s3cret@10.0.0.5/door: refused")
    source = Recording(frames(2), error=refusal)
    worker(source, lambda message: None).start(ends.__setitem__).join(5.0)
    assert ends == {"door": refusal}
    assert source.closed.is_set()
    assert "refused" in caplog.text
    assert "s3cret" not in caplog.text


def test_a_log_that_cannot_be_written_ends_the_worker() -> None:
    def full(message: Message) -> None:
        raise StorageError("disk full")

    source = Recording(frames(2))
    with pytest.raises(StorageError, match="disk full"):
        worker(source, full).run()
    assert source.closed.is_set()


def test_progress_tells_frames_and_the_time_of_each_stage() -> None:
    told: list[Progress] = []
    worker(Recording(frames(3)), lambda message: None, on_progress=told.append).run()
    assert [progress.counts.frames for progress in told[:3]] == [1, 2, 3]
    assert set(told[-1].seconds) == {"decode", "motion", "detect", "track", "quality"}
    assert told[-1].seconds["decode"] == 1.5


def test_several_recordings_are_replayed_in_the_order_of_their_capture_times() -> None:
    messages: list[Message] = []
    late = worker(Recording(frames(5, from_s=20.0)), messages.append, camera_id="late")
    early = worker(Recording(frames(5)), messages.append, camera_id="early")
    replay([late, early], threading.Event())
    assert [(message.camera_id, kind) for message, kind in zip(messages, kinds(messages), strict=True)] == [  # type: ignore[union-attr]
        ("early", "provisional"),
        ("early", "provisional"),
        ("early", "confirmed"),
        ("early", "Coverage"),
        ("late", "provisional"),
        ("late", "provisional"),
        ("late", "confirmed"),
        ("late", "Coverage"),
    ]


def test_a_replay_interleaves_cameras_that_ran_at_the_same_time() -> None:
    taken: list[tuple[str, float]] = []

    def note(progress: Progress) -> None:
        taken.append((progress.camera_id, progress.counts.frames))

    cameras = [
        worker(Recording(frames(3)), lambda message: None, camera_id=name, on_progress=note) for name in ("a", "b")
    ]
    replay(cameras, threading.Event())
    assert taken[:4] == [("a", 1), ("b", 1), ("a", 2), ("b", 2)]


def test_a_recording_left_before_its_end_keeps_back_the_tracks_that_the_next_run_gives_whole() -> None:
    messages: list[Message] = []
    stop = threading.Event()

    def stop_soon(progress: Progress) -> None:
        if progress.counts.frames == 4:
            stop.set()

    recordings = {name: Recording(frames(50)) for name in ("a", "b")}
    cameras = [
        worker(recording, messages.append, stop, camera_id=name, on_progress=stop_soon)
        for name, recording in recordings.items()
    ]
    replay(cameras, stop)
    assert kinds(messages) == [Phase.PROVISIONAL, Phase.PROVISIONAL]
    assert all(recording.closed.is_set() for recording in recordings.values())


def test_a_recording_watched_live_keeps_its_last_tracks_back_too() -> None:
    messages: list[Message] = []
    stop = threading.Event()
    source = Recording(frames(50))

    def stop_soon(progress: Progress) -> None:
        if progress.counts.frames == 3:
            stop.set()
            assert source.closed.wait(5.0)

    worker(source, messages.append, stop, on_progress=stop_soon).run()
    assert kinds(messages) == [Phase.PROVISIONAL]
