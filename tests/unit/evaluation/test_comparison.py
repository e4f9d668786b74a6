import numpy as np
import pytest
from people_on_paper import CALIBRATION, faces_of

from evaluation.comparison import Match, Verdict, nearest
from evaluation.comparison_picture import headline_of, rate_text
from evaluation.gallery_search import judged_by


def test_the_nearest_come_first_with_what_their_distance_means():
    vectors, people = faces_of(4, 2, *[1] * 30)
    matches = nearest(vectors[0], vectors[1:], CALIBRATION, top=5)
    assert people[1:][[match.row for match in matches]].tolist()[:3] == [0, 0, 0]
    assert [match.verdict for match in matches] == [Verdict.SAME] * 3 + [Verdict.NOT_THE_SAME] * 2
    distances = [match.distance for match in matches]
    assert distances == sorted(distances)
    assert [match.fmr for match in matches] == sorted(match.fmr for match in matches)


def test_a_gallery_smaller_than_what_is_asked_for_is_shown_whole():
    vectors, _ = faces_of(1, 1, 1)
    assert len(nearest(vectors[0], vectors[1:], CALIBRATION, top=5)) == 2


def test_the_same_distance_means_less_in_a_larger_gallery():
    vectors, _ = faces_of(*[1] * 20_001)
    probe, strangers = vectors[0], vectors[1:]
    mate = probe + np.eye(1, 64, dtype=np.float32) * 0.9
    in_few = nearest(probe, np.concatenate([mate, strangers[:30]]), CALIBRATION, top=1)
    in_many = nearest(probe, np.concatenate([mate, strangers]), CALIBRATION, top=1)
    assert in_few[0].distance == in_many[0].distance
    assert in_few[0].verdict is Verdict.SAME
    assert in_many[0].verdict is not Verdict.SAME


@pytest.mark.parametrize(
    ("fmr", "says"),
    [
        (1.0, "100% of strangers as near"),
        (0.3, "30% of strangers as near"),
        (0.02, "1 stranger in 50 as near"),
        (1 / 4_432, "1 stranger in 4,400 as near"),
        (1 / 2_540_000, "1 stranger in 2.5 million as near"),
        (1e-7, "1 stranger in 10 million as near"),
        (9e-8, "hardly a stranger as near"),
    ],
)
def test_a_rate_is_said_in_people(fmr: float, says: str):
    assert rate_text(fmr) == says


@pytest.mark.parametrize(
    ("verdict", "says"),
    [
        (Verdict.SAME, "The same person as in anna.jpg"),
        (Verdict.UNSURE, "Perhaps the person in anna.jpg; nobody for certain"),
        (Verdict.NOT_THE_SAME, "Nobody in this gallery"),
    ],
)
def test_the_headline_promises_no_more_than_the_verdict(verdict: Verdict, says: str):
    assert headline_of([("anna.jpg", Match(row=0, distance=0.5, fmr=0.1, verdict=verdict))]) == says


def test_a_comparison_says_that_fewer_than_twenty_faces_do_not_judge():
    assert judged_by(19) == "How near strangers come is judged by the pack's calibration: the faces are too few."
    assert judged_by(20) == "How near strangers come is judged by the faces of the gallery."
