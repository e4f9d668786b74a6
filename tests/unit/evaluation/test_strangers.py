import numpy as np
import pytest
from people_on_paper import CALIBRATION, faces_of

from evaluation.strangers import strangers_of


def test_the_bar_of_a_face_follows_how_near_strangers_come_to_it():
    """Faces of one region of the world, which a model may hardly have seen, lie nearer to one another than others."""
    far, _ = faces_of(*[1] * 60)
    near = far * 0.5 + 0.5 * far[0]  # strangers at half the distance
    loose, tight = (strangers_of(faces, faces, CALIBRATION).bars(1e-3) for faces in (far, near))
    assert np.median(tight) < np.median(loose)
    assert tight.min() >= CALIBRATION.threshold_for(1e-3)
    assert loose.max() <= CALIBRATION.loosest_threshold_for(1e-3)


def test_among_few_faces_the_strictest_bar_holds():
    few, _ = faces_of(*[1] * 19)
    strangers = strangers_of(few, few, CALIBRATION)
    assert (strangers.bars(1e-3) == CALIBRATION.threshold_for(1e-3)).all()
    assert strangers.fmr_at(0, 0.9) == CALIBRATION.fmr_at(0.9)


@pytest.mark.parametrize("fmr", [1e-6, 1e-4, 1e-3, 1e-2])
def test_the_rate_at_a_bar_is_the_rate_it_was_made_for(fmr: float):
    faces, _ = faces_of(*[1] * 60)
    strangers = strangers_of(faces * 0.8, faces, CALIBRATION)
    for row, bar in enumerate(strangers.bars(fmr)):
        assert strangers.fmr_at(row, float(bar)) == pytest.approx(fmr, rel=1e-3)


def test_the_same_person_in_the_cohort_moves_a_bar_little():
    """Strangers are told from the far side of the distances, where no picture of the same person lies."""
    strangers, _ = faces_of(*[1] * 80, seed=1)
    crowd, _ = faces_of(20, *[1] * 80, seed=1)
    alone, together = (strangers_of(crowd[:1], among, CALIBRATION) for among in (strangers, crowd))
    assert abs(together.bars(1e-3)[0] - alone.bars(1e-3)[0]) < 0.05
