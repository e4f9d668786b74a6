"""Accuracy on pairs."""

import numpy as np
import pytest
from faces_on_paper import face_set

from evaluation.pictures import Pair
from evaluation.verification import best_threshold, pairs_accuracy


def test_the_best_threshold_lies_in_the_middle_between_the_kinds():
    assert best_threshold([0.2, 0.4, 0.8, 1.0], [True, True, False, False]) == pytest.approx(0.6)


def test_one_pair_on_the_wrong_side_costs_one_answer():
    threshold = best_threshold([0.2, 0.9, 0.4, 0.8, 1.0, 1.1], [True, True, True, False, False, False])

    assert 0.4 < threshold < 0.8 or 0.9 < threshold < 1.0


def test_each_fold_is_judged_by_the_threshold_of_the_others():
    # Fold a alone would set its threshold at 0.5 and answer all of it rightly; that of fold b, 2.5, accepts 1.0.
    faces = face_set({"p/0": 0.0, "p/1": 0.1, "q/0": 1.1, "r/0": 10.0, "r/1": 12.0, "s/0": 15.0})
    pairs = [
        Pair(one="p/0", other="p/1", same=True, fold="a"),
        Pair(one="p/1", other="q/0", same=False, fold="a"),
        Pair(one="r/0", other="r/1", same=True, fold="b"),
        Pair(one="r/1", other="s/0", same=False, fold="b"),
    ]

    assert pairs_accuracy(faces.names.tolist(), faces.embeddings, pairs).value == pytest.approx(
        0.5
    )  # a accepts q, b refuses r


def test_a_picture_without_a_face_is_answered_two_people():
    faces = face_set({"p/0": 0.0, "p/1": 0.1, "q/0": 1.0, "q/1": 1.1})
    known = [
        Pair(one="p/0", other="p/1", same=True, fold="1"),
        Pair(one="q/0", other="q/1", same=True, fold="2"),
        Pair(one="p/0", other="q/0", same=False, fold="1"),
        Pair(one="p/1", other="q/1", same=False, fold="2"),
    ]
    unseen = [
        Pair(one="p/0", other="p/unseen", same=True, fold="1"),
        Pair(one="q/0", other="p/unseen", same=False, fold="2"),
    ]

    assert pairs_accuracy(faces.names.tolist(), faces.embeddings, known).value == 1.0
    assert pairs_accuracy(faces.names.tolist(), faces.embeddings, known + unseen).value == pytest.approx(5 / 6)


def test_pairs_without_folds_are_dealt_into_ten():
    rng = np.random.default_rng(0)
    faces = face_set({f"p{person}/{shot}": 10.0 * person + rng.random() for person in range(40) for shot in range(2)})
    pairs = [Pair(one=f"p{person}/0", other=f"p{person}/1", same=True, fold="") for person in range(40)]
    pairs += [Pair(one=f"p{person}/0", other=f"p{(person + 1) % 40}/1", same=False, fold="") for person in range(40)]

    assert pairs_accuracy(faces.names.tolist(), faces.embeddings, pairs).value == 1.0
