import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from people_on_paper import CALIBRATION, faces_of

from evaluation import clusters as clusters_module
from evaluation.clusters import UNCLUSTERED, cluster, fmr_of_links


def test_faces_are_put_together_by_person_the_largest_cluster_first():
    vectors, people = faces_of(3, 9, 1, 5, *[1] * 20)
    found = cluster(vectors, CALIBRATION)
    assert [sorted(people[rows].tolist()) for rows in found.members] == [[1] * 9, [3] * 5, [0] * 3]
    assert sorted(people[found.unclustered].tolist()) == [2, *range(4, 24)]
    for number, rows in enumerate(found.members):
        assert (found.labels[rows] == number).all()


@settings(max_examples=25)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_faces_decides_nothing(random):
    vectors, _ = faces_of(4, 3, 2, *[1] * 25, spread=0.6)
    order = list(range(len(vectors)))
    random.shuffle(order)
    once, again = cluster(vectors, CALIBRATION), cluster(vectors[order], CALIBRATION)
    as_sets = {frozenset(rows.tolist()) for rows in once.members}
    assert {frozenset(np.array(order)[rows].tolist()) for rows in again.members} == as_sets


def test_a_chain_of_look_alikes_does_not_make_one_person_of_two():
    corner = np.zeros((2, 64), dtype=np.float32)
    corner[0, 0] = corner[1, 1] = 1.0
    steps = np.linspace(0, 1, 5)[:, None]
    chain = (1 - steps) * corner[0] + steps * corner[1]  # 1.41 from end to end in steps of 0.35
    crowd = np.concatenate([np.tile(corner[0], (6, 1)), np.tile(corner[1], (6, 1)), chain]).astype(np.float32)
    labels = cluster(crowd, CALIBRATION).labels
    assert labels[0] == labels[5] != labels[6] == labels[11]


def test_two_faces_of_one_picture_are_two_people():
    vectors, _ = faces_of(4, *[1] * 20)
    apart = cluster(vectors, CALIBRATION, pictures=np.array([0, 0, 1, 2, *range(3, 23)])).labels
    assert apart[0] != apart[1]
    assert cluster(vectors, CALIBRATION).labels[0] == cluster(vectors, CALIBRATION).labels[1]


def test_fewer_faces_than_asked_for_are_no_cluster():
    vectors, _ = faces_of(2, 3, *[1] * 20)
    assert [len(rows) for rows in cluster(vectors, CALIBRATION, min_faces=3).members] == [3]
    assert len(cluster(vectors, CALIBRATION, min_faces=1).members) == 22


def test_the_most_typical_face_stands_first():
    vectors, _ = faces_of(7, *[1] * 20)
    (rows,) = cluster(vectors, CALIBRATION).members
    off_mean = np.linalg.norm(vectors[rows] - vectors[rows].mean(axis=0), axis=1)
    assert (np.diff(off_mean) >= 0).all()


def test_more_faces_are_linked_at_a_stricter_rate():
    rates = [fmr_of_links(faces) for faces in (1, 100, 1_000, 100_000)]
    assert rates == pytest.approx([1e-3, 1e-3, 1e-4, 1e-6])


@pytest.mark.parametrize("rows", [0, 1])
def test_no_face_and_one_face_are_no_cluster(rows: int):
    found = cluster(faces_of(1)[0][:rows], CALIBRATION)
    assert found.members == []
    assert (found.labels == UNCLUSTERED).all()


def test_a_group_too_large_for_average_linkage_is_linked_anew(monkeypatch: pytest.MonkeyPatch):
    vectors, people = faces_of(12, 12, *[1] * 20)
    monkeypatch.setattr(clusters_module, "_LARGEST_GROUP", 5)
    found = cluster(vectors, CALIBRATION)
    assert [sorted(people[rows].tolist()) for rows in found.members] == [[0] * 12, [1] * 12]
