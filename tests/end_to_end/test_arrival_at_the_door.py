"""A member enrolled by one picture in one store walks into another, in front of a real RTSP camera."""

from pathlib import Path

import cv2
import pytest
from arrival_screen import ArrivalScreen
from faces_scene import portrait
from footfall_process import Running, footfall
from picture_folder import picture_of
from services import RtspServer, free_port, require_rtsp_server, wait_until
from simulated_day import FAST

from bench.arrivals.__main__ import answers
from bench.arrivals.door import film_door

pytestmark = pytest.mark.needs_rtsp

ANNA, BOB, STRANGER = 0, 1, 2


def test_a_member_who_walks_into_another_store_is_told_of_and_neither_a_stranger_nor_a_poster_is(tmp_path: Path):
    require_rtsp_server()
    (tmp_path / "members").mkdir()
    for name, person in (("anna", ANNA), ("bob", BOB)):
        cv2.imwrite(str(tmp_path / "members" / f"{name}.png"), picture_of(person))
    film, data = tmp_path / "door.mp4", tmp_path / "data"
    comers = [[portrait(STRANGER, 1)], [portrait(ANNA, 1)]]
    film_door(film, comers, [portrait(BOB)], seed=3, first_s=2.0, every_s=3.0)
    asked = ("--pack", "dlib", "--data-dir", data)
    enrolled = footfall("enrol", tmp_path / "members", "--by", "name", "--consent", "--store", "north", *asked)
    assert enrolled.code == 0, enrolled.err
    port = free_port()
    page = f"http://127.0.0.1:{port}"
    with (
        RtspServer(film) as camera,
        Running("run", "--store", "south", "--port", port, *asked, "--camera", f"door={camera.url}", **FAST) as program,
    ):
        assert wait_until(lambda: answers(page) or not program.runs, within_s=60.0), program.err
        with ArrivalScreen(page, "south") as screen:
            assert wait_until(lambda: screen.members(), within_s=60.0), program.err
            assert screen.members() == ["anna"]
            (arrival_id,) = {one.arrival["arrival_id"] for one in screen.told}
            assert wait_until(lambda: screen.told[-1].arrival["status"] == "confirmed", within_s=30.0)
            assert {one.arrival["arrival_id"] for one in screen.told} == {arrival_id}
