"""What every FrameSource promises, on a file and on a camera."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path
from time import monotonic

import pytest
from clips import even_times_s, number_of, write_clip
from services import RtspServer, require_rtsp_server

from ingest.frames import Frame, FrameSource, SourceState
from ingest.sources import open_source

OpenSource = Callable[[], FrameSource]


@pytest.fixture(params=["file", pytest.param("rtsp", marks=pytest.mark.needs_rtsp)])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenSource]:
    """Opens a source of a clip of 20 s whose frames bear their numbers, at 25 frames a second."""
    clip = write_clip(tmp_path / "clip.mp4", even_times_s(500))
    sources: list[FrameSource] = []

    def open_one(url: str) -> FrameSource:
        sources.append(open_source(url, start=datetime(2026, 3, 1, tzinfo=UTC), frames_per_s=5.0))
        return sources[-1]

    if request.param == "file":
        yield lambda: open_one(str(clip))
    else:
        require_rtsp_server()
        with RtspServer(clip, user="anna", password="s3cret") as server:
            yield lambda: open_one(server.url)
    for source in sources:
        source.close()


def first_frames(source: FrameSource, count: int) -> list[Frame]:
    return list(islice((item for item in source if isinstance(item, Frame)), count))


def test_frames_come_in_the_order_in_which_they_were_taken(opened: OpenSource) -> None:
    frames = first_frames(opened(), 8)
    times = [frame.captured_at for frame in frames]
    assert [frame.index for frame in frames] == list(range(8))
    assert all(earlier < later for earlier, later in pairwise(times))
    numbers = [number_of(frame.image) for frame in frames]
    assert numbers == sorted(set(numbers))


def test_capture_times_are_aware_and_in_utc(opened: OpenSource) -> None:
    assert all(frame.captured_at.utcoffset() == timedelta(0) for frame in first_frames(opened(), 2))


def test_frames_come_at_about_the_rate_asked_for(opened: OpenSource) -> None:
    frames = first_frames(opened(), 11)
    seconds = (frames[-1].captured_at - frames[1].captured_at).total_seconds()
    assert 1.3 < seconds < 2.6
    # A camera hands over in a rush what it held back while the connection was made: up to a second.
    assert 35 <= number_of(frames[-1].image) - number_of(frames[1].image) <= 90


def test_images_are_colour_pictures_of_their_own(opened: OpenSource) -> None:
    one, other = first_frames(opened(), 2)
    assert one.image.shape == other.image.shape == (64, 192, 3)
    assert one.image.dtype == "uint8"
    before = other.image.copy()
    one.image[:] = 0
    assert (other.image == before).all()


def test_closing_ends_the_iteration_soon_and_may_be_repeated(opened: OpenSource) -> None:
    source = opened()
    iterator = iter(source)
    next(iterator)
    before_s = monotonic()
    source.close()
    source.close()
    assert [item for item in iterator if isinstance(item, Frame)] == []
    assert monotonic() - before_s < 3.0


def test_a_source_that_was_never_iterated_can_be_closed(opened: OpenSource) -> None:
    opened().close()


def test_the_status_counts_the_frames_given(opened: OpenSource) -> None:
    source = opened()
    first_frames(source, 3)
    assert source.status().frames >= 2
    assert source.status().state in (SourceState.WATCHING, SourceState.ENDED)


def test_the_name_holds_no_password(opened: OpenSource) -> None:
    assert "s3cret" not in opened().name
