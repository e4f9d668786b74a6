import threading
import time
from collections.abc import Generator

import pytest

from ingest.prefetch import Prefetch


def counting(up_to: int, made: list[int]) -> Generator[int, None, None]:
    for number in range(up_to):
        made.append(number)
        yield number


def test_items_come_in_their_order_and_all_of_them() -> None:
    assert list(Prefetch(lambda: counting(50, []), depth=3, name="count")) == list(range(50))


def test_the_producer_stays_only_a_few_items_ahead() -> None:
    made: list[int] = []
    ahead = Prefetch(lambda: counting(50, made), depth=3, name="count")
    iterator = iter(ahead)
    next(iterator)
    time.sleep(0.1)
    assert len(made) <= 6
    ahead.close()


def test_an_error_is_raised_behind_the_items_before_it() -> None:
    def failing() -> Generator[int, None, None]:
        yield 1
        raise ValueError("broken")

    iterator = iter(Prefetch(failing, depth=3, name="fail"))
    assert next(iterator) == 1
    with pytest.raises(ValueError, match="broken"):
        next(iterator)


def test_closing_ends_both_sides_and_finishes_the_producer() -> None:
    finished = threading.Event()

    def endless() -> Generator[int, None, None]:
        try:
            while True:
                yield 1
        finally:
            finished.set()

    ahead = Prefetch(endless, depth=2, name="endless")
    iterator = iter(ahead)
    next(iterator)
    ahead.close()
    assert finished.is_set()
    assert list(iterator) == []


def test_closing_does_not_wait_for_a_producer_that_hangs() -> None:
    release = threading.Event()

    def hanging() -> Generator[int, None, None]:
        yield 1
        release.wait(10.0)

    ahead = Prefetch(hanging, depth=2, name="hang", close_s=0.1)
    next(iter(ahead))
    before_s = time.monotonic()
    ahead.close()
    assert time.monotonic() - before_s < 2.0
    release.set()
