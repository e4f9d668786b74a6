import cv2
import numpy as np
import pytest

from schemas.errors import StorageError
from simulator.film import Film

SIDE_PX = 64


def write_film(path, times_ms):
    """A film whose frames carry their number as brightness."""
    with Film(path, width_px=SIDE_PX, height_px=SIDE_PX) as film:
        for number, at_ms in enumerate(times_ms):
            film.planes[0][:] = 40 + 20 * number
            film.planes[1][:] = film.planes[2][:] = 128
            film.write(at_ms)


def read_film(path):
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    frames = []
    while (read := capture.read())[0]:
        frames.append((round(capture.get(cv2.CAP_PROP_POS_MSEC), 3), read[1]))
    capture.release()
    return frames


def test_opencv_reads_the_very_times_the_frames_were_given(tmp_path):
    times_ms = [0, 20_000, 40_000, 40_100, 40_200, 40_281, 60_000, 36_000_000]
    write_film(tmp_path / "film.mp4", times_ms)
    assert [at_ms for at_ms, _ in read_film(tmp_path / "film.mp4")] == times_ms


def test_a_frame_shows_the_picture_as_it_was_when_written(tmp_path):
    write_film(tmp_path / "film.mp4", range(0, 800, 100))
    brightness = [frame.mean() for _, frame in read_film(tmp_path / "film.mp4")]
    steps = np.diff(brightness)
    assert len(brightness) == 8
    assert steps.min() > 15
    assert steps.max() < 30


def test_a_film_in_a_folder_that_is_not_there_is_a_storage_error_naming_it(tmp_path):
    with pytest.raises(StorageError, match=r"nowhere/film\.mp4: cannot be written"):
        write_film(tmp_path / "nowhere" / "film.mp4", [0])
