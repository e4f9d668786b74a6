"""Who has just arrived: what a cashier is told of the visits of members, in whatever order they are seen."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from visitors_on_paper import NewRepository, face, seen, utc

from analytics.arrivals import ArrivalRules, SeenPerson, Withheld, arrivals_of, no_tags, own_first, withheld
from analytics.records.recorder import record_batch
from analytics.visits import standing, visits_of
from schemas.errors import ConfigError
from schemas.messages import Arrival, ArrivalStatus, Decision, IdentityEvent, IdentityKind, Phase, Sighting
from schemas.received import Received

OPENS = utc("2026-05-04 09:00")
GAP = timedelta(minutes=30)
OF_MEMBER = {face(1): "anna", face(2): "bob"}
ALWAYS_NEW = ArrivalRules(time_to_live=timedelta(minutes=10), cooldown=timedelta(0))


def at(
    minute: float,
    person: int | None,
    phase: Phase = Phase.CONFIRMED,
    *,
    moved: float | None = None,
    liveness: float | None = None,
) -> Sighting:
    """A sighting at a minute of the day; the minute makes its id."""
    began_at = OPENS + timedelta(minutes=minute)
    form = seen(person, f"{began_at:%Y-%m-%d %H:%M:%S.%f}", phase=phase)
    return replace(form, moved=moved, liveness=liveness)


def people(forms: Iterable[Sighting]) -> list[SeenPerson]:
    return [
        SeenPerson(sighting=form, visitor=form.face_id, member=OF_MEMBER.get(form.face_id) if form.face_id else None)
        for form in standing(forms)
    ]


class Cashier:
    """Is given sightings as they come, and remembers what was told."""

    def __init__(self, rules: ArrivalRules = ALWAYS_NEW) -> None:
        self.rules = rules
        self.forms: list[Sighting] = []
        self.told: list[Arrival] = []

    def give(self, *forms: Sighting, minute: float = 0.0) -> list[Arrival]:
        """Return what is told of because of some sightings."""
        self.forms += forms
        before = {one.arrival_id: one for one in self.told}
        self.told = arrivals_of(
            people(self.forms), self.told, session_gap=GAP, rules=self.rules, now=OPENS + timedelta(minutes=minute)
        )
        return [one for one in self.told if before.get(one.arrival_id) != one]

    @property
    def standing(self) -> list[Arrival]:
        return [one for one in self.told if one.status is not ArrivalStatus.WITHDRAWN]


def test_a_member_is_told_of_with_the_first_good_crop_and_confirmed_under_the_same_id():
    cashier = Cashier()
    (first,) = cashier.give(at(0, 1, Phase.PROVISIONAL))
    assert (first.member_id, first.status) == ("anna", ArrivalStatus.PROVISIONAL)
    assert first.expires_at - first.seen_at == timedelta(minutes=10)
    (then,) = cashier.give(at(0, 1))
    assert then == replace(first, status=ArrivalStatus.CONFIRMED)


def test_another_look_at_a_track_that_shows_the_same_member_tells_nothing_new():
    cashier = Cashier()
    (first,) = cashier.give(at(0, 1, Phase.PROVISIONAL))
    second = replace(at(0, 1, Phase.PROVISIONAL), ended_at=OPENS + timedelta(seconds=1), produced_at=utc("2026-05-05"))
    nobody = replace(second, decision=Decision.REJECTED, face_id=None, ended_at=OPENS + timedelta(seconds=2))
    assert cashier.give(second) == []
    assert cashier.give(nobody) == []
    assert cashier.told == [first]


def test_a_stranger_is_not_told_of():
    assert Cashier().give(at(0, 3, Phase.PROVISIONAL), at(5, 3), at(6, None)) == []


def test_a_member_whose_face_never_moved_is_not_told_of_and_who_comes_in_beside_their_poster_is():
    cashier = Cashier()
    assert cashier.give(*(at(minute, 1, moved=0.05) for minute in range(5))) == []
    (arrival,) = cashier.give(at(5, 1, Phase.PROVISIONAL, moved=0.4))
    assert (arrival.member_id, arrival.seen_at) == ("anna", OPENS + timedelta(minutes=5))
    assert cashier.give(at(6, 1, moved=0.0)) == []


@pytest.mark.parametrize(
    ("liveness", "least", "reason"),
    [
        (0.4, 0.5, Withheld.PICTURE),
        (None, 0.5, Withheld.UNSCORED),
        (0.5, 0.5, None),
        (0.1, 0.0, None),
        (None, 0.0, None),
    ],
)
def test_a_picture_of_a_member_is_not_told_of_where_liveness_is_asked_for(
    liveness: float | None, least: float, reason: Withheld | None
):
    rules = replace(ALWAYS_NEW, least_liveness=least)
    form = at(0, 1, moved=1.0, liveness=liveness)
    assert withheld(form, rules) is reason
    assert bool(Cashier(rules).give(form)) == (reason is None)


def test_an_arrival_whose_best_shots_turn_out_to_be_a_picture_is_withdrawn():
    cashier = Cashier(replace(ALWAYS_NEW, least_liveness=0.5))
    (first,) = cashier.give(at(0, 1, Phase.PROVISIONAL, moved=1.0, liveness=0.6))
    (then,) = cashier.give(at(0, 1, moved=1.0, liveness=0.2))
    assert then == replace(first, status=ArrivalStatus.WITHDRAWN)


def test_whoever_turns_out_to_be_another_member_is_corrected():
    cashier = Cashier()
    (first,) = cashier.give(at(0, 1, Phase.PROVISIONAL))
    (then,) = cashier.give(at(0, 2))
    assert (then.arrival_id, then.member_id, then.face_id) == (first.arrival_id, "bob", face(2))
    assert then.status is ArrivalStatus.CORRECTED


@pytest.mark.parametrize("turned_out", [3, None], ids=["a stranger", "nobody that can be told"])
def test_whoever_turns_out_to_be_no_member_is_withdrawn(turned_out: int | None):
    cashier = Cashier()
    (first,) = cashier.give(at(0, 1, Phase.PROVISIONAL))
    (then,) = cashier.give(at(0, turned_out))
    assert then == replace(first, status=ArrivalStatus.WITHDRAWN)


def test_whoever_turns_out_to_be_a_member_who_is_here_already_is_withdrawn():
    cashier = Cashier()
    cashier.give(at(0, 2))
    cashier.give(at(5, 1, Phase.PROVISIONAL))
    (then,) = cashier.give(at(5, 2))
    assert then.status is ArrivalStatus.WITHDRAWN
    assert [one.member_id for one in cashier.standing] == ["bob"]


def test_a_visit_is_told_of_once_and_the_next_one_again():
    cashier = Cashier()
    cashier.give(at(0, 1))
    assert cashier.give(at(10, 1), at(35, 1)) == []
    assert len(cashier.give(at(70, 1), minute=70)) == 1


def test_what_was_seen_earlier_and_is_delivered_later_tells_of_nothing_new():
    cashier = Cashier()
    cashier.give(at(5, 1))
    assert cashier.give(at(0, 1)) == []


def test_within_the_cooldown_a_member_is_not_told_of_again():
    cashier = Cashier(ArrivalRules(cooldown=timedelta(hours=2)))
    cashier.give(at(0, 1))
    assert cashier.give(at(60, 1), minute=60) == []
    assert len(cashier.give(at(125, 1), minute=125)) == 1


def test_after_its_time_nothing_is_told_for_the_first_time_and_what_was_told_is_still_put_right():
    late = Cashier()
    assert late.give(at(0, 1), minute=10.1) == []
    cashier = Cashier()
    cashier.give(at(0, 1, Phase.PROVISIONAL))
    assert [one.status for one in cashier.give(at(0, 1), minute=30)] == [ArrivalStatus.CONFIRMED]


@pytest.mark.parametrize(("time_to_live_s", "cooldown_s"), [(0, 0), (601, 0), (60, -1)])
def test_rules_that_cannot_be_meant_are_refused(time_to_live_s: int, cooldown_s: int):
    with pytest.raises(ConfigError, match="cannot be meant"):
        ArrivalRules(time_to_live=timedelta(seconds=time_to_live_s), cooldown=timedelta(seconds=cooldown_s))


@st.composite
def days(draw: st.DrawFn) -> list[Sighting]:
    """Forms of a day's tracks: provisional ones, confirmed ones that may say something else, and crops of nobody."""
    found = []
    for minute in draw(st.lists(st.integers(0, 200), min_size=1, max_size=8, unique=True)):
        person = st.sampled_from([1, 1, 2, 3, None])
        moved = st.sampled_from([None, 0.0, 1.0, 1.0])
        forms = [
            at(minute, draw(person), Phase.PROVISIONAL, moved=draw(moved)), at(minute, draw(person), moved=draw(moved))
        ]  # fmt: skip
        found += draw(st.sampled_from([forms, forms[:1], forms[1:]]))
    return found


