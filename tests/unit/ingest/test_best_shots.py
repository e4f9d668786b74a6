from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ingest.best_shots import BestShots, View, difference, rank
from schemas.messages import Shot

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def view(quality: float, seconds: float = 0.0, *, yaw: float = 0.0) -> View:
    return View(quality=quality, captured_at=START + timedelta(seconds=seconds), yaw=yaw)


def shot(seen: View) -> Shot:
    return Shot(
        captured_at=seen.captured_at,
        jpeg=b"\xff\xd8\xff",
        box=(0, 0, 1, 1),
        landmarks=(0.0,) * 10,
        quality=seen.quality,
    )


def test_the_best_view_comes_first() -> None:
    assert rank([view(0.3), view(0.9, 1), view(0.5, 2)], 3)[0] == 1


def test_a_different_view_is_preferred_to_one_hardly_better_but_much_the_same() -> None:
    assert rank([view(0.9, 0), view(0.85, 0.2), view(0.8, 6, yaw=0.3)], 2) == [0, 2]


def test_a_bad_view_is_not_chosen_for_being_different() -> None:
    assert rank([view(0.9, 0), view(0.85, 0.2), view(0.3, 30, yaw=0.4)], 2) == [0, 1]


def test_views_differ_by_time_and_pose_up_to_one() -> None:
    assert difference(view(0.5), view(0.9)) == 0.0
    assert difference(view(0.5), view(0.5, 100)) == 0.5
    assert difference(view(0.5), view(0.5, 100, yaw=0.4)) == 1.0


views = st.builds(
    view,
    st.integers(0, 20).map(lambda tenth: tenth / 20),
    st.integers(0, 300).map(lambda fifth: fifth / 5),
    yaw=st.sampled_from([-0.3, 0.0, 0.3]),
)


@given(st.lists(views, max_size=20), st.integers(1, 6))
def test_a_ranking_has_no_repetition_and_as_many_as_there_can_be(seen: list[View], count: int) -> None:
    chosen = rank(seen, count)
    assert len(chosen) == len(set(chosen)) == min(count, len(seen))
    if chosen:
        assert seen[chosen[0]].quality == max(item.quality for item in seen)


@given(st.lists(views, max_size=25), st.integers(1, 5))
def test_what_is_kept_is_bounded_and_holds_the_best_view_ever_offered(seen: list[View], count: int) -> None:
    shots = BestShots(count)
    cut = 0

    def cutting(offered: View) -> Shot:
        nonlocal cut
        cut += 1
        return shot(offered)

    for number, offered in enumerate(seen):
        shots.offer(offered, lambda offered=offered: cutting(offered))
        kept = shots.shots()
        assert len(kept) == min(count, number + 1)
        assert kept[0].quality == max(item.quality for item in seen[: number + 1])
    assert cut <= len(seen)


def test_only_a_view_that_is_kept_is_cut_from_the_frame() -> None:
    shots = BestShots(1)
    assert shots.offer(view(0.9), lambda: shot(view(0.9))) is not None

    def never() -> Shot:
        raise AssertionError("a worse view was cut")

    assert shots.offer(view(0.5, 9), never) is None
