"""Reports wait for one another; screens, streams and changes wait for none of them."""

import asyncio

import pytest

from analytics.web.few_at_once import FewAtOnce, reads_much


def scope(path: str, method: str = "GET") -> dict[str, str]:
    return {"type": "http", "method": method, "path": path}


@pytest.mark.parametrize("path", ["/", "/stores/shop", "/stores/shop/live", "/api/stores/shop/report", "/identities"])
def test_what_reads_many_visits_waits_its_turn(path: str):
    assert reads_much(scope(path))


@pytest.mark.parametrize(
    "path", ["/stores/shop/arrivals/events", "/stores/shop/live/events", "/stores/shop/cashier", "/cashier", "/healthz"]
)
def test_streams_and_screens_do_not(path: str):
    assert not reads_much(scope(path))
    assert not reads_much(scope("/stores/shop/arrivals/1/greeted", "POST"))
    assert not reads_much({"type": "lifespan"})


def test_no_more_are_worked_on_at_once_than_may_be_and_all_get_their_turn():
    at_work, most, done = 0, 0, []

    async def work(scope, receive, send) -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await asyncio.sleep(0)
        at_work -= 1
        done.append(scope["path"])

    async def ask() -> None:
        app = FewAtOnce(work, at_once=2)
        await asyncio.gather(*(app(scope(f"/stores/{number}"), None, None) for number in range(20)))

    asyncio.run(ask())
    assert most == 2
    assert done == [f"/stores/{number}" for number in range(20)]
