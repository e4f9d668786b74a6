"""One file over HTTP, from servers that behave and servers that do not."""

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from file_server import FileServer, forwarding, serving
from services import free_port

from faces.errors import ModelError
from faces.packs.checksums import Checksum
from faces.packs.download import download

CONTENT = random.Random(7).randbytes(20_000)
OTHER = random.Random(8).randbytes(20_000)
RIGHT = Checksum(algorithm="sha256", digest=hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    with serving({"net.onnx": CONTENT}) as server:
        yield server


def fetch(server: FileServer, folder: Path, *, url: str = "", size: int | None = len(CONTENT)) -> list[int]:
    """Download and return what was reported on the way."""
    seen: list[int] = []
    download(
        url or f"{server.url}/net.onnx",
        folder / "net.onnx",
        RIGHT,
        size=size,
        on_bytes=lambda done, total: seen.append(done),
        timeout_s=0.5,
    )
    return seen


def assert_nothing_in_place(folder: Path) -> None:
    assert not (folder / "net.onnx").exists()


@pytest.mark.parametrize("size", [len(CONTENT), None])
def test_a_file_comes_whole_and_leaves_nothing_beside_it(server: FileServer, tmp_path: Path, size: int | None):
    seen = fetch(server, tmp_path, size=size)
    assert (tmp_path / "net.onnx").read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == ["net.onnx"]
    assert seen == sorted(seen)
    assert seen[-1] == len(CONTENT)


def test_after_a_cut_only_the_rest_is_asked_for(server: FileServer, tmp_path: Path):
    server.cut_after, server.cuts = 6_144, 2
    fetch(server, tmp_path)
    assert (tmp_path / "net.onnx").read_bytes() == CONTENT
    assert server.gets() == [None, "bytes=6144-", "bytes=12288-"]


def test_a_later_call_goes_on_where_an_earlier_one_gave_up(server: FileServer, tmp_path: Path):
    server.cut_after = 1_024
    with pytest.raises(ModelError, match="goes on from there"):
        fetch(server, tmp_path)
    assert_nothing_in_place(tmp_path)
    kept = (tmp_path / "net.onnx.part").stat().st_size
    server.cut_after = None
    fetch(server, tmp_path)
    assert server.gets()[-1] == f"bytes={kept}-"
    assert (tmp_path / "net.onnx").read_bytes() == CONTENT


def test_a_server_that_knows_no_ranges_sends_it_all_again(server: FileServer, tmp_path: Path):
    server.ranges, server.cut_after, server.cuts = False, 6_144, 1
    fetch(server, tmp_path)
    assert (tmp_path / "net.onnx").read_bytes() == CONTENT


def test_half_a_file_from_a_server_that_never_sends_more_is_refused(server: FileServer, tmp_path: Path):
    server.ranges, server.cut_after = False, 10_240
    with pytest.raises(ModelError, match="10240 of 20000 bytes"):
        fetch(server, tmp_path)
    assert_nothing_in_place(tmp_path)


def test_a_file_that_changed_on_the_server_meanwhile_is_taken_from_its_beginning(server: FileServer, tmp_path: Path):
    server.files["net.onnx"], server.cut_after, server.ranges = OTHER, 10_240, False
    with pytest.raises(ModelError):
        fetch(server, tmp_path)
    server.files["net.onnx"], server.cut_after, server.ranges = CONTENT, None, True
    fetch(server, tmp_path)
    assert (tmp_path / "net.onnx").read_bytes() == CONTENT


def test_a_kept_part_of_another_file_is_thrown_away_where_no_etag_tells(server: FileServer, tmp_path: Path):
    server.etags = False
    (tmp_path / "net.onnx.part").write_bytes(OTHER[:10_000])
    fetch(server, tmp_path)
    assert (tmp_path / "net.onnx").read_bytes() == CONTENT


@pytest.mark.parametrize("kept", [CONTENT, CONTENT + b"more"])
@pytest.mark.parametrize("size", [len(CONTENT), None])
def test_a_part_as_long_as_the_file_or_longer_does_no_harm(
    server: FileServer, tmp_path: Path, kept: bytes, size: int | None
):
    (tmp_path / "net.onnx.part").write_bytes(kept)
    fetch(server, tmp_path, size=size)
    assert (tmp_path / "net.onnx").read_bytes() == CONTENT


def test_a_wrong_checksum_is_refused_and_nothing_is_kept_of_it(server: FileServer, tmp_path: Path):
    server.files["net.onnx"] = OTHER
    with pytest.raises(ModelError, match="wrong checksum"):
        fetch(server, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_page_in_place_of_the_file_is_refused_by_its_length(server: FileServer, tmp_path: Path):
    server.files["net.onnx"] = b"<html>please log in</html>"
    with pytest.raises(ModelError, match="offers 26 bytes where the file has 20000"):
        fetch(server, tmp_path)
    assert_nothing_in_place(tmp_path)


@pytest.mark.parametrize(
    ("status", "says"),
    [(404, "no such file"), (403, "403"), (407, "the proxy wants a login"), (500, "500"), (503, "try again later")],
)
def test_a_refusal_is_said_with_what_to_do(server: FileServer, tmp_path: Path, status: int, says: str):
    server.status = status
    with pytest.raises(ModelError, match=says):
        fetch(server, tmp_path)
    assert_nothing_in_place(tmp_path)


def test_a_host_that_refuses_the_connection_is_said(server: FileServer, tmp_path: Path):
    with pytest.raises(ModelError, match=r"cannot be reached \(Connection refused\).*HTTPS_PROXY.*--from"):
        fetch(server, tmp_path, url=f"http://127.0.0.1:{free_port()}/net.onnx")


def test_a_host_without_an_address_is_said(server: FileServer, tmp_path: Path):
    with pytest.raises(ModelError, match=r"no-such-host\.invalid/net\.onnx: cannot be reached"):
        fetch(server, tmp_path, url="http://no-such-host.invalid/net.onnx")


def test_a_slow_server_is_waited_for(server: FileServer, tmp_path: Path):
    server.pause_s = 0.01
    fetch(server, tmp_path)
    assert (tmp_path / "net.onnx").read_bytes() == CONTENT


def test_a_server_that_falls_silent_is_given_up(server: FileServer, tmp_path: Path):
    server.stall_after = 0
    with pytest.raises(ModelError, match="fell silent after 0 of 20000 bytes"):
        fetch(server, tmp_path)
    assert_nothing_in_place(tmp_path)


def test_a_proxy_of_the_environment_is_used_and_one_may_be_passed_by(
    server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with forwarding() as (proxy, asked):
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.setenv("no_proxy", "")
        fetch(server, tmp_path)
        assert asked == [f"{server.url}/net.onnx"]
        (tmp_path / "net.onnx").unlink()
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        fetch(server, tmp_path)
        assert len(asked) == 1
    assert (tmp_path / "net.onnx").read_bytes() == CONTENT


def test_a_login_in_the_address_is_given_to_the_server_and_said_to_nobody(server: FileServer, tmp_path: Path):
    server.login = "Basic c2hvcDpvcGVuIHNlc2FtZQ=="  # shop:open sesame
    url = server.url.replace("//", "//shop:open%20sesame@") + "/net.onnx"
    fetch(server, tmp_path, url=url)
    assert (tmp_path / "net.onnx").read_bytes() == CONTENT
    with pytest.raises(ModelError, match="401") as caught:
        fetch(server, tmp_path, url=url.replace("sesame", "barley"))
    assert "barley" not in str(caught.value)


def test_a_folder_that_cannot_be_written_is_said(server: FileServer, tmp_path: Path):
    with pytest.raises(ModelError, match="cannot be written"):
        fetch(server, tmp_path / "nowhere")
