"""A small simulated day, made once, and an undisturbed run of it to compare with."""

import pytest
from simulated_day import Counted, Day, simulate


@pytest.fixture(scope="session")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """Three people, five visits, one door."""
    return simulate(tmp_path_factory.mktemp("day"), people=3, visits=5, minutes=100, seed=5)


@pytest.fixture(scope="session")
def counted(day: Day, tmp_path_factory: pytest.TempPathFactory) -> Counted:
    """The day, counted without any disturbance. Tests read it and write nothing there."""
    data_dir = tmp_path_factory.mktemp("counted")
    return Counted(day=day, data_dir=data_dir, report=day.count(data_dir).json)
