import random
import socket
import threading
import time
from itertools import islice, pairwise

import numpy as np
import pytest

from ingest import rtsp_source
from ingest.backoff import delays_s
from ingest.rtsp_reader import _Standstill
from ingest.sources import open_source


def picture(level: int) -> np.ndarray:
    return np.full((48, 64, 3), level, np.uint8)


def test_a_stream_whose_clock_stops_stands_still() -> None:
    watch = _Standstill(stall_s=3.0, frozen_s=60.0)
    watch.opened()
    assert [watch.of_position(second, second) for second in (0.0, 1.0, 2.0)] == ["", "", ""]
    assert watch.of_position(2.0, 4.9) == ""
    assert watch.of_position(2.0, 5.1) == "the stream stands still"


def test_a_camera_that_states_no_times_does_not_stand_still() -> None:
    watch = _Standstill(stall_s=3.0, frozen_s=60.0)
    watch.opened()
    assert {watch.of_position(0.0, second) for second in range(20)} == {""}


def test_a_picture_that_stays_the_same_is_frozen_also_after_connecting_again() -> None:
    watch = _Standstill(stall_s=3.0, frozen_s=60.0)
    watch.opened()
    assert watch.of_picture(picture(90), 0.0) == ""
    assert watch.of_picture(picture(90), 59.0) == ""
    assert watch.of_picture(picture(90), 61.0) == "the picture is frozen"
    watch.opened()
    assert watch.of_picture(picture(90), 62.0) == "the picture is frozen"
    assert watch.of_picture(picture(91), 63.0) == ""


def test_waits_double_up_to_the_cap_and_are_never_the_same() -> None:
    waits = list(islice(delays_s(first_s=0.5, cap_s=3.0, source=random.Random(1)), 8))
    assert 0.25 <= waits[0] <= 0.5
    assert 0.5 <= waits[1] <= 1.0
    assert all(1.5 <= wait <= 3.0 for wait in waits[3:])
    assert all(one != other for one, other in pairwise(waits))


def test_a_camera_is_given_up_when_it_is_silent_for_as_long_as_was_asked() -> None:
    source = open_source("rtsp://127.0.0.1/door", stall_s=2.0)
    assert isinstance(source, rtsp_source.RtspSource)
    assert source._reader._patience.read_timeout_s == 2.0


def test_a_reader_that_hangs_is_left_behind_and_another_takes_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtsp_source, "_HUNG_S", 0.4)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        source = open_source(f"rtsp://127.0.0.1:{silent.getsockname()[1]}/door")
        assert isinstance(source, rtsp_source.RtspSource)
        first = source._reader
        thread = threading.Thread(target=lambda: list(source), daemon=True)
        thread.start()
        deadline_s = time.monotonic() + 5.0
        while source._reader is first and time.monotonic() < deadline_s:
            time.sleep(0.05)
        replaced = source._reader is not first
        source.close()
        thread.join(3.0)
    assert replaced
    assert not thread.is_alive()
