"""What every VisitRepository promises, whatever the database."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_database import sqlite_url

from analytics.records.repository import VisitRepository
from analytics.settings import StoreSettings
from analytics.visit_columns import NEVER_US, faces_of, us_of
from analytics.visits import Visit, visits_of
from schemas.ids import coverage_id, minted_face_id, sighting_id, track_id
from schemas.messages import Coverage, CoverageState, Decision, Phase, Sighting

START = datetime(2026, 5, 4, 9, tzinfo=UTC)
ALWAYS = (START - timedelta(days=3650), START + timedelta(days=3650))
GAP = timedelta(minutes=30)
NewUrl = Callable[[], AbstractContextManager[str]]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.needs_postgres)])
def new_url(request: pytest.FixtureRequest) -> NewUrl:
    return sqlite_url if request.param == "sqlite" else request.getfixturevalue("new_postgres_database")


@contextmanager
def repository(url: str, gap: timedelta = GAP) -> Iterator[VisitRepository]:
    opened = VisitRepository(url, lambda store_id: StoreSettings(store_id=store_id, session_gap=gap))
    try:
        yield opened
    finally:
        opened.close()


def face(number: int) -> UUID:
    return minted_face_id(UUID(int=number))


def sighting(
    number: int,
    *,
    face_id: UUID | None,
    at_s: float = 0.0,
    lasts_s: float = 10.0,
    store: str = "north",
    phase: Phase = Phase.CONFIRMED,
    shots: int = 3,
) -> Sighting:
    began_at = START + timedelta(seconds=at_s)
    track = track_id(store, "door", START, number)
    return Sighting(
        sighting_id=sighting_id(track),
        event_id=UUID(int=number),
        track_id=track,
        store_id=store,
        camera_id="door",
        phase=phase,
        decision=Decision.REJECTED if face_id is None else Decision.MATCHED,
        reason="",
        face_id=face_id,
        began_at=began_at,
        ended_at=began_at + timedelta(seconds=lasts_s),
        best_shot_at=began_at,
        box=(1.0, 2.0, 30.0, 40.0),
        shots=shots,
        quality=0.5,
        distance=0.3,
        threshold=0.4,
        model_id="test",
        produced_at=began_at,
        decided_at=began_at,
    )


def stretch(
    from_s: float, to_s: float, *, state: CoverageState = CoverageState.SEEN, camera: str = "door", frames: int = 0
) -> Coverage:
    began_at = START + timedelta(seconds=from_s)
    return Coverage(
        event_id=coverage_id("north", camera, began_at, state),
        store_id="north",
        camera_id=camera,
        state=state,
        began_at=began_at,
        ended_at=START + timedelta(seconds=to_s),
        frames=frames,
        rejected={"blurred": 2},
    )


@st.composite
def histories(draw: st.DrawFn) -> list[Sighting]:
    """Sightings with every trouble: two stores, overlaps, re-decided tracks, provisional and rejected forms."""
    found = []
    for number in range(draw(st.integers(1, 12))):
        store = draw(st.sampled_from(["north", "south"]))
        at_s = draw(st.integers(0, 20)) * 600.0
        for _ in range(draw(st.integers(1, 3))):
            face_id = draw(st.sampled_from([face(1), face(2), face(3), None]))
            found.append(
                sighting(
                    number,
                    face_id=face_id,
                    at_s=at_s,
                    lasts_s=draw(st.sampled_from([0.0, 30.0, 2000.0])),
                    store=store,
                    phase=draw(st.sampled_from(list(Phase))),
                    shots=draw(st.integers(1, 2)),
                )
            )
    return found


def stored(kept: VisitRepository) -> list[Visit]:
    return [visit for store in kept.stores() for visit in kept.visits(store, *ALWAYS)]


@settings(max_examples=60, deadline=None)
@given(history=histories(), data=st.data())
def test_any_order_repetition_and_batching_gives_the_visits_of_the_pure_function(new_url, history, data):
    told = data.draw(st.permutations(history)) + data.draw(st.lists(st.sampled_from(history), max_size=8))
    with new_url() as url, repository(url) as kept:
        while told:
            size = data.draw(st.integers(1, len(told)))
            kept.record(told[:size])
            told = told[size:]
        expected = visits_of(history, session_gap=GAP)
        assert sorted(stored(kept), key=lambda v: v.visit_id) == sorted(expected, key=lambda v: v.visit_id)


def test_a_provisional_sighting_makes_no_visit_and_its_confirmation_does(new_url):
    first = sighting(1, face_id=face(1), phase=Phase.PROVISIONAL)
    with new_url() as url, repository(url) as kept:
        kept.record([first])
        assert kept.visits("north", *ALWAYS) == []
        kept.record([replace(first, phase=Phase.CONFIRMED)])
        assert [visit.face_id for visit in kept.visits("north", *ALWAYS)] == [face(1)]


def test_a_late_provisional_sighting_does_not_take_a_confirmed_one_back(new_url):
    confirmed = sighting(1, face_id=face(1))
    with new_url() as url, repository(url) as kept:
        kept.record([confirmed])
        kept.record([replace(confirmed, phase=Phase.PROVISIONAL, face_id=face(2), ended_at=START + timedelta(hours=1))])
        assert kept.confirmed_sightings("north") == [confirmed]
        assert [visit.face_id for visit in kept.visits("north", *ALWAYS)] == [face(1)]


def test_a_corrected_face_id_moves_the_visit(new_url):
    wrong = sighting(1, face_id=face(1), shots=1)
    with new_url() as url, repository(url) as kept:
        kept.record([wrong, sighting(2, face_id=face(1), at_s=60)])
        kept.record([replace(wrong, face_id=face(2), shots=5)])
        found = {visit.face_id: visit.sightings for visit in kept.visits("north", *ALWAYS)}
        assert found == {face(1): 1, face(2): 1}


def test_a_sighting_between_two_visits_joins_them(new_url):
    with new_url() as url, repository(url) as kept:
        kept.record([sighting(1, face_id=face(1), at_s=0), sighting(3, face_id=face(1), at_s=3000)])
        assert len(kept.visits("north", *ALWAYS)) == 2
        kept.record([sighting(2, face_id=face(1), at_s=1500)])
        (joined,) = kept.visits("north", *ALWAYS)
        assert joined.sightings == 3
        assert joined.ended_at == START + timedelta(seconds=3010)


def test_a_sighting_that_comes_late_finds_its_visit_behind_many_newer_ones(new_url):
    day_s = 86_400.0
    seen = [sighting(number, face_id=face(1), at_s=number * day_s) for number in range(5)]
    late = [sighting(10, face_id=face(1), at_s=600.0), sighting(11, face_id=face(1), at_s=-day_s)]
    with new_url() as url, repository(url) as repo:
        repo.record(seen)
        repo.record(late)
        assert repo.visits("north", *ALWAYS) == visits_of([*seen, *late], session_gap=GAP)
        columns = repo.columns("north", *ALWAYS)
        assert set(columns.first_us.tolist()) == {us_of(late[1].began_at)}


def test_a_batch_over_many_faces_at_once_is_taken_whole(new_url):
    history = [sighting(number, face_id=face(number), at_s=number) for number in range(1100)]
    with new_url() as url, repository(url) as kept:
        kept.record(history)
        assert kept.visits("north", *ALWAYS) == visits_of(history, session_gap=GAP)


def with_gap(minutes: int, store: str = "north") -> StoreSettings:
    return StoreSettings(store_id=store, session_gap=timedelta(minutes=minutes))


def test_another_session_gap_builds_the_visits_again(new_url):
    with new_url() as url, repository(url) as kept:
        kept.record([sighting(1, face_id=face(1), at_s=0), sighting(2, face_id=face(1), at_s=3000)])
        assert len(kept.visits("north", *ALWAYS)) == 2
        kept.apply_settings([with_gap(60)])
        assert len(kept.visits("north", *ALWAYS)) == 1
        kept.apply_settings([with_gap(10)])
        kept.record([sighting(3, face_id=face(1), at_s=1500)])
        assert len(kept.visits("north", *ALWAYS)) == 3


def test_whoever_opens_it_with_other_settings_counts_by_those_that_are_kept(new_url):
    with new_url() as url:
        with repository(url) as kept:
            kept.record([sighting(1, face_id=face(1), at_s=0), sighting(2, face_id=face(1), at_s=3000)])
            before = stored(kept)
        with repository(url, gap=timedelta(hours=1)) as other:
            assert other.settings_of("north").session_gap == GAP
            assert stored(other) == before
            other.record([sighting(3, face_id=face(1), at_s=9000)])
            assert len(other.visits("north", *ALWAYS)) == 3


def test_settings_come_back_as_they_were_given(new_url):
    whole = StoreSettings(
        store_id="north",
        zone="Asia/Shanghai",
        day_start=time(6, 30),
        session_gap=timedelta(minutes=45),
        opening_hours={0: (time(9), time(18)), 5: (time(22), time(2, 30))},
    )
    with new_url() as url, repository(url) as kept:
        kept.apply_settings([whole, with_gap(10, "south")])
        assert kept.settings_of("north") == whole
        assert kept.settings_of("south") == with_gap(10, "south")
        assert kept.settings_of("east").session_gap == GAP
        assert kept.stores() == []  # nothing was recorded there


@given(gaps=st.lists(st.integers(1, 90), min_size=1, max_size=4), history=histories())
@settings(max_examples=15)
def test_settings_applied_between_batches_give_the_visits_of_the_last_ones(new_url, gaps, history):
    with new_url() as url, repository(url) as kept:
        for number, gap in enumerate(gaps):
            kept.record(history[number :: len(gaps)])
            kept.apply_settings([with_gap(gap, store) for store in kept.stores()])
        expected = visits_of(history, session_gap=timedelta(minutes=gaps[-1]))
        assert sorted(stored(kept), key=lambda v: v.visit_id) == sorted(expected, key=lambda v: v.visit_id)


def test_a_window_holds_the_visits_that_began_in_it(new_url):
    with new_url() as url, repository(url) as kept:
        kept.record(
            [sighting(1, face_id=face(1), at_s=-5), sighting(2, face_id=face(2)), sighting(3, face_id=face(3), at_s=60)]
        )
        within = kept.visits("north", START, START + timedelta(seconds=60))
        assert [visit.face_id for visit in within] == [face(2)]


def test_what_was_decided_by_a_moment_is_told_from_what_came_later(new_url):
    with new_url() as url, repository(url) as kept:
        late = replace(sighting(2, face_id=face(2)), decided_at=START + timedelta(hours=9))
        provisional = sighting(3, face_id=face(3), phase=Phase.PROVISIONAL)
        kept.record([sighting(1, face_id=face(1)), late, provisional, sighting(4, face_id=face(4), at_s=3600)])
        window = (START, START + timedelta(minutes=30))
        assert kept.decided_by("north", window, START + timedelta(hours=7)) == (1, 1)


def test_the_first_visit_is_the_earliest_in_that_store_alone(new_url):
    with new_url() as url, repository(url) as kept:
        kept.record([sighting(1, face_id=face(1), at_s=9000), sighting(2, face_id=face(1), at_s=-9000)])
        kept.record([sighting(3, face_id=face(2), store="south")])
        asked = sorted([face(1), face(2)])
        first = dict(zip(asked, kept.first_visits(["north"], faces_of(asked)).tolist(), strict=True))
        assert first == {face(1): us_of(START - timedelta(seconds=9000)), face(2): NEVER_US}


def test_a_sighting_comes_back_as_it_was_recorded(new_url):
    whole = replace(sighting(1, face_id=face(1)), distance=None, reason="first visitor", box=(0.5, 1.25, 3.0, 4.0))
    with new_url() as url, repository(url) as kept:
        kept.record([whole, sighting(2, face_id=None, at_s=5)])
        assert kept.confirmed_sightings("north") == [whole]


@pytest.mark.parametrize(
    "moment", ["1970-01-01T00:00:00.000001Z", "2026-05-04T09:00:00.123457Z", "2199-12-31T23:59:59.999999Z"]
)
def test_a_moment_is_kept_to_the_microsecond(new_url, moment):
    at = datetime.fromisoformat(moment)
    form = replace(sighting(1, face_id=face(1)), began_at=at, ended_at=at, best_shot_at=at, produced_at=at)
    with new_url() as url, repository(url) as kept:
        kept.record([form])
        assert kept.confirmed_sightings("north") == [form]
        better = replace(form, shots=form.shots + 1)
        kept.record([better])
        assert kept.confirmed_sightings("north") == [better]
        (visit,) = kept.visits("north", at - GAP, at + GAP)
        assert (visit.began_at, visit.ended_at) == (at, at)


def test_changes_are_numbered_upwards_and_a_sighting_written_again_comes_again(new_url):
    first = sighting(1, face_id=face(1), phase=Phase.PROVISIONAL)
    with new_url() as url, repository(url) as kept:
        kept.record([first, sighting(2, face_id=face(2), at_s=1)])
        seen = kept.latest_sightings("north", limit=10)
        assert [item.change for item in seen] == [1, 2]
        kept.record([first])
        assert kept.latest_sightings("north", after=2, limit=10) == []
        kept.record([replace(first, phase=Phase.CONFIRMED)])
        (again,) = kept.latest_sightings("north", after=2, limit=10)
        assert again.change == 3
        assert again.sighting.phase is Phase.CONFIRMED
        assert [item.change for item in kept.latest_sightings("north", limit=1)] == [3]
        assert kept.last_changes() == {"north": 3}


def test_a_growing_stretch_of_coverage_replaces_its_shorter_form_in_any_order(new_url):
    short, long = stretch(0, 60, frames=300), stretch(0, 120, frames=600)
    for told in ([short, long], [long, short], [long, long]):
        with new_url() as url, repository(url) as kept:
            for item in told:
                kept.record([], [item])
            assert kept.coverage("north", *ALWAYS) == [long]


def test_coverage_is_found_where_it_overlaps_the_window(new_url):
    with new_url() as url, repository(url) as kept:
        kept.record([], [stretch(0, 60), stretch(60, 120, state=CoverageState.GAP), stretch(120, 180)])
        found = kept.coverage("north", START + timedelta(seconds=60), START + timedelta(seconds=120))
        assert [item.state for item in found] == [CoverageState.GAP]


def test_the_span_runs_from_the_first_to_the_last_moment_known(new_url):
    with new_url() as url, repository(url) as kept:
        assert kept.span("north") is None
        kept.record([sighting(1, face_id=face(1), at_s=500)], [stretch(0, 100)])
        assert kept.span("north") == (START, START + timedelta(seconds=500))


def test_what_one_process_wrote_another_reads(new_url):
    with new_url() as url, repository(url) as writer, repository(url) as reader:
        writer.record([sighting(1, face_id=face(1))])
        assert reader.stores() == ["north"]
        assert len(reader.visits("north", *ALWAYS)) == 1


def test_all_that_is_read_of_one_state_is_as_it_was_when_reading_began(new_url):
    with new_url() as url, repository(url) as writer, repository(url) as reader:
        writer.record([sighting(1, face_id=face(1))])
        with reader.one_state():
            assert len(reader.visits("north", *ALWAYS)) == 1
            writer.record([sighting(2, face_id=face(2)), sighting(3, face_id=face(3), store="south")])
            assert len(reader.visits("north", *ALWAYS)) == 1
            assert reader.stores() == ["north"]
        assert len(reader.visits("north", *ALWAYS)) == 2
        assert reader.stores() == ["north", "south"]
