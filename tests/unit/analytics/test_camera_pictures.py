"""What cameras last saw: who is shown it, with which words, and that no browser keeps it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from access_site import BEGAN, FOREIGN, OWN, Site, access_site
from visitors_on_paper import watched

from analytics.access.roles import Role
from analytics.camera_work import CameraPicture, CameraWork
from analytics.records.kept_cameras import KeptCamera
from schemas.messages import Coverage

JPEG = b"a picture"
SEEN = CameraPicture(captured_at=BEGAN - timedelta(seconds=5), faces=2, usable_faces=1, jpeg=lambda: JPEG)
PATH = f"/stores/{OWN}/cameras/door/picture"


def refused(*_asked: object) -> None:
    raise AssertionError("only pictures are asked for here")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    pictures = {(OWN, "door"): SEEN, (FOREIGN, "door"): replace(SEEN, faces=0, usable_faces=0)}
    work = CameraWork(try_out=refused, keep=refused, remove=refused, now=dict, pictures=lambda: pictures)
    with access_site(tmp_path, cameras=work) as opened:
        yield opened


def told(store: str, *, camera: str = "door") -> Coverage:
    return watched("2026-05-04 08:00", "2026-05-04 08:59", store=store, camera=camera)


def logged_in(site: Site, role: Role) -> dict[str, str]:
    site.add_user("olga", role)
    return site.session("olga")


def test_an_operator_sees_on_the_tile_of_a_camera_what_it_last_saw(site: Site):
    site.repository.record([], [told(OWN), told(OWN, camera="till"), told(FOREIGN)])
    olga = logged_in(site, Role.OPERATOR)
    page = site.client.get("/cameras", headers=olga).text
    assert page.count('class="last-picture"') == 2
    assert f'src="{PATH}"' in page
    assert "2 faces, 1 good enough" in page
    assert "no face in it" in page
    answer = site.client.get(PATH, headers=olga)
    assert (answer.content, answer.headers["content-type"], answer.headers["cache-control"]) == (
        JPEG, "image/jpeg", "no-store",
    )  # fmt: skip


def test_of_a_camera_that_is_not_watched_here_there_is_no_picture(site: Site):
    olga = logged_in(site, Role.OPERATOR)
    answer = site.client.get(f"/stores/{OWN}/cameras/till/picture", headers=olga)
    assert (answer.status_code, "There is no picture of this camera here" in answer.text) == (404, True)


def test_a_manager_sees_how_a_camera_fares_and_no_picture_of_it(site: Site):
    site.repository.record([], [told(OWN)])
    olga = logged_in(site, Role.MANAGER)
    page = site.client.get("/cameras", headers=olga).text
    assert "Frames looked at" in page
    assert 'class="last-picture"' not in page
    assert site.client.get(PATH, headers=olga).status_code == 403


def test_a_camera_of_which_nothing_was_recorded_yet_shows_its_picture_where_it_was_added(site: Site):
    site.repository.cameras.keep(
        KeptCamera(
            store_id=OWN, camera_id="door", address="rtsp://192.0.2.7/", shown_as="rtsp://192.0.2.7/", start=None,
            kept_at=BEGAN,
        ),
        by="olga",
    )  # fmt: skip
    olga = logged_in(site, Role.OPERATOR)
    assert site.client.get("/cameras", headers=olga).text.count(f'src="{PATH}"') == 1
    site.repository.record([], [told(OWN)])
    assert site.client.get("/cameras", headers=olga).text.count(f'src="{PATH}"') == 1


def test_a_picture_of_another_day_says_which(site: Site):
    site.repository.record([], [told(OWN)])
    olga = logged_in(site, Role.OPERATOR)
    assert ">08:59:55 ·" in site.client.get("/cameras", headers=olga).text
    site.clock.now = BEGAN + timedelta(hours=16)
    olga = site.session("olga")
    assert ">2026-05-04 08:59:55 ·" in site.client.get("/cameras", headers=olga).text