@given(forms=days(), data=st.data())
def test_in_any_order_repetition_and_batching_each_visit_of_a_member_is_told_of_once(
    forms: list[Sighting], data: st.DataObject
):
    told = data.draw(st.permutations(forms)) + data.draw(st.lists(st.sampled_from(forms), max_size=5))
    cashier = Cashier()
    while told:
        size = data.draw(st.integers(1, len(told)))
        cashier.give(*told[:size])
        told = told[size:]
    shown = {form.sighting_id: form for form in standing(forms)}
    coming = [one for one in shown.values() if withheld(one, ALWAYS_NEW) is None]
    visits = visits_of([replace(one, phase=Phase.CONFIRMED) for one in coming], session_gap=GAP)
    of_members = {visit.visit_id for visit in visits if visit.face_id in OF_MEMBER}
    found = []
    for arrival in cashier.standing:
        sighting = shown[arrival.sighting_id]
        assert (arrival.face_id, arrival.member_id) == (sighting.face_id, OF_MEMBER[arrival.face_id])
        assert sighting.decision is not Decision.REJECTED
        assert sighting in coming
        assert arrival.seen_at == sighting.began_at
        assert (arrival.status is ArrivalStatus.PROVISIONAL) <= (sighting.phase is Phase.PROVISIONAL)
        found += [
            visit.visit_id
            for visit in visits
            if visit.face_id == arrival.face_id and visit.began_at <= arrival.seen_at <= visit.ended_at
        ]
    assert sorted(found) == sorted(of_members)
    assert cashier.give() == []


