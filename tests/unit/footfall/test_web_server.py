"""Where the page may be seen from."""

import logging
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.error import HTTPError

import pytest
from services import free_port

from footfall.config_loading import load_settings
from footfall.databases import open_repository
from footfall.web_server import serving
from schemas.errors import ConfigError


@pytest.fixture
def page(tmp_path: Path) -> Iterator[object]:
    """Serves the page of an empty shop, told what is given of ``web``."""

    def served(**web: object):
        settings = load_settings(None, data_dir=str(tmp_path), web={"port": free_port(), **web})
        return serving(settings, repository, stores=("shop",))

    with closing(open_repository(load_settings(None, data_dir=str(tmp_path)))) as repository:
        yield served


def status(address: str, host: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers={"Host": host}), timeout=10) as answer:
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "example.com"])
def test_the_page_is_not_opened_beyond_this_machine_unasked(page, host: str):
    with (
        pytest.raises(ConfigError, match=r"`footfall user add NAME --role admin`.*web\.without_login"),
        page(host=host),
    ):
        pass


def test_behind_a_proxy_somebody_has_to_log_in_on_this_machine_too(page):
    with pytest.raises(ConfigError, match="footfall user add"), page(proxy="127.0.0.1"):
        pass


def test_opened_beyond_this_machine_it_says_so_and_answers_under_no_foreign_name(page, caplog):
    with caplog.at_level(logging.WARNING), page(host="0.0.0.0", without_login=True) as address:
        assert status(f"{address}stores/shop", "127.0.0.1:8000") == 200
        assert status(f"{address}stores/shop", "example.com") == 400
    assert "asks nobody for a password" in caplog.text


def test_on_this_machine_it_is_open_to_whoever_sits_at_it(page, caplog):
    with caplog.at_level(logging.WARNING), page() as address:
        assert status(f"{address}stores/shop", "localhost") == 200
    assert "password" not in caplog.text
