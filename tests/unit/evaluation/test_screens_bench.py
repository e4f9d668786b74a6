"""The bench of screens at a small size: what it counts is right, however long it takes."""

from evaluation.screens_bench import ScreensLoad, bench_screens


def test_every_screen_of_a_small_chain_is_told_of_every_arrival_once():
    load = ScreensLoad(
        screens=6,
        readers=2,
        stores=2,
        visits=1_000,
        seconds=2,
        arrivals_per_s=3,
        pause_s=0.1,
        takes_turns_every_s=0.005,
    )
    figures = bench_screens(load, on_done=lambda *_: None)
    assert (figures.events, figures.due) == (12, 36)
    assert (figures.lost, figures.twice) == (0, 0)
    assert figures.p50_ms > 0
    assert figures.reports_per_s > 0
