"""Who watches a camera: one program at a time, on every database."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.records.camera_leases import CameraLeases
from analytics.records.repository import VisitRepository
from analytics.settings import StoreSettings

LONG, OVER = timedelta(minutes=5), timedelta(seconds=-1)
DOOR, TILL = ("harbour", "door"), ("harbour", "till")


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.needs_postgres)])
def repository(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VisitRepository]:
    with ExitStack() as opened:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('leases') / 'visits.sqlite'}"
        else:
            url = opened.enter_context(request.getfixturevalue("new_postgres_database")())
        yield opened.enter_context(closing(VisitRepository(url, lambda store: StoreSettings(store_id=store))))


@pytest.fixture
def leases(repository: VisitRepository) -> CameraLeases:
    for holder in ("one", "other", "third"):
        repository.camera_leases.release(holder)
    return repository.camera_leases


def test_what_one_program_holds_no_other_is_given_until_it_lets_go(leases: CameraLeases):
    assert leases.claim({DOOR, TILL}, holder="one", lasts=LONG) == ({DOOR, TILL}, set())
    assert leases.claim({DOOR}, holder="other", lasts=LONG) == (set(), {DOOR, TILL})
    assert leases.claim({DOOR}, holder="one", lasts=LONG) == ({DOOR}, set())  # the till is anybody's
    assert leases.claim({DOOR, TILL}, holder="other", lasts=LONG) == ({TILL}, {DOOR})
    leases.release("one")
    assert leases.claim({DOOR, TILL}, holder="other", lasts=LONG) == ({DOOR, TILL}, set())


def test_what_a_program_held_that_died_is_anybodys_when_its_time_is_over(leases: CameraLeases):
    leases.claim({DOOR}, holder="one", lasts=OVER)
    assert leases.claim({DOOR}, holder="other", lasts=LONG) == ({DOOR}, set())
    assert leases.claim({DOOR}, holder="one", lasts=LONG) == (set(), {DOOR})


claims = st.lists(
    st.tuples(
        st.sampled_from(["one", "other", "third"]),
        st.sets(st.sampled_from([DOOR, TILL, ("market", "door")])),
        st.sampled_from([LONG, OVER]),
    ),
    max_size=12,
)


@given(claims)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nobody_holds_what_another_holds_whatever_they_ask_for(leases: CameraLeases, asked):
    for holder in ("one", "other", "third"):
        leases.release(holder)
    held: dict[str, set[tuple[str, str]]] = {}
    for holder, cameras, lasts in asked:
        ours, others = leases.claim(cameras, holder=holder, lasts=lasts)
        taken = set().union(*(of_other for other, of_other in held.items() if other != holder))
        assert others == taken
        assert ours == (cameras - taken if lasts is LONG else set())
        held[holder] = ours
