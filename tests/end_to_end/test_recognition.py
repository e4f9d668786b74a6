"""The recognition service of real processes: hostile uploads, erasure, enrolment beside a running program."""

import shutil
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from big_pictures import grey_png
from cmyk_jpeg import FILE as CMYK
from footfall_process import Running, footfall
from picture_files import file_of
from picture_folder import crowd, fill, lying, picture_of
from services import free_port, wait_until
from simulated_day import STORE, Counted

from footfall.event_logs import local_log_url
from footfall.exit_codes import ExitCode

KEY = "a-key-of-this-shop-alone"
PATIENCE_S = 120.0
# What two pictures of 12 megapixels at once, and sixteen bodies of 8 MB, may take beside all else.
GROWN_AT_MOST_MB = 600
ANNA, BOB = 20, 21


class Api:
    """The service of a running process."""

    def __init__(self, running: Running, address: str, key: str | None = None) -> None:
        self.running = running
        self._client = httpx.Client(base_url=address, timeout=PATIENCE_S, headers={"x-api-key": key} if key else {})

    @property
    def port(self) -> int:
        port = self._client.base_url.port
        assert port is not None
        return port

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self._client.request(method, path, **more)

    def recognize(self, picture: bytes) -> httpx.Response:
        return self.ask("POST", "/recognize", content=picture)

    def faces(self, picture: bytes) -> list[dict[str, Any]]:
        answer = self.recognize(picture)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["faces"])

    def wait(self) -> None:
        """Until it answers; its networks are loaded then."""

        def answers() -> bool:
            assert self.running.runs, self.running.err
            try:
                return self.recognize(file_of(picture_of(ANNA), "jpg")).status_code == 200
            except httpx.TransportError:
                return False

        assert wait_until(answers, within_s=PATIENCE_S), self.running.err

    def memory_mb(self, name: str) -> float:
        status = Path(f"/proc/{self.running.pid}/status").read_text().split()
        return int(status[status.index(f"{name}:") + 1]) / 1000

    def forget_peak(self) -> None:
        Path(f"/proc/{self.running.pid}/clear_refs").write_text("5")

    def close(self) -> None:
        self._client.close()


