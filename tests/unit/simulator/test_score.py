from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.messages import Decision, Phase, Sighting
from simulator.score import FoundVisit, as_json, assign, box_at, iou, score
from simulator.truth import Passage, TrueBox, TrueCamera, Truth

EIGHT = datetime(2026, 1, 5, 8, tzinfo=UTC)
SPACE = UUID(int=7)
HALF_AN_HOUR = timedelta(minutes=30)
BOX = (100.0, 80.0, 100.0, 100.0)
ELSEWHERE = (900.0, 300.0, 100.0, 100.0)


def at(seconds):
    return EIGHT + timedelta(seconds=seconds)


def truth_of(walks, camera="door"):
    """A truth from (person, second) pairs: five seconds each, the face at one place."""
    passages = tuple(
        Passage(
            person=person,
            camera=camera,
            began_at=at(second),
            ended_at=at(second + 5),
            boxes=tuple(TrueBox(at_s=second + step / 2, box=BOX) for step in range(11)),
        )
        for person, second in walks
    )
    cameras = (TrueCamera(camera=camera, file="door.mp4", starts_at=EIGHT),)
    return Truth(store="demo", cameras=cameras, passages=passages, session_gap=HALF_AN_HOUR, parameters={})


def face(name):
    return uuid5(SPACE, name)


def sighting(name, second, *, box=BOX, camera="door", phase=Phase.CONFIRMED, decision=Decision.MATCHED):
    own = uuid5(SPACE, f"{name}/{second}/{box}/{camera}/{phase}")
    return Sighting(
        sighting_id=own, event_id=own, track_id=own, store_id="demo", camera_id=camera, phase=phase, decision=decision,
        reason="", face_id=None if decision is Decision.REJECTED else face(name), began_at=at(second + 0.5),
        ended_at=at(second + 4.5), best_shot_at=at(second + 2.75), box=box, shots=3, quality=0.9, distance=0.2,
        threshold=0.4, model_id="m", produced_at=EIGHT, decided_at=EIGHT,
    )  # fmt: skip


def visits_from(sightings):
    """One visit for each sighting: enough where sightings lie more than half an hour apart."""
    return [
        FoundVisit(face_id=seen.face_id, began_at=seen.began_at, ended_at=seen.ended_at)
        for seen in sightings
        if seen.face_id is not None and seen.phase is Phase.CONFIRMED
    ]


days = st.lists(st.sampled_from("abcd"), min_size=1, max_size=12).map(
    lambda people: [(person, 3600.0 * place) for place, person in enumerate(people)]
)


@given(days)
def test_a_perfect_pipeline_scores_perfectly(walks):
    seen = [sighting(person, second) for person, second in walks]
    result = score(truth_of(walks), seen, visits_from(seen))
    assert (result.pv_error, result.uv_error, result.false_mints) == (0, 0, 0)
    assert (result.pair_precision, result.pair_recall) == (1, 1)
    assert (result.missed_visits, result.false_visits) == ((), ())
    assert result.assigned == len(walks)


@given(days, st.lists(st.sampled_from("abcdxyz"), min_size=12, max_size=12), st.randoms())
def test_the_order_of_what_was_found_changes_nothing(walks, names, random):
    seen = [sighting(name, second) for (_, second), name in zip(walks, names, strict=False)]
    visits = visits_from(seen)
    straight = score(truth_of(walks), seen, visits)
    random.shuffle(seen)
    random.shuffle(visits)
    assert score(truth_of(walks), seen, visits) == straight


@given(days, st.data())
def test_splitting_a_person_lowers_recall_and_mints_falsely(walks, data):
    people = [person for person, _ in walks]
    repeated = [place for place, person in enumerate(people) if people.count(person) > 1]
    if not repeated:
        return
    split = data.draw(st.sampled_from(repeated))
    seen = [sighting("new" if place == split else person, second) for place, (person, second) in enumerate(walks)]
    result = score(truth_of(walks), seen, visits_from(seen))
    assert result.pair_recall < 1
    assert result.pair_precision == 1
    assert result.false_mints == 1
    assert result.measured_uv == result.true_uv + 1


@given(days)
def test_merging_two_people_lowers_precision_and_not_recall(walks):
    people = {person for person, _ in walks}
    if not {"a", "b"} <= people:
        return
    seen = [sighting("a" if person == "b" else person, second) for person, second in walks]
    result = score(truth_of(walks), seen, visits_from(seen))
    assert result.pair_precision < 1
    assert result.pair_recall == 1
    assert result.false_mints == 0
    assert result.measured_uv == result.true_uv - 1


