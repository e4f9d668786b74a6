from dataclasses import replace
from datetime import timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st
from visitors_on_paper import face, seen, utc

from analytics.visits import Visit, standing, visits_of
from schemas.ids import visit_id
from schemas.messages import Decision, Phase, Sighting

GAP = timedelta(minutes=30)


def spans(sightings: list[Sighting], gap: timedelta = GAP) -> list[tuple[str, str, int]]:
    return [
        (f"{visit.began_at:%H:%M:%S}", f"{visit.ended_at:%H:%M:%S}", visit.sightings)
        for visit in visits_of(sightings, session_gap=gap)
    ]


def test_a_gap_of_exactly_the_session_gap_is_still_the_same_visit():
    first = seen(1, "2026-05-04 09:00:00", "2026-05-04 09:10:00")
    assert spans([first, seen(1, "2026-05-04 09:40:00")]) == [("09:00:00", "09:40:00", 2)]
    assert len(spans([first, seen(1, "2026-05-04 09:40:01")])) == 2


def test_a_visit_says_who_where_when_and_how_often():
    first, second = seen(1, "2026-05-04 09:00:00"), seen(1, "2026-05-04 09:05:00", "2026-05-04 09:06:00", camera="till")
    assert visits_of([first, second], session_gap=GAP) == [
        Visit(
            visit_id=visit_id("shop", face(1), first.began_at),
            store_id="shop",
            face_id=face(1),
            began_at=first.began_at,
            ended_at=second.ended_at,
            sightings=2,
        )
    ]


def test_a_long_sighting_holds_the_visit_open_behind_a_short_one_within_it():
    long = seen(1, "2026-05-04 09:00:00", "2026-05-04 10:00:00")
    within = seen(1, "2026-05-04 09:10:00", "2026-05-04 09:11:00", camera="till")
    assert spans([long, within, seen(1, "2026-05-04 10:29:00")]) == [("09:00:00", "10:29:00", 3)]


def test_provisional_and_rejected_sightings_belong_to_no_visit():
    assert spans([seen(1, "2026-05-04 09:00:00", phase=Phase.PROVISIONAL), seen(None, "2026-05-04 09:01:00")]) == []


def test_the_same_visitor_in_two_stores_makes_two_visits():
    assert len(spans([seen(1, "2026-05-04 09:00:00"), seen(1, "2026-05-04 09:00:00", store="other")])) == 2


def test_a_confirmed_sighting_replaces_the_provisional_one_of_another_visitor():
    provisional = seen(1, "2026-05-04 09:00:00", phase=Phase.PROVISIONAL)
    confirmed = replace(provisional, phase=Phase.CONFIRMED, face_id=face(2))
    for told in ([provisional, confirmed], [confirmed, provisional]):
        assert [visit.face_id for visit in visits_of(told, session_gap=GAP)] == [face(2)]


def test_of_provisional_sightings_the_last_that_knows_somebody_stands_and_a_confirmed_one_over_all():
    early = seen(1, "2026-05-04 09:00", phase=Phase.PROVISIONAL)
    later = replace(seen(2, "2026-05-04 09:00", "2026-05-04 09:01", phase=Phase.PROVISIONAL), event_id=face(8))
    nobody = replace(seen(None, "2026-05-04 09:00", "2026-05-04 09:02", phase=Phase.PROVISIONAL), event_id=face(9))
    rejected = seen(None, "2026-05-04 09:00", "2026-05-04 09:02")
    for told in permutations([early, later, nobody]):
        assert standing(told) == [later]
        assert standing([rejected, *told]) == standing([*told, rejected]) == [rejected]


def test_a_sighting_taken_back_stands_over_the_one_that_counted_whoever_comes_last():
    counted = seen(1, "2026-01-05 09:00")
    taken_back = seen(None, "2026-01-05 09:00")
    assert standing([counted, taken_back]) == standing([taken_back, counted]) == [taken_back]


def test_clock_readings_decide_nothing():
    early = seen(1, "2026-05-04 09:00:00")
    late = replace(early, face_id=face(2), decided_at=utc("2027-01-01 00:00:00"))
    chosen = visits_of([early, late], session_gap=GAP)
    swapped = visits_of(
        [replace(early, decided_at=late.decided_at), replace(late, decided_at=early.decided_at)], session_gap=GAP
    )
    assert chosen == swapped


@st.composite
def told_again(draw: st.DrawFn) -> tuple[list[Sighting], list[Sighting]]:
    """Some sightings, and the same ones shuffled and repeated."""
    sightings = []
    for _ in range(draw(st.integers(0, 10))):
        minute = draw(st.integers(0, 240))
        began = f"2026-05-04 {9 + minute // 60:02}:{minute % 60:02}:00"
        one = seen(
            draw(st.sampled_from([1, 2, None])),
            began,
            phase=draw(st.sampled_from(list(Phase))),
            camera=draw(st.sampled_from(["door", "till"])),
            shots=draw(st.integers(1, 2)),
        )
        sightings.append(replace(one, ended_at=one.began_at + timedelta(minutes=draw(st.sampled_from([0, 1, 45])))))
    repeated = draw(st.lists(st.sampled_from(sightings), max_size=10)) if sightings else []
    return sightings, draw(st.permutations(sightings + repeated))


@given(told=told_again())
def test_any_order_and_repetition_gives_the_same_visits(told):
    sightings, again = told
    assert visits_of(sightings, session_gap=GAP) == visits_of(again, session_gap=GAP)


@given(told=told_again())
def test_visits_of_one_visitor_lie_further_apart_than_the_session_gap(told):
    visits = visits_of(told[0], session_gap=GAP)
    for one in visits:
        for other in visits:
            if one.face_id == other.face_id and one.began_at < other.began_at:
                assert other.began_at - one.ended_at > GAP


@given(told=told_again())
def test_every_confirmed_sighting_is_counted_once(told):
    counted = {
        item.sighting_id for item in told[0] if item.phase is Phase.CONFIRMED and item.decision is not Decision.REJECTED
    }
    undecided = {item.sighting_id for item in told[0] if item.decision is Decision.REJECTED}
    total = sum(visit.sightings for visit in visits_of(told[0], session_gap=GAP))
    assert len(counted - undecided) <= total <= len(counted)