@pytest.fixture(scope="module")
def folder(counted: Counted, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a counted day."""
    folder = tmp_path_factory.mktemp("recognition") / "data"
    shutil.copytree(counted.data_dir, folder)
    return folder


@pytest.fixture(scope="module")
def api(folder: Path) -> Iterator[Api]:
    """The service of `footfall run` on it."""
    port = free_port()
    with Running("run", "--store", STORE, "--port", port, "--data-dir", folder) as running:
        api = Api(running, f"http://127.0.0.1:{port}/api")
        api.wait()
        yield api
        api.close()
        running.terminate()
        assert running.end().code == ExitCode.OK
        assert "Traceback" not in running.err


def test_a_hostile_upload_is_answered_in_a_sentence_and_in_bounded_memory(api: Api):
    anna = picture_of(ANNA)
    jpeg = file_of(anna, "jpg")
    progressive = cv2.imencode(".jpg", anna, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1].tobytes()
    last_scan = progressive[progressive.rindex(b"\xff\xda") : -2]
    hostile = {
        "14,000 x 14,000 PNG": (grey_png(14_000, 14_000), 413, "at most 12000000 pixels"),
        "truncated JPEG": (jpeg[: len(jpeg) // 2], 422, "breaks off before its end"),
        "JPEG of a thousand scans": (progressive[:-2] + 1000 * last_scan + b"\xff\xd9", 422, "scans"),
        "GIF": (b"GIF89a" + bytes(100), 415, "JPEG, PNG or WebP"),
        "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "JPEG, PNG or WebP"),
        "BMP": (file_of(anna, "bmp"), 415, "JPEG, PNG or WebP"),
        "empty": (b"", 422, "empty"),
        "200 MB": (bytes(200_000_000), 413, "larger than 8 MB"),
    }
    deep = anna.astype(np.uint16) * 257
    good = {
        "turned by EXIF": (lying(ANNA, 0), 1),
        "CMYK": (CMYK.read_bytes(), 1),
        "16 bits": (cv2.imencode(".png", deep)[1].tobytes(), 1),
        "12 megapixels": (grey_png(4000, 3000), 0),
        "WebP": (file_of(anna, "webp"), 1),
        "no face": (file_of(np.full((200, 300, 3), 90, np.uint8), "png"), 0),
    }
    api.forget_peak()
    before_mb = api.memory_mb("VmRSS")
    for what, (body, status, sentence) in hostile.items():
        answer = api.recognize(body)
        assert answer.status_code == status, (what, answer.text)
        assert sentence in answer.json()["error"], what
    in_pieces = (bytes(1_000_000) for _ in range(200))
    assert api.ask("POST", "/recognize", content=in_pieces).status_code == 413
    for what, (body, faces) in good.items():
        assert len(api.faces(body)) == faces, what
    assert 38 <= len(api.faces(file_of(crowd(), "png"))) <= 40, "of forty faces a detector may miss one or two"
    hang_up(api, b"POST /api/recognize HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5000000\r\n\r\nhalf of it")
    assert all_at_once(api, [grey_png(4000, 3000)] * 6 + [bytes(8_000_000)] * 6) == {200, 415}
    grown_mb = api.memory_mb("VmHWM") - before_mb
    assert grown_mb < GROWN_AT_MOST_MB
    (face,) = api.faces(lying(ANNA, 0))
    assert face["box"]["width"] < 300, "the service is alive, and the picture upright"


def hang_up(api: Api, request: bytes) -> None:
    """Send the beginning of a request and be gone."""
    with socket.create_connection(("127.0.0.1", api.port)) as connection:
        connection.sendall(request)


def all_at_once(api: Api, bodies: list[bytes]) -> set[int]:
    """The statuses of requests made at the same time."""
    with ThreadPoolExecutor(len(bodies)) as asking:
        return set(asking.map(lambda body: api.recognize(body).status_code, bodies))


def test_visits_are_listed_and_whoever_is_erased_is_gone(api: Api, folder: Path, counted: Counted):
    visits = counted.report["visits"]
    face_id = visits[0]["face_id"]
    listed = api.ask("GET", f"/faces/{face_id}/visits").json()["visits"]
    assert len(listed) == sum(visit["face_id"] == face_id for visit in visits)
    assert {visit["store_id"] for visit in listed} == {STORE}
    receipt = api.ask("DELETE", f"/faces/{face_id}", params={"actor": "anna", "reason": "asked for it"}).json()
    assert receipt["templates"] > 0
    assert (receipt["templates_left"], receipt["visits"]) == (0, len(listed))
    assert api.ask("GET", f"/faces/{face_id}/visits").status_code == 410
    unknown = "00000000-0000-4000-8000-000000000000"
    assert api.ask("DELETE", f"/faces/{unknown}").status_code == 404
    assert api.ask("GET", f"/faces/{unknown}/visits").status_code == 404
    after = footfall("report", "--by", "day", "--json", "--store", STORE, "--data-dir", folder).json
    assert (after["pv"], after["uv"]) == (counted.report["pv"], counted.report["uv"])


def test_a_folder_enrolled_beside_the_running_program_is_known_to_it(api: Api, folder: Path, tmp_path: Path):
    people = tmp_path / "people"
    fill(people, people=2, looks=2)
    (people / "person-0" / "both.jpg").write_bytes(file_of(picture_of(0, 1), "jpg"))
    (people / "person-1" / "half.jpg").write_bytes(file_of(picture_of(1), "jpg")[:3000])
    (people / "person-1" / "nobody.png").write_bytes(file_of(np.full((200, 300, 3), 90, np.uint8), "png"))
    (people / "twin").mkdir()
    (people / "twin" / "look.png").write_bytes(file_of(picture_of(0, look=3), "png"))
    arguments = ("enrol", people, "--by", "folder", "--consent", "--data-dir", folder, "--json")
    ended = footfall(*arguments)
    outcomes = {one["file"]: one["outcome"] for one in ended.json["files"]}
    assert outcomes == {
        "person-0/both.jpg": "several_faces",
        "person-0/look-0.jpg": "enrolled",
        "person-0/look-1.png": "enrolled",
        "person-1/half.jpg": "unreadable",
        "person-1/look-0.jpg": "enrolled",
        "person-1/look-1.png": "enrolled",
        "person-1/nobody.png": "no_face",
        "twin/look.png": "duplicate",
    }
    assert "half.jpg: unreadable: JPEG breaks off" in ended.err
    look = file_of(picture_of(0, look=4), "png")
    assert wait_until(lambda: api.faces(look)[0]["member_id"] == "person-0", within_s=60.0)
    again = footfall(*arguments)
    assert again.json["counts"]["in_the_log"] == 4
    assert "enrolled" not in again.json["counts"]
    ids = [{(one["file"], one["face_id"]) for one in run.json["files"]} for run in (ended, again)]
    assert ids[0] == ids[1]
    (known,) = api.faces(look)
    erased = api.ask("DELETE", f"/faces/{known['face_id']}").json()
    assert erased["templates"] == 2
    assert api.faces(look)[0]["face_id"] is None


def test_a_matcher_serves_beyond_its_machine_only_with_a_key(tmp_path: Path):
    url = local_log_url(tmp_path / "log.sqlite")
    arguments = ("matcher", "--log", url, "--state-dir", tmp_path / "state", "--api-host", "0.0.0.0")
    port = free_port()
    refused = footfall(*arguments, "--api-port", port, FOOTFALL_DATA_DIR=tmp_path)
    assert refused.code == ExitCode.BAD_CONFIG
    assert "FOOTFALL_API_KEY" in refused.sentence
    with Running(*arguments, "--api-port", port, FOOTFALL_API_KEY=KEY, FOOTFALL_DATA_DIR=tmp_path) as running:
        address = f"http://127.0.0.1:{port}"
        api, stranger = Api(running, address, KEY), Api(running, address)
        api.wait()
        picture = file_of(picture_of(BOB), "png")
        assert stranger.recognize(picture).status_code == 401
        bob = api.ask("POST", "/faces", content=picture).json()["face_id"]
        assert [face["face_id"] for face in api.faces(file_of(picture_of(BOB, look=1), "jpg"))] == [bob]
        assert api.ask("GET", f"/faces/{bob}/visits").status_code == 501
        api.close()
        stranger.close()
        assert KEY not in running.err
        assert "served at http://0.0.0.0" in running.err
        running.terminate()
        assert running.end().code == ExitCode.OK
