from dataclasses import replace

import pytest

from faces.quality import Quality
from ingest.gates import Gates, Rejection

GOOD = Quality(
    score=0.8, size_px=80.0, sharpness=0.1, yaw=0.0, roll=0.0, brightness=120.0, contrast=40.0, edge_clip=0.0
)


def test_a_good_crop_passes() -> None:
    assert Gates().refuse(GOOD, score=0.9) is None


@pytest.mark.parametrize(
    ("change", "rejection"),
    [
        ({"edge_clip": 0.4}, Rejection.EDGE_CLIP),
        ({"size_px": 20.0}, Rejection.TOO_SMALL),
        ({"yaw": -0.8}, Rejection.TURNED_AWAY),
        ({"roll": 70.0}, Rejection.TURNED_AWAY),
        ({"brightness": 10.0}, Rejection.POOR_LIGHT),
        ({"brightness": 250.0}, Rejection.POOR_LIGHT),
        ({"contrast": 3.0}, Rejection.POOR_LIGHT),
        ({"sharpness": 0.0001}, Rejection.BLURRED),
    ],
)
def test_each_fault_has_its_name(change: dict[str, float], rejection: Rejection) -> None:
    assert Gates().refuse(replace(GOOD, **change), score=0.9) is rejection


def test_a_doubtful_detection_is_refused_before_all_else() -> None:
    assert Gates().refuse(replace(GOOD, size_px=5.0), score=0.2) is Rejection.LOW_SCORE


def test_a_face_turned_so_far_that_its_pose_is_not_a_number_is_turned_away() -> None:
    assert Gates().refuse(replace(GOOD, yaw=float("nan")), score=0.9) is Rejection.TURNED_AWAY
