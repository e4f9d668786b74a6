"""What cameras last saw, on the page of cameras: a real program watches, and whoever hangs the camera looks."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from footfall_process import Running, footfall, until_answered
from page_checks import stands
from playwright.sync_api import expect
from services import free_port

pytestmark = pytest.mark.needs_chromium

READ_WITHIN_S = 180


@pytest.fixture(scope="module")
def cameras_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the page of a program that watches a simulated door."""
    folder = tmp_path_factory.mktemp("pictures")
    made = footfall("simulate", "--people", 3, "--visits", 3, "--minutes", 1, "--out", folder / "films", folder=folder)
    assert made.code == 0, made.err
    port, began = free_port(), datetime.now(UTC) - timedelta(hours=2)
    watched = ["--camera", f"door={folder / 'films' / 'door.mp4'}", "--start", f"{began:%Y-%m-%dT%H:%M:%S}"]
    with Running(
        "run", "--store", "harbour", *watched, folder=folder, XDG_DATA_HOME=folder / "home", FOOTFALL_WEB_PORT=port
    ):
        until_answered(f"http://127.0.0.1:{port}/cameras")
        yield f"http://127.0.0.1:{port}/cameras"


@pytest.mark.parametrize(("width", "dark", "language"), [(1440, False, "en-GB"), (390, True, "zh-CN")])
def test_a_tile_shows_what_its_camera_last_saw(cameras_page: str, look, width: int, dark: bool, language: str):
    seen = look(cameras_page, width=width, dark=dark, language=language)
    picture = seen.page.locator(".camera .last-picture img")
    for _ in range(READ_WITHIN_S):
        if picture.count() == 1:
            break
        seen.page.wait_for_timeout(1000)
        seen.page.reload()
    expect(seen.page.locator(".camera .last-picture")).to_contain_text("1")  # face: somebody came in the last minute
    picture.scroll_into_view_if_needed()
    seen.page.wait_for_function("image => image.complete && image.naturalWidth === 480", arg=picture.element_handle())
    stands(seen, f"camera-picture-{width}-{'dark' if dark else 'light'}-{language[:2]}", width)
