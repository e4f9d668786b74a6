"""Installing the retail pack from mirrors of its files: wholly or not at all."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from file_server import FileServer, serving
from services import free_port

from faces.errors import ModelError
from faces.packs import PackFile, default_pack_name, in_place, known_pack, open_pack, pack_files
from faces.packs.download import OnBytes
from faces.packs.install import Installed, pull
from faces.packs.places import folder_of
from faces.packs.removal import remove
from faces.packs.sources import Mirror, Official, Source, source_of

NAMES = ("face-reidentification-retail-0095.onnx", "yunet_n.onnx", "landmarks-regression-retail-0009.onnx")
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PULL = """
import sys
from datetime import UTC, datetime
from faces.packs.install import pull
from faces.packs.sources import source_of
done = pull("retail", source_of(sys.argv[1]), now=lambda: datetime.now(UTC), on_file=lambda *_: None)
print("anew" if done.anew else "there")
"""


@pytest.fixture
def files() -> dict[str, bytes]:
    """The files of the retail pack as they lie on this machine; ask for it before ``nowhere`` hides them."""
    return {file.name: file.found.read_bytes() for file in pack_files("retail") if file.found}


@pytest.fixture
def nowhere(files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which no pack was ever put into place: its cache folder."""
    monkeypatch.setenv("FOOTFALL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("FOOTFALL_MODELS", str(tmp_path / "no-models"))
    monkeypatch.delenv("http_proxy", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def folder(files: dict[str, bytes], nowhere: Path, tmp_path: Path) -> Path:
    """A memory stick with the files."""
    stick = tmp_path / "stick"
    stick.mkdir()
    for name, content in files.items():
        (stick / name).write_bytes(content)
    return stick


@pytest.fixture
def server(files: dict[str, bytes], nowhere: Path) -> Iterator[FileServer]:
    with serving(dict(files)) as server:
        yield server


def pulled(source: Source) -> Installed:
    return pull("retail", source, now=lambda: NOON, on_file=lambda name, done, total: None)


def assert_not_installed() -> None:
    assert not in_place("retail")
    assert not folder_of("retail").exists()


needs_models = pytest.mark.needs_models


@needs_models
def test_a_pack_pulled_from_a_folder_is_whole_and_becomes_the_default(folder: Path):
    assert default_pack_name() == "dlib"
    done = pulled(source_of(str(folder)))
    assert (done.anew, sorted(done.files), done.licence) == (True, sorted(NAMES), "Apache-2.0")
    assert default_pack_name() == "retail"
    assert open_pack("retail").model_id == "retail-0095-256.lm0009.crop128.v2"
    record = known_pack("retail").record
    assert record is not None
    assert (record.at, record.source, record.accepted) == (NOON, str(folder), ())


@needs_models
def test_a_pack_pulled_from_a_mirror_is_not_fetched_twice(server: FileServer):
    assert pulled(source_of(server.url)).anew
    asked = len(server.asked)
    assert not pulled(source_of(server.url)).anew
    assert len(server.asked) == asked


@needs_models
def test_a_pull_that_broke_off_is_taken_up_where_it_ended(server: FileServer):
    server.cut_after, server.ranges = 1_000_000, False
    with pytest.raises(ModelError, match="the same command again goes on from there"):
        pulled(Mirror(server.url))
    assert_not_installed()
    server.cut_after, server.ranges = None, True
    server.asked.clear()
    pulled(Mirror(server.url))
    assert [asked for asked in server.gets() if asked] == ["bytes=1000448-"]
    open_pack("retail")


@needs_models
@pytest.mark.parametrize("harm", [lambda content: content[: len(content) // 2], lambda content: content[:-1] + b"!"])
def test_half_a_file_or_a_wrong_one_in_a_folder_installs_nothing(folder: Path, harm):
    file = folder / NAMES[1]
    file.write_bytes(harm(file.read_bytes()))
    with pytest.raises(ModelError, match=r"yunet_n\.onnx: wrong checksum"):
        pulled(source_of(str(folder)))
    assert_not_installed()


@needs_models
def test_a_wrong_file_on_a_mirror_installs_nothing(server: FileServer):
    server.files[NAMES[1]] = bytes(len(server.files[NAMES[1]]))
    with pytest.raises(ModelError, match="wrong checksum"):
        pulled(Mirror(server.url))
    assert_not_installed()


@needs_models
def test_a_mirror_that_lacks_a_file_is_said_to_before_anything_is_fetched(server: FileServer):
    del server.files[NAMES[1]]
    with pytest.raises(ModelError, match=rf"not at {server.url}: yunet_n\.onnx"):
        pulled(Mirror(server.url))
    assert server.gets() == []
    assert_not_installed()


@needs_models
def test_a_mirror_that_cannot_be_reached_installs_nothing(nowhere: Path):
    with pytest.raises(ModelError, match="cannot be reached"):
        pulled(Mirror(f"http://127.0.0.1:{free_port()}"))
    assert_not_installed()


@needs_models
def test_two_pulls_at_once_fetch_once(server: FileServer, nowhere: Path):
    server.pause_s = 0.0002
    command = [sys.executable, "-c", PULL, server.url]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = sorted(process.communicate(timeout=60)[0].strip() for process in both)
    assert said == ["anew", "there"]
    assert len(server.gets()) == len(NAMES)
    open_pack("retail")


@needs_models
def test_a_damaged_installation_is_mended_with_what_is_damaged_alone(server: FileServer):
    pulled(Mirror(server.url))
    (folder_of("retail") / NAMES[1]).write_bytes(b"damage")
    with pytest.raises(ModelError, match="wrong checksum; delete it and run `footfall models pull retail`"):
        open_pack("retail")
    server.asked.clear()
    assert pulled(Mirror(server.url)).anew
    assert [path for method, path, _ in server.asked if method == "GET"] == [f"/{NAMES[1]}"]
    open_pack("retail")
    assert not list(folder_of("retail").parent.glob(".retail.before"))


@needs_models
def test_a_full_disk_is_said_and_installs_nothing(
    folder: Path, small_disk: Path, server: FileServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FOOTFALL_CACHE", str(small_disk))
    for source in (source_of(str(folder)), Mirror(server.url)):
        with pytest.raises(ModelError, match=r"cannot be written \(No space left on device\).*free space"):
            pulled(source)
        assert_not_installed()


def test_intel_publishes_the_retail_embedder_as_an_ir(nowhere: Path):
    tried: list[str] = []

    class Publisher(Official):
        def bring(self, file: PackFile, folder: Path, on_bytes: OnBytes) -> None:
            tried.append(file.name)
            raise ModelError("no line")

    with pytest.raises(ModelError, match="no line"):
        pulled(Publisher())
    assert tried == ["face-reidentification-retail-0095.xml"]
    assert_not_installed()


@needs_models
def test_what_was_pulled_can_be_removed_and_pulled_again(folder: Path):
    pulled(source_of(str(folder)))
    remove("retail")
    assert_not_installed()
    assert pulled(source_of(str(folder))).anew


@needs_models
def test_files_that_lie_elsewhere_are_not_removed(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FOOTFALL_MODELS", str(folder))
    with pytest.raises(ModelError, match="not ours to delete"):
        remove("retail")
    assert sorted(path.name for path in folder.iterdir()) == sorted(NAMES)


def test_a_pack_that_is_not_installed_cannot_be_removed(nowhere: Path):
    with pytest.raises(ModelError, match="opencv is not installed"):
        remove("opencv")


def test_the_pack_that_comes_with_the_program_is_neither_pulled_nor_removed(nowhere: Path):
    with pytest.raises(ModelError, match="comes with the program"):
        pull("dlib", Official(), now=lambda: NOON, on_file=lambda name, done, total: None)
    with pytest.raises(ModelError, match="comes with the program"):
        remove("dlib")


@pytest.mark.parametrize(
    ("text", "says"), [("ftp://host/models", "http:// or https://"), ("nowhere", "no such folder")]
)
def test_a_source_that_cannot_be_meant_is_said(text: str, says: str):
    with pytest.raises(ModelError, match=says):
        source_of(text)
