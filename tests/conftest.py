"""What every tier shares: Hypothesis without a clock, where the measuring data lies, and a Postgres."""

import gc
import os
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from postgres_server import NewDatabase, new_database, require_postgres, running_postgres
from services import KafkaBroker, require_kafka, require_own_kafka

from analytics.records.database import connect, upgrade

settings.register_profile("footfall", deadline=None, print_blob=True)
settings.load_profile("footfall")

ROOT = Path(__file__).resolve().parent.parent


def _folder(variable: str, default: str) -> Path:
    return Path(os.environ.get(variable, ROOT.parent / "shared" / default)).resolve()


def pytest_configure() -> None:
    """Let packs find the model files beside the checkout, where there are any."""
    models = _folder("FOOTFALL_MODELS", "models")
    if models.is_dir():
        os.environ["FOOTFALL_MODELS"] = str(models)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # A connection that comes to nothing is left to the garbage collector by kafka-python.
    for item in items:
        if item.get_closest_marker("needs_kafka"):
            item.add_marker(pytest.mark.filterwarnings("ignore:unclosed <:ResourceWarning"))


@pytest.fixture(autouse=True)
def sockets_left_to_the_garbage_collector(request: pytest.FixtureRequest) -> Iterator[None]:
    """Those of Kafka's client must not be held against the next test."""
    yield
    if request.node.get_closest_marker("needs_kafka"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker, variable, default in (
        ("needs_data", "FOOTFALL_DATA", "data"),
        ("needs_models", "FOOTFALL_MODELS", "models"),
    ):
        if item.get_closest_marker(marker) and not _folder(variable, default).is_dir():
            pytest.skip(f"{variable} is not set and {_folder(variable, default)} is not there")
    if item.get_closest_marker("needs_postgres"):
        require_postgres()


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The measuring pictures and videos; only for tests marked needs_data."""
    return _folder("FOOTFALL_DATA", "data")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small tmpfs")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"a small tmpfs cannot be mounted here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


@pytest.fixture(scope="session")
def kafka_broker() -> Iterator[KafkaBroker]:
    """A broker of our own, one for all tests, which they may kill as long as they start it again."""
    require_own_kafka()
    with KafkaBroker() as broker:
        yield broker


@pytest.fixture(scope="session")
def kafka_url(request: pytest.FixtureRequest) -> str:
    """The address of a Kafka that others may use at the same time: FOOTFALL_TEST_KAFKA, or one of our own."""
    require_kafka()
    if given := os.environ.get("FOOTFALL_TEST_KAFKA"):
        return given
    broker: KafkaBroker = request.getfixturevalue("kafka_broker")
    return broker.url


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a server in which databases can be made; only for tests marked needs_postgres."""
    with running_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def new_postgres_database(postgres: str) -> Iterator[NewDatabase]:
    """Make databases that have Footfall's tables: ``with new_postgres_database() as url``."""
    with new_database(postgres) as template:
        engine = connect(template)
        upgrade(engine)
        engine.dispose()
        yield lambda: new_database(postgres, template=template.rpartition("/")[2])


@pytest.fixture
def postgres_url(new_postgres_database: NewDatabase) -> Iterator[str]:
    """The URL of a database of the test's own, with Footfall's tables."""
    with new_postgres_database() as url:
        yield url