def test_precision_and_recall_worked_out_by_hand():
    # a comes three times and is called A, A, B; b comes twice and is called B, C.
    # Pairs of one FaceId: AA, BB; of one person: three of a, one of b; of both: AA.
    walks = [("a", 0), ("a", 3600), ("a", 7200), ("b", 10800), ("b", 14400)]
    seen = [sighting(name, second) for name, (_, second) in zip("AABBC", walks, strict=True)]
    result = score(truth_of(walks), seen, visits_from(seen))
    assert result.pair_precision == 1 / 2
    assert result.pair_recall == 1 / 4
    assert result.false_mints == 1


def test_two_people_in_one_found_visit_are_seen_as_a_false_pair_and_neither_is_missed():
    truth = truth_of([("a", 0), ("b", 60)])
    seen = [sighting("a", 0), sighting("a", 60)]
    visits = [FoundVisit(face_id=face("a"), began_at=at(0.5), ended_at=at(64.5))]
    result = score(truth, seen, visits)
    assert (result.pair_precision, result.measured_pv, result.missed_visits) == (0, 1, ())


def test_a_missed_visit_is_told_with_time_camera_and_box():
    result = score(truth_of([("a", 0), ("b", 3600)]), [sighting("a", 0)], visits_from([sighting("a", 0)]))
    (missed,) = result.missed_visits
    assert (missed.who, missed.camera, missed.began_at, missed.ended_at) == ("b", "door", at(3600), at(3605))
    assert missed.box == BOX


def test_a_poster_seen_is_a_false_visit_and_a_false_mint_with_its_place():
    seen = [sighting("a", 0), sighting("poster", 0, box=ELSEWHERE)]
    result = score(truth_of([("a", 0)]), seen, visits_from(seen))
    (false,) = result.false_visits
    assert (false.who, false.box, result.false_mints) == (str(face("poster")), ELSEWHERE, 1)


@pytest.mark.parametrize(
    "found",
    [
        sighting("a", 0, box=ELSEWHERE),
        sighting("a", 0, camera="door2"),
        sighting("a", 30),
        replace(sighting("a", 0), best_shot_at=at(-1)),
    ],
    ids=["elsewhere", "another camera", "later", "before"],
)
def test_what_shows_no_true_face_belongs_to_no_passage(found):
    assert assign(found, truth_of([("a", 0)])) is None


def test_a_sighting_belongs_to_the_passage_it_overlaps_most():
    near = Passage(
        person="b", camera="door", began_at=at(0), ended_at=at(5),
        boxes=tuple(TrueBox(at_s=step / 2, box=(130.0, 80.0, 100.0, 100.0)) for step in range(11)),
    )  # fmt: skip
    truth = truth_of([("a", 0)])
    truth = replace(truth, passages=(*truth.passages, near))
    assert assign(sighting("x", 0, box=(125.0, 82.0, 100.0, 100.0)), truth) == 1


def test_provisional_and_rejected_sightings_count_for_nothing():
    seen = [sighting("a", 0, phase=Phase.PROVISIONAL), sighting("a", 0, decision=Decision.REJECTED)]
    result = score(truth_of([("a", 0)]), seen, [])
    assert (result.sightings, len(result.missed_visits), result.false_mints) == (0, 1, 0)


def test_a_box_between_two_samples_lies_between_them():
    walk = Passage(
        person="a", camera="door", began_at=at(0), ended_at=at(0.5),
        boxes=(TrueBox(at_s=0.0, box=(0.0, 0.0, 50.0, 50.0)), TrueBox(at_s=0.5, box=(100.0, 20.0, 150.0, 150.0))),
    )  # fmt: skip
    assert box_at(walk, 0.25) == (50.0, 10.0, 100.0, 100.0)
    assert box_at(walk, 0.0) == (0.0, 0.0, 50.0, 50.0)
    assert box_at(walk, 0.5) == (100.0, 20.0, 150.0, 150.0)
    assert box_at(walk, 0.6) is None


def test_a_box_overlaps_itself_wholly_and_a_box_beside_it_not_at_all():
    assert iou(BOX, BOX) == 1
    assert iou(BOX, ELSEWHERE) == 0
    assert iou((0, 0, 2, 2), (1, 0, 2, 2)) == pytest.approx(1 / 3)


def test_the_names_that_programs_read_are_kept():
    document = as_json(score(truth_of([("a", 0)]), [], []))
    assert document["truth"] == {"pv": 1, "uv": 1}
    assert document["measured"] == {"pv": 0, "uv": 0}
    assert {"pv_error", "uv_error", "pair_precision", "pair_recall", "false_mints", "missed_visits",
            "false_visits"} <= set(document)  # fmt: skip