@given(forms=days())
def test_a_day_delivered_twice_is_told_of_once(forms: list[Sighting]):
    cashier = Cashier()
    cashier.give(*forms)
    assert cashier.give(*forms) == []


def test_the_handler_gives_arrivals_on_with_the_tags_that_are_known(new_repository: NewRepository):
    repository, _ = new_repository()
    bound = [
        IdentityEvent(
            event_id=UUID(int=person), kind=IdentityKind.BOUND, face_id=face(person), at=OPENS, actor="eve",
            reason="", member_id=member,
        )
        for person, member in ((1, "anna"), (2, "bob"))
    ]  # fmt: skip
    handle = record_batch(repository, ArrivalRules(), lambda: OPENS, lambda _members: {"anna": ["gold"]})
    batch = [
        Received(message=message, topic="any", partition=0, offset=offset)
        for offset, message in enumerate([*bound, at(0, 1), at(0.5, 2), at(1, 3)])
    ]
    (stage,) = handle(batch)
    told = {(one.member_id, one.tags) for one in stage if isinstance(one, Arrival)}
    assert told == {("anna", ("gold",)), ("bob", ())}
    assert handle(batch) == [stage]
    assert handle([]) == []


def test_the_tags_that_are_kept_come_first_and_those_of_the_shops_system_that_are_not_among_them_after():
    kept = {"anna": ("gold", "likes tea")}
    said = {"anna": ("vip", "gold"), "bob": ["new"]}
    both = own_first(lambda _: kept, lambda _: said)
    assert both(iter(["anna", "bob", "carl"])) == {"anna": ("gold", "likes tea", "vip"), "bob": ("new",), "carl": ()}
    assert own_first(lambda _: kept, no_tags)(["anna"]) == kept
    many = own_first(lambda _: kept, lambda _: {"anna": list(map(str, range(20)))})(["anna"])["anna"]
    assert (len(many), many[:3]) == (20, ("gold", "likes tea", "0"))
