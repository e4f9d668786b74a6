from ingest.stopwatch import Stopwatch


def test_the_time_of_a_stage_adds_up_by_the_clock_that_was_given() -> None:
    readings_s = iter([1.0, 3.0, 10.0, 10.5, 20.0, 21.0])
    stopwatch = Stopwatch(lambda: next(readings_s))
    for stage in ("decode", "detect", "decode"):
        with stopwatch.stage(stage):
            pass
    assert stopwatch.seconds() == {"decode": 3.0, "detect": 0.5}
