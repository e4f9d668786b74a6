"""What tills send over HTTP: judged row by row, kept of the store that is theirs alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from access_site import FOREIGN, OWN, Site, access_site
from hypothesis import given
from hypothesis import strategies as st

from analytics.access.roles import Role
from analytics.settings import StoreSettings
from analytics.transactions import read_till_file, read_till_rows

GOOD = {"time": "2026-05-04T09:30:00", "id": "1", "amount": "12.50"}
ZONE = StoreSettings(store_id="shop", zone="Europe/Berlin").tz


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with access_site(tmp_path) as opened:
        yield opened


def test_a_till_tells_of_its_store_without_naming_it_and_again_without_harm(site: Site):
    _, key = site.key(Role.TILL)
    rows = [GOOD, {"time": "2026-05-04T10:00:00Z", "id": "2", "amount": 3}]
    answer = site.client.post("/api/transactions", json=rows, headers=key)
    assert answer.json() == {"store": OWN, "new": 2, "changed": 0, "unchanged": 0, "faults": []}
    changed = [GOOD, rows[1] | {"amount": None}]
    answer = site.client.post("/api/transactions", json=changed, headers=key)
    assert answer.json() == {"store": OWN, "new": 0, "changed": 1, "unchanged": 1, "faults": []}


def test_a_till_tells_of_no_store_but_its_own_and_sees_nothing(site: Site):
    _, key = site.key(Role.TILL)
    answer = site.client.post("/api/transactions", params={"store": FOREIGN}, json=[GOOD], headers=key)
    assert (answer.status_code, FOREIGN in answer.text) == (403, False)
    assert site.client.post("/api/transactions", params={"store": "none"}, json=[], headers=key).status_code == 403
    for path in ("/api/stores", f"/api/stores/{OWN}/report", "/api/reports"):
        assert site.client.get(path, headers=key).status_code == 403


def test_a_cashier_and_a_manager_tell_of_nothing(site: Site):
    for role in (Role.CASHIER, Role.MANAGER, Role.OPERATOR):
        _, key = site.key(role)
        assert site.client.post("/api/transactions", json=[GOOD], headers=key).status_code == 403


def test_an_admin_names_the_store(site: Site):
    _, key = site.key(Role.ADMIN)
    answer = site.client.post("/api/transactions", json=[GOOD], headers=key)
    assert (answer.status_code, "name the store" in answer.text) == (422, True)
    assert site.client.post("/api/transactions", params={"store": OWN}, json=[GOOD], headers=key).json()["new"] == 1


def test_faulty_rows_are_named_by_their_place_and_the_good_ones_kept_only_if_asked(site: Site):
    _, key = site.key(Role.TILL)
    rows = [GOOD, {"id": "2"}, "row", GOOD | {"amount": "13"}, {"id": "3", "time": "noon"}]
    refused = site.client.post("/api/transactions", json=rows, headers=key)
    assert refused.status_code == 422
    assert refused.json()["faults"] == [
        {"index": 1, "says": "the time is missing, or no text"},
        {"index": 2, "says": "a row is an object with time, id and, if it is known, amount"},
        {"index": 3, "says": "id '1' stands in row 0 with other contents"},
        {"index": 4, "says": "time 'noon' is none: write it as 2026-05-04T09:30:00"},
    ]
    kept = site.client.post("/api/transactions", params={"keep_good": True}, json=rows, headers=key)
    assert (kept.json()["new"], len(kept.json()["faults"])) == (1, 4)


@pytest.mark.parametrize("body", ["", "{}", "[", "null", '"a"', "[1e999]", "\x00"])
def test_what_is_no_list_of_rows_is_refused_with_a_sentence(site: Site, body: str):
    _, key = site.key(Role.TILL)
    answer = site.client.post("/api/transactions", content=body, headers=key | {"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["error"]


def test_too_many_rows_at_once_are_refused(site: Site):
    _, key = site.key(Role.TILL)
    assert site.client.post("/api/transactions", json=[GOOD] * 10_001, headers=key).status_code == 422


@given(
    rows=st.lists(
        st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists)
        | st.fixed_dictionaries(
            {"time": st.sampled_from(["2026-05-04T09:30", "x"]) | st.text(), "id": st.text()},
            optional={"amount": st.floats() | st.text() | st.none()},
        )
    )
)
def test_whatever_is_sent_every_row_is_taken_or_named(rows):
    read = read_till_rows(rows, ZONE)
    assert len(read.faults) + len(read.transactions) <= len(rows)
    assert {fault.line for fault in read.faults} <= set(range(len(rows)))


def test_a_list_and_a_file_that_say_the_same_are_read_alike():
    lines = ["time,id,amount\n", "2026-05-04 09:30,1,12.50\n", "2026-03-29T02:30,2,1\n", "2026-05-04T09:30Z, 3 ,\n"]
    rows = [dict(zip(("time", "id", "amount"), line.strip("\n").split(","), strict=True)) for line in lines[1:]]
    by_list, by_file = read_till_rows(rows, ZONE), read_till_file(lines, ZONE)
    assert by_list.transactions == by_file.transactions
    assert [fault.says for fault in by_list.faults] == [fault.says for fault in by_file.faults]
