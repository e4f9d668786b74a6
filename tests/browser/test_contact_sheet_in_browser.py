"""The contact sheet of clusters in a real browser."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from faces_scene import portrait
from shop_site import SCREENSHOTS

from evaluation.clusters import UNCLUSTERED, Clusters
from evaluation.contact_sheet import Entry, render_contact_sheet
from faces.pictures import encode_jpeg

pytestmark = pytest.mark.needs_chromium

SIZES = (30, 5, 3)
ALONE = 4
NAMES = (
    "person-{0}/a-name-that-is-forty-characters-{1:02}.jpg",
    "王小明/王小明的家庭照片-{0}-{1}.jpg",
    "<script>alert({0}{1})</script>/'\"&.jpg",
)


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a page with three clusters, one of them larger than is shown of one."""
    labels = np.array([cluster for cluster, size in enumerate(SIZES) for _ in range(size)] + [UNCLUSTERED] * ALONE)
    entries = [
        Entry(
            name=NAMES[label].format(label, number) if label >= 0 else f"alone-{number}.png",
            portrait=encode_jpeg(cv2.resize(portrait(label if label >= 0 else number, look=number), (112, 112))),
        )
        for number, label in enumerate(labels.tolist())
    ]
    members = [np.flatnonzero(labels == cluster) for cluster in range(len(SIZES))]
    page = render_contact_sheet(
        "The faces of holiday",
        "42 faces: 3 clusters, and 4 faces in none.",
        entries,
        Clusters(labels=labels, members=members, fmr=1e-4, eps=0.9),
        without_face=["sea.jpg", "sky.jpg"],
        unreadable=[("half.jpg", "JPEG breaks off before its end; send the whole file")],
    )
    path = Path(tmp_path_factory.mktemp("sheet")) / "clusters.html"
    path.write_text(page, encoding="utf-8")
    return path.as_uri()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_sheet_stands_in_every_size_and_light(sheet, look, width, dark):
    seen = look(sheet, width=width, dark=dark)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    seen.page.screenshot(path=SCREENSHOTS / f"clusters-{width}-{'dark' if dark else 'light'}.png", full_page=True)
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(seen.page).response["violations"]
    assert [item["id"] for item in found if item["impact"] in ("serious", "critical")] == []
    assert seen.strangers == []
    assert seen.complaints == []


def test_a_row_for_each_cluster_the_largest_first_and_the_rest_last(sheet, look):
    page = look(sheet).page
    assert page.locator(".sheet h2").all_inner_texts() == [
        "Cluster 1",
        "Cluster 2",
        "Cluster 3",
        "Not in a cluster",
        "1 picture that cannot be read",
    ]
    assert page.locator(".block").first.locator("img").count() == 24
    assert "and 6 more, in clusters.csv" in page.locator(".block").first.inner_text()
    widths = page.evaluate("[...document.images].map(image => image.naturalWidth)")
    assert widths == [112] * (24 + 5 + 3 + ALONE)


def test_names_are_shown_as_they_are_and_run_nothing(sheet, look):
    page = look(sheet).page
    third = page.locator(".block").nth(2)
    assert third.locator("li span").first.get_attribute("title") == NAMES[2].format(2, 35)
    assert page.locator(".block").nth(1).locator("li span").first.inner_text() == "王小明的家庭照片-1-30.jpg"
    assert page.evaluate("document.scripts.length") == 0
