"""A clock that is off is told from the age of what comes when nothing waits, and from nothing else."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from colour_crops import RED, face_crop

from footfall.consumer import Turn
from footfall.metrics import Meters
from footfall.roles.clocks import ClockWatch
from schemas.received import Received

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)


class Watched:
    """A matcher's loop in which crops come, ten seconds a turn."""

    def __init__(self) -> None:
        self.meters = Meters()
        self._s = 0.0
        self._watch = ClockWatch(self.meters, lambda: NOW, clock_s=lambda: self._s)
        self._handle = self._watch.around(lambda batch: [])

    def turn(self, *ages: timedelta, lag: int | None = 0, partitions: int = 12, failure: str = "") -> None:
        """Let crops of these ages come."""
        crops = [face_crop(number, [RED]) for number, _ in enumerate(ages)]
        stamped = [replace(crop, produced_at=NOW - age) for crop, age in zip(crops, ages, strict=True)]
        self._handle([Received(message=crop, topic="crops", partition=0, offset=0) for crop in stamped])
        self._s += 10.0
        self._watch.turned(Turn(group="matcher", partitions=partitions, records=len(ages), lag=lag, failure=failure))

    def metric(self) -> str:
        lines = self.meters.page().decode().splitlines()
        return next((line.split()[-1] for line in lines if line.startswith("footfall_clock_ahead_seconds{")), "")


@pytest.fixture
def watched() -> Watched:
    return Watched()


HOUR = timedelta(hours=1)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


@pytest.mark.parametrize(("age", "words"), [(HOUR, "60 min behind"), (-HOUR, "60 min ahead of")])
def test_a_clock_that_is_an_hour_off_is_named_once(
    age: timedelta, words: str, watched: Watched, caplog: pytest.LogCaptureFixture
):
    watched.turn()
    for _ in range(3):
        watched.turn(age)
    (said,) = warnings(caplog)
    assert f"store s, camera door: the clock of its machine is {words} this machine's" in said
    assert float(watched.metric()) == -age.total_seconds()


def test_a_clock_that_was_set_and_is_off_again_is_named_again(watched: Watched, caplog: pytest.LogCaptureFixture):
    watched.turn()
    for age in (HOUR, timedelta(seconds=1), HOUR):
        watched.turn(age)
    assert len(warnings(caplog)) == 2


def test_what_had_to_wait_says_nothing_of_a_clock(watched: Watched, caplog: pytest.LogCaptureFixture):
    watched.turn(HOUR, lag=5)  # a matcher that was just started
    watched.turn(HOUR)
    watched.turn(HOUR, partitions=24, lag=7)  # it was given more partitions, with what lay in them
    watched.turn(HOUR, partitions=24, failure="the log was away", lag=None)
    watched.turn(HOUR, partitions=24, lag=None)
    assert warnings(caplog) == []


def test_a_line_that_was_cut_and_hands_over_what_waited_is_no_wrong_clock(
    watched: Watched, caplog: pytest.LogCaptureFixture
):
    watched.turn()
    watched.turn(HOUR, HOUR / 2, timedelta(seconds=1))
    assert warnings(caplog) == []
    assert float(watched.metric()) == -1.0
