"""Stores and cameras set up by programs: as on the pages, under the same rules, written down as there."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from access_site import FOREIGN, OWN, Site, access_site

from analytics.access.roles import Role
from analytics.records.kept_cameras import KeptCamera

SETTINGS = {
    "zone": "Europe/Berlin",
    "day_start": "06:00",
    "session_gap_minutes": 45.0,
    "opening_hours": {"monday": {"opens": "09:00", "closes": "20:00"}},
}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with access_site(tmp_path) as opened:
        yield opened


def audit(site: Site) -> list[tuple[str, str]]:
    return [(entry.action, entry.subject) for entry in site.repository.access.audit.latest(9)]


def test_a_store_is_set_up_and_counted_otherwise_and_both_are_written_down(site: Site):
    _, key = site.key(Role.ADMIN)
    made = site.client.put("/api/stores/market/settings", json={"zone": "Asia/Shanghai"}, headers=key)
    assert (made.status_code, made.json()["zone"]) == (200, "Asia/Shanghai")
    changed = site.client.put("/api/stores/market/settings", json=SETTINGS, headers=key)
    assert changed.json() == SETTINGS | {"store": "market", "set_by_configuration": []}
    assert site.client.get("/api/stores/market/settings", headers=key).json() == changed.json()
    assert site.repository.settings_of("market").session_gap == timedelta(minutes=45)
    assert {("store add", "market"), ("store settings", "market")} <= set(audit(site))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"zone": "Europe/Pari"}, "did you mean Europe/Paris?"),
        ({"zone": "UTC", "session_gap_minutes": 1000}, "session_gap_minutes"),
        ({"zone": "UTC", "opening_hours": {"noday": {"opens": "09:00", "closes": "10:00"}}}, "should be 'monday'"),
        ({}, "zone"),
    ],
)
def test_what_cannot_be_meant_is_named_and_changes_nothing(site: Site, body: dict[str, object], says: str):
    _, key = site.key(Role.ADMIN)
    answer = site.client.put(f"/api/stores/{OWN}/settings", json=body, headers=key)
    assert answer.status_code == 422
    assert says in answer.text
    assert ("store settings", OWN) not in audit(site)


def test_an_operator_changes_no_store_but_their_own_and_a_manager_none(site: Site):
    _, key = site.key(Role.MANAGER)
    assert site.client.put(f"/api/stores/{OWN}/settings", json=SETTINGS, headers=key).status_code == 403
    assert site.client.get(f"/api/stores/{OWN}/cameras", headers=key).status_code == 403


def test_cameras_are_listed_without_passwords_and_taken_away(site: Site):
    site.repository.cameras.keep(
        KeptCamera(
            store_id=OWN,
            camera_id="door",
            address="rtsp://anna:secret@10.0.0.7/door",
            shown_as="rtsp://10.0.0.7/door",
            start=None,
            kept_at=site.clock(),
        ),
        by="test",
    )
    _, key = site.key(Role.ADMIN)
    (camera,) = site.client.get(f"/api/stores/{OWN}/cameras", headers=key).json()["cameras"]
    assert (camera["camera"], camera["address"], camera["watching"]) == ("door", "rtsp://10.0.0.7/door", None)
    assert site.client.get(f"/api/stores/{FOREIGN}/cameras", headers=key).json() == {"cameras": []}
    assert site.client.delete(f"/api/stores/{OWN}/cameras/till", headers=key).status_code == 404
    assert site.client.delete(f"/api/stores/{OWN}/cameras/door", headers=key).status_code == 204
    assert site.repository.cameras.all() == []


def test_where_no_cameras_are_watched_none_is_added(site: Site):
    _, key = site.key(Role.ADMIN)
    answer = site.client.put(f"/api/stores/{OWN}/cameras/door", json={"address": "rtsp://10.0.0.7/"}, headers=key)
    assert (answer.status_code, "watches no cameras" in answer.text) == (422, True)
