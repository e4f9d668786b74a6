"""From a URL to a log."""

from contextlib import closing
from pathlib import Path

import pytest

from footfall.event_logs import local_log_url, open_event_log
from schemas.errors import ConfigError
from schemas.topics import CROPS


def test_a_local_url_names_a_file_whatever_its_name(tmp_path: Path):
    path = tmp_path / "a shop, 50% off #1?" / "events.db"
    with closing(open_event_log(local_log_url(path))) as log:
        log.append(CROPS, "shop", b"a")
    assert path.is_file()


def test_a_relative_path_becomes_absolute_in_its_url():
    assert local_log_url(Path("events.db")) == f"local://{Path.cwd()}/events.db"


@pytest.mark.parametrize("url", ["local://events.db", "local:events.db", "local:"])
def test_a_local_url_without_an_absolute_path_is_refused(url: str):
    with pytest.raises(ConfigError, match="absolute path, such as local:///"):
        open_event_log(url)


@pytest.mark.parametrize("url", ["carrier-pigeon://user:secret@host/events", "/srv/events.db", ""])
def test_a_url_of_no_known_kind_is_refused_without_its_password(url: str):
    with pytest.raises(ConfigError, match="no event log of the kind") as caught:
        open_event_log(url)
    assert "secret" not in str(caught.value)
