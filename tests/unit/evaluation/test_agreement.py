import numpy as np

from evaluation.agreement import Agreement, agreement


def agreed(found: list[int], true: list[int]) -> Agreement:
    return agreement(np.array(found, dtype=np.int64), np.array(true, dtype=np.int64))


def test_pairs_are_counted_one_by_one():
    # Together: 01 02 12 34; in truth: 01 23 24 34. Both: 01 and 34.
    assert agreed([0, 0, 0, 1, 1], [5, 5, 6, 6, 6]) == Agreement(pair_precision=0.5, pair_recall=0.5)


def test_what_is_in_no_cluster_is_together_with_nobody():
    assert agreed([-1, -1, 0, 0], [1, 1, 2, 2]) == Agreement(pair_precision=1.0, pair_recall=0.5)


def test_where_there_is_no_pair_nothing_is_said():
    assert agreed([], []) == Agreement(pair_precision=None, pair_recall=None)
    assert agreed([-1, -1], [0, 1]) == Agreement(pair_precision=None, pair_recall=None)
