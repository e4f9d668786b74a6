"""Visits in random order, decided by the matcher's own code."""

import numpy as np
import pytest
from faces_on_paper import crowd

from evaluation.minting import mint
from evaluation.visits import deal, numbered
from faces.calibration import Calibration
from matcher.policy import Policy
from matcher.recognition import Recogniser

# People of `crowd` lie about 1.4 apart, one person's pictures 0.1.
CALIBRATION = Calibration(
    measured_on="paper",
    groups={"paper": ((1e-7, 0.4), (1e-2, 0.7))},
    neighbour_gap=((5e-4, 0.5), (5e-2, 0.3)),
)


def recogniser(calibration: Calibration = CALIBRATION) -> Recogniser:
    return Recogniser(calibration=calibration, policy=Policy())


def of(places: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    _, person_of = numbered(np.array([name.split("/")[0] for name in places]))
    return np.array(list(places.values()), dtype=np.float32), np.full(len(places), 0.5, np.float32), person_of


def test_people_far_apart_are_counted_once_each():
    minting = mint(*of(crowd(30, 6)), recogniser())

    assert minting is not None
    assert (minting.people, minting.visits, minting.uv, minting.uv_error) == (30, 60, 30, 0.0)
    assert minting.pair_precision == minting.pair_recall == 1.0
    assert minting.without_face_id == 0
    assert minting.uv_error_range == (0.0, 0.0)


def test_a_threshold_too_strict_counts_everybody_twice():
    too_strict = Calibration(
        measured_on="paper",
        groups={"paper": ((1e-7, 1e-4), (1e-4, 2e-4), (1e-3, 0.7))},
        neighbour_gap=((5e-4, 1.5), (5e-2, 1.4)),
    )
    minting = mint(*of(crowd(30, 6)), recogniser(too_strict))

    assert minting is not None
    assert minting.uv_error > 0.5
    assert minting.pair_recall < 0.5
    assert minting.pair_precision == 1.0


def test_two_people_who_look_alike_are_one_visitor():
    places = crowd(20, 6)
    for picture in range(6):
        places[f"p001/{picture}"] = places[f"p000/{picture}"]
    minting = mint(*of(places), recogniser())

    assert minting is not None
    assert minting.uv == 19
    # Of the 18 x 1 + 6 pairs with one FaceId, the 4 between the two are of different people.
    assert minting.pair_precision == pytest.approx(20 / 24)


def test_visits_whose_shots_disagree_get_no_face_id():
    places = crowd(20, 6)
    rng = np.random.default_rng(1)
    for picture in range(6):  # six pictures of as many different people in one folder
        astray = rng.standard_normal(16)
        places[f"p000/{picture}"] = astray / np.linalg.norm(astray)
    minting = mint(*of(places), recogniser())

    assert minting is not None
    assert (minting.uv, minting.without_face_id) == (19, 2)
    assert minting.uv_error == pytest.approx(-0.05)


def test_five_pictures_are_not_two_visits_of_three():
    assert mint(*of(crowd(30, 5)), recogniser()) is None


def test_a_deal_uses_no_picture_twice_and_mixes_no_people():
    _, _, person_of = of(crowd(12, 7))
    visits = deal(person_of, 3, np.random.default_rng(0))

    assert visits.shape == (24, 3)
    assert len(np.unique(visits)) == visits.size
    assert (person_of[visits] == person_of[visits[:, :1]]).all()
