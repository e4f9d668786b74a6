"""A log of each kind, empty, with its two topics."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from two_topics import LOGS, SESSION_S, clock, make_topics

from footfall.event_logs import local_log_url, open_event_log
from schemas.event_log import EventLog


@pytest.fixture(params=LOGS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def new_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Name a log that does not exist yet, of each kind."""
    if kind == "local":
        return lambda: local_log_url(tmp_path / f"{uuid4().hex}.db")
    server = request.getfixturevalue("kafka_url")
    more = "&" if "?" in server else "?"
    return lambda: f"{server}{more}prefix={uuid4().hex[:8]}-&session_s={SESSION_S}"


@pytest.fixture
def url(new_url: Callable[[], str]) -> str:
    """The address of an empty log of each kind, with its topics."""
    url = new_url()
    make_topics(url)
    return url


@pytest.fixture
def open_log(url: str) -> Iterator[Callable[[], EventLog]]:
    """Open the log once more, as another part of the program would."""
    with ExitStack() as opened:

        def open_once_more() -> EventLog:
            log = open_event_log(url, now=clock)
            opened.callback(log.close)
            return log

        yield open_once_more


@pytest.fixture
def log(open_log: Callable[[], EventLog]) -> EventLog:
    return open_log()
