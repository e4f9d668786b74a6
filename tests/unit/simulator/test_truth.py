from datetime import UTC, datetime, timedelta

import pytest

from schemas.errors import InputError
from simulator.truth import Passage, TrueBox, TrueCamera, Truth, load_truth, save_truth, visits_of

EIGHT = datetime(2026, 1, 5, 8, tzinfo=UTC)
HALF_AN_HOUR = timedelta(minutes=30)


def passage(person, at_s, *, lasts_s=5.0, camera="door", x=100.0):
    return Passage(
        person=person,
        camera=camera,
        began_at=EIGHT + timedelta(seconds=at_s),
        ended_at=EIGHT + timedelta(seconds=at_s + lasts_s),
        boxes=(
            TrueBox(at_s=at_s, box=(x, 80.0, 60.0, 60.0)),
            TrueBox(at_s=at_s + lasts_s, box=(x + 50, 80.0, 160.0, 160.0)),
        ),
    )


def truth_of(*passages):
    cameras = (TrueCamera(camera="door", file="door.mp4", starts_at=EIGHT),)
    return Truth(store="demo", cameras=cameras, passages=passages, session_gap=HALF_AN_HOUR, parameters={"seed": 1})


def test_a_return_within_the_session_gap_is_the_same_visit():
    visits = visits_of([passage("a", 0), passage("a", 5 + 30 * 60)], HALF_AN_HOUR)
    assert [(visit.person, visit.passages) for visit in visits] == [("a", (0, 1))]


def test_a_return_after_the_session_gap_is_another_visit():
    visits = visits_of([passage("a", 0), passage("a", 5 + 30 * 60 + 0.001)], HALF_AN_HOUR)
    assert [visit.passages for visit in visits] == [(0,), (1,)]


def test_the_gap_runs_from_the_last_moment_seen_and_not_from_the_last_beginning():
    long, short, late = passage("a", 0, lasts_s=600), passage("a", 10), passage("a", 599 + 30 * 60)
    assert len(visits_of([long, short, late], HALF_AN_HOUR)) == 1


def test_people_do_not_share_visits():
    truth = truth_of(passage("b", 1), passage("a", 0))
    assert (truth.pv, truth.uv, truth.people) == (2, 2, ("a", "b"))
    assert [visit.person for visit in truth.visits] == ["a", "b"]


def test_a_truth_is_read_as_it_was_written(tmp_path):
    truth = truth_of(passage("a", 0.5), passage("b", 3000))
    save_truth(truth, tmp_path / "truth.json")
    assert load_truth(tmp_path / "truth.json") == truth


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "is not JSON"),
        ("[]", "truth.json"),
        ('{"store": "demo"}', "'cameras' is missing"),
        (
            '{"store": "demo", "cameras": [{"camera": "door", "file": "f", "starts_at": "2026-01-05"}]}',
            "2026-01-05 has no zone",
        ),
    ],
)
def test_a_file_that_is_no_truth_is_refused_with_its_name_and_the_fault(tmp_path, text, says):
    path = tmp_path / "truth.json"
    path.write_text(text)
    with pytest.raises(InputError, match=says) as refused:
        load_truth(path)
    assert str(path) in str(refused.value)


def test_a_truth_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"nothing\.json: cannot be read"):
        load_truth(tmp_path / "nothing.json")
