from dataclasses import replace

import pytest

from faces.quality import Fault, Quality
from ingest.gates import Gates

GOOD = Quality(
    certainty=0.93,
    size_px=80.0,
    sharpness=0.4,
    yaw=0.0,
    roll=0.0,
    exposure=1.0,
    contrast=40.0,
    edge_clip=0.0,
    likeness=0.6,
)


def test_a_good_crop_passes() -> None:
    assert Gates().refuse(GOOD) is None


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"certainty": 0.6}, Fault.LOW_SCORE),
        ({"size_px": 20.0}, Fault.TOO_SMALL),
        ({"edge_clip": 0.9}, Fault.EDGE_CLIP),
        ({"yaw": -1.0}, Fault.TURNED_AWAY),
        ({"roll": 120.0}, Fault.TURNED_AWAY),
        ({"exposure": 0.1}, Fault.POOR_LIGHT),
        ({"contrast": 1.4}, Fault.POOR_LIGHT),
        ({"sharpness": 0.11}, Fault.BLURRED),
        ({"likeness": -0.7}, Fault.UNLIKE_A_FACE),
    ],
)
def test_each_fault_has_its_name(change: dict[str, float], fault: Fault) -> None:
    assert Gates().refuse(replace(GOOD, **change)) is fault


def test_faults_that_each_could_be_borne_are_too_much_together_and_the_worst_is_named() -> None:
    dim, turned = {"exposure": 0.5}, {"yaw": 0.5}
    soft = {"sharpness": 0.2}
    for bearable in (dim, turned, soft):
        assert Gates().refuse(replace(GOOD, **bearable)) is None
    assert Gates().refuse(replace(GOOD, **dim, **turned, **soft)) is Fault.BLURRED


def test_a_crop_is_refused_for_its_turn_alone_where_it_would_pass_straight() -> None:
    turned = replace(GOOD, yaw=1.2)
    assert Gates().refuse_only_the_turn(turned)
    for worse in ({"certainty": 0.6}, {"size_px": 20.0}, {"sharpness": 0.1}, {"roll": 150.0}):
        assert not Gates().refuse_only_the_turn(replace(turned, **worse))
    assert not Gates().refuse_only_the_turn(GOOD)
    assert not Gates().refuse_only_the_turn(replace(GOOD, yaw=float("nan")))


def test_a_doubtful_detection_is_refused_before_all_else() -> None:
    assert Gates(min_score=0.8).refuse(replace(GOOD, size_px=5.0, certainty=0.75)) is Fault.LOW_SCORE


@pytest.mark.parametrize("name", ["certainty", "size_px", "sharpness", "yaw", "likeness"])
def test_what_is_not_a_number_never_passes(name: str) -> None:
    assert Gates().refuse(replace(GOOD, **{name: float("nan")})) is not None
