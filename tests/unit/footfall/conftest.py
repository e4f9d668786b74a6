"""What the tests of the program share: a local log."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from footfall.local_log.log import SqliteEventLog


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.db"


@pytest.fixture
def log(path: Path) -> Iterator[SqliteEventLog]:
    with closing(SqliteEventLog(path)) as log:
        yield log
