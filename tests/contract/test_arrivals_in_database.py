"""Arrivals as the database keeps them: those of the pure function, told again after a crash, forgotten on erasure."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_entries import entry, merged, split
from test_visit_repository import GAP, START, face, histories, repository, sighting, sqlite_url

from analytics.arrivals import ArrivalRules, SeenPerson, Withheld, arrivals_of
from analytics.records.arrival_writer import Announcing
from analytics.records.repository import VisitRepository
from analytics.visits import standing
from schemas.errors import InputError
from schemas.messages import Arrival, ArrivalStatus, Decision, IdentityKind, Phase, Sighting

NewUrl = Callable[[], AbstractContextManager[str]]
RULES = ArrivalRules(cooldown=timedelta(0))
AT_ONCE = Announcing(rules=RULES, now=START - timedelta(hours=6))  # nothing of the histories has expired
ANNA = entry(1, IdentityKind.BOUND, face(1), member_id="anna")
BOB = entry(2, IdentityKind.BOUND, face(2), member_id="bob")
OF_MEMBER = {face(1): "anna", face(2): "bob"}


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.needs_postgres)])
def new_url(request: pytest.FixtureRequest) -> NewUrl:
    return sqlite_url if request.param == "sqlite" else request.getfixturevalue("new_postgres_database")


def told(kept: VisitRepository, *stores: str) -> list[Arrival]:
    return [item.arrival for store in stores or ("north",) for item in kept.told_arrivals.latest(store, limit=1000)]


def by_id(arrivals: list[Arrival]) -> list[Arrival]:
    return sorted(arrivals, key=lambda one: one.arrival_id)


def as_people(forms: list[Sighting], store: str) -> list[SeenPerson]:
    return [
        SeenPerson(sighting=one, visitor=one.face_id, member=OF_MEMBER.get(one.face_id) if one.face_id else None)
        for one in standing(forms)
        if one.store_id == store
    ]


@settings(max_examples=30)
@given(history=histories(), data=st.data())
def test_whatever_is_delivered_how_often_and_how_cut_the_arrivals_are_those_of_the_pure_function(
    new_url: NewUrl, history: list[Sighting], data: st.DataObject
):
    coming = data.draw(st.permutations(history)) + data.draw(st.lists(st.sampled_from(history), max_size=6))
    expected: dict[str, list[Arrival]] = {"north": [], "south": []}
    with new_url() as url, repository(url) as kept:
        kept.record([], entries=[ANNA, BOB])
        given_so_far: list[Sighting] = []
        while coming:
            size = data.draw(st.integers(1, len(coming)))
            batch, coming = coming[:size], coming[size:]
            given_so_far += batch
            stores = {one.store_id for one in batch}
            before = {one.arrival_id: one for store in stores for one in expected[store]}
            for store in stores:
                expected[store] = arrivals_of(
                    as_people(given_so_far, store), expected[store], session_gap=GAP, rules=RULES, now=AT_ONCE.now
                )
            news = {one.arrival_id for store in stores for one in expected[store] if before.get(one.arrival_id) != one}
            given_on = kept.record(batch, announcing=AT_ONCE)
            assert news <= {one.arrival_id for one in given_on}
        assert by_id(told(kept, *expected)) == by_id([one for of_store in expected.values() for one in of_store])


def test_a_batch_that_is_given_again_after_a_crash_tells_again_what_it_told(new_url: NewUrl):
    coming_in = sighting(1, face_id=face(1), phase=Phase.PROVISIONAL)
    soon = Announcing(rules=RULES, now=START + timedelta(seconds=1))
    with new_url() as url:
        with repository(url) as kept:
            kept.record([], entries=[ANNA])
            first = kept.record([coming_in], announcing=soon)
            number = kept.told_arrivals.latest("north", limit=9)[0].change
        with repository(url) as kept:  # the process died before the log had it
            assert kept.record([coming_in], announcing=soon) == first
            assert kept.told_arrivals.latest("north", limit=9)[0].change == number
            later = replace(soon, now=START + timedelta(minutes=5))
            assert kept.record([coming_in], announcing=later) == []


def test_a_withdrawal_that_is_given_again_tells_again_who_took_the_place(new_url: NewUrl):
    first, second = sighting(1, face_id=face(1), phase=Phase.PROVISIONAL), sighting(2, face_id=face(1), at_s=3)
    somebody_else = sighting(1, face_id=face(3))
    with new_url() as url, repository(url) as kept:
        kept.record([], entries=[ANNA])
        assert len(kept.record([first, second], announcing=AT_ONCE)) == 1
        told_then = kept.record([somebody_else], announcing=AT_ONCE)
        assert {(one.sighting_id, one.status) for one in told_then} == {
            (first.sighting_id, ArrivalStatus.WITHDRAWN),
            (second.sighting_id, ArrivalStatus.CONFIRMED),
        }
        assert by_id(kept.record([somebody_else], announcing=AT_ONCE)) == by_id(told_then)


def test_a_merge_a_split_and_a_mark_of_staff_decide_who_has_arrived(new_url: NewUrl):
    with new_url() as url, repository(url) as kept:
        kept.record([], entries=[ANNA, merged(3, face(1), face(3))])
        (arrival,) = kept.record([sighting(1, face_id=face(3))], announcing=AT_ONCE)
        assert (arrival.face_id, arrival.member_id) == (face(1), "anna")
        other = sighting(2, face_id=face(1), at_s=7200)
        kept.record([], entries=[split(4, face(1), other.track_id)])
        assert kept.record([other], announcing=AT_ONCE) == []
        kept.record([], entries=[entry(5, IdentityKind.STAFF, face(1))])
        assert kept.record([sighting(3, face_id=face(1), at_s=14_400)], announcing=AT_ONCE) == []


def test_a_provisional_arrival_that_was_somebody_else_is_withdrawn_for_those_who_follow(new_url: NewUrl):
    coming_in = sighting(1, face_id=face(1), phase=Phase.PROVISIONAL)
    with new_url() as url, repository(url) as kept:
        kept.record([], entries=[ANNA])
        kept.record([coming_in], announcing=AT_ONCE)
        first = kept.told_arrivals.latest("north", limit=9)[0]
        nobody = replace(coming_in, phase=Phase.CONFIRMED, decision=Decision.REJECTED, reason="blurred", face_id=None)
        (withdrawn,) = kept.record([nobody], announcing=AT_ONCE)
        assert (withdrawn.arrival_id, withdrawn.status) == (first.arrival.arrival_id, ArrivalStatus.WITHDRAWN)
        (after,) = kept.told_arrivals.latest("north", after=first.change, limit=9)
        assert after.arrival == withdrawn


def test_an_erased_member_leaves_no_arrival(new_url: NewUrl):
    with new_url() as url, repository(url) as kept:
        kept.record([], entries=[ANNA, BOB])
        both = [sighting(1, face_id=face(1)), sighting(2, face_id=face(2), at_s=5)]
        kept.record(both, announcing=AT_ONCE)
        kept.record([], entries=[entry(9, IdentityKind.ERASED, face(1))])
        assert [one.member_id for one in told(kept)] == ["bob"]
        assert [one.member_id for one in kept.record(both, announcing=AT_ONCE)] == ["bob"]


def test_arrivals_of_last_week_are_let_go(new_url: NewUrl):
    with new_url() as url, repository(url) as kept:
        kept.record([], entries=[ANNA])
        kept.record([sighting(1, face_id=face(1))], announcing=AT_ONCE)
        week = timedelta(days=8).total_seconds()
        after = Announcing(rules=RULES, now=START + timedelta(seconds=week))
        kept.record([sighting(2, face_id=face(1), at_s=week)], announcing=after)
        assert [one.seen_at for one in told(kept)] == [START + timedelta(seconds=week)]


def test_an_arrival_says_when_the_visit_before_this_one_began(new_url: NewUrl):
    with new_url() as url, repository(url) as kept:
        kept.record([], entries=[ANNA, merged(3, face(1), face(3))])
        elsewhere = sighting(7, face_id=face(1), at_s=90_000, store="south")
        kept.record([sighting(1, face_id=face(3)), elsewhere])
        kept.record([sighting(2, face_id=face(1), at_s=200_000)], announcing=AT_ONCE)
        (told_of,) = kept.told_arrivals.latest("north", limit=9)
        assert told_of.last_visit_at == START


def test_the_first_visit_of_a_member_has_none_before(new_url: NewUrl):
    with new_url() as url, repository(url) as kept:
        kept.record([], entries=[ANNA])
        kept.record([sighting(1, face_id=face(1))], announcing=AT_ONCE)
        assert kept.told_arrivals.latest("north", limit=9)[0].last_visit_at is None


def test_who_was_greeted_is_told_anew_once_and_written_down(new_url: NewUrl):
    with new_url() as url, repository(url) as kept:
        kept.record([], entries=[ANNA])
        coming_in = sighting(1, face_id=face(1), phase=Phase.PROVISIONAL)
        (arrival,) = kept.record([coming_in], announcing=AT_ONCE)
        before = kept.told_arrivals.latest("north", limit=9)[0].change
        for name in ("vera", "olga"):
            kept.told_arrivals.greet("north", arrival.arrival_id, by=name, at=START)
        (told_of,) = kept.told_arrivals.latest("north", after=before, limit=9)
        assert (told_of.greeted_by, told_of.change) == ("vera", before + 1)
        assert kept.last_changes()["north"] == before + 1
        assert [one.actor for one in kept.access.audit.latest(9)] == ["vera"]
        kept.record([replace(coming_in, phase=Phase.CONFIRMED)], announcing=AT_ONCE)
        assert kept.told_arrivals.latest("north", limit=9)[0].greeted_by == "vera"
        with pytest.raises(InputError, match="no arrival"):
            kept.told_arrivals.greet("south", arrival.arrival_id, by="vera", at=START)


def test_a_poster_of_a_member_is_no_arrival_and_that_is_counted(new_url: NewUrl):
    reasons: list[Withheld] = []
    announcing = replace(AT_ONCE, on_withheld=reasons.append)
    still = replace(sighting(1, face_id=face(1)), moved=0.02)
    coming = replace(sighting(2, face_id=face(1), at_s=60), moved=0.7, liveness=0.8)
    with new_url() as url, repository(url) as kept:
        kept.record([], entries=[ANNA])
        assert kept.record([still], announcing=announcing) == []
        (arrival,) = kept.record([coming], announcing=announcing)
        assert (arrival.member_id, reasons) == ("anna", [Withheld.STILL])
        assert kept.confirmed_sightings("north") == [still, coming]
        assert [visit.sightings for visit in kept.visits("north", START, START + timedelta(minutes=1))] == [2]
