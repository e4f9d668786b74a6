import hashlib
import re
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from ingest.addresses import CameraAddress, parse_address
from ingest.rtsp_probe import Diagnosis, Finding, diagnose

SECRET = "s3cret"
Answer = Callable[[str], str]


class ScriptedCamera:
    """Answers each RTSP request by a function of its text; an empty answer is silence."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.requests: list[str] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            while request := connection.recv(4096).decode():
                self.requests.append(request)
                connection.sendall(self._answer(request).encode())

    def close(self) -> None:
        self._listener.close()
        self._thread.join(2.0)


@pytest.fixture
def asked() -> Iterator[Callable[[Answer, str], tuple[Diagnosis, list[str]]]]:
    cameras: list[ScriptedCamera] = []

    def ask(answer: Answer, login: str = "") -> tuple[Diagnosis, list[str]]:
        camera = ScriptedCamera(answer)
        cameras.append(camera)
        address = parse_address(f"rtsp://{login}127.0.0.1:{camera.port}/door")
        assert isinstance(address, CameraAddress)
        return diagnose(address, connect_timeout_s=1.0, answer_timeout_s=0.3), camera.requests

    yield ask
    for camera in cameras:
        camera.close()


Asked = Callable[..., tuple[Diagnosis, list[str]]]


def test_a_camera_that_answers_is_well(asked: Asked) -> None:
    found, (request,) = asked(lambda _: "RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\nv=0\r\n")
    assert found.finding is Finding.WELL
    assert request.startswith("DESCRIBE rtsp://127.0.0.1:")


@pytest.mark.parametrize(
    ("status", "finding", "words"),
    [
        ("403 Forbidden", Finding.REFUSED, "denies this user"),
        ("404 Not Found", Finding.NO_SUCH_STREAM, "no such stream"),
        ("503 Service Unavailable", Finding.STRANGE, "status 503"),
    ],
)
def test_a_refusal_is_told_by_its_status(asked: Asked, status: str, finding: Finding, words: str) -> None:
    found, _ = asked(lambda _: f"RTSP/1.0 {status}\r\nCSeq: 1\r\n\r\n")
    assert found.finding is finding
    assert words in found.sentence


def challenged(challenge: str, granted: Callable[[str], bool]) -> Answer:
    def answer(request: str) -> str:
        if granted(request):
            return "RTSP/1.0 200 OK\r\nCSeq: 2\r\n\r\n"
        return f"RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\nWWW-Authenticate: {challenge}\r\n\r\n"

    return answer


def test_the_right_password_is_accepted_by_basic_and_the_wrong_one_refused(asked: Asked) -> None:
    answer = challenged('Basic realm="cam"', lambda request: "Authorization: Basic YW5uYTpzM2NyZXQ=" in request)
    assert asked(answer, f"anna:{SECRET}@")[0].finding is Finding.WELL
    found, requests = asked(answer, "anna:other@")
    assert found.finding is Finding.REFUSED
    assert "refuses the user or the password" in found.sentence
    assert len(requests) == 2


def right_digest(request: str) -> bool:
    fields = dict(re.findall(r'(\w+)="?([^",\r]+)"?', request))
    if "response" not in fields:
        return False
    who = hashlib.md5(f"anna:cam:{SECRET}".encode()).hexdigest()
    what = hashlib.md5(f"DESCRIBE:{fields['uri']}".encode()).hexdigest()
    middle = f"n0nce:{fields['nc']}:{fields['cnonce']}:auth" if "qop" in fields else "n0nce"
    return fields["response"] == hashlib.md5(f"{who}:{middle}:{what}".encode()).hexdigest()


@pytest.mark.parametrize("qop", ["", ', qop="auth,auth-int", opaque="xyz"'])
def test_the_right_password_is_accepted_by_digest_and_the_wrong_one_refused(asked: Asked, qop: str) -> None:
    answer = challenged(f'Digest realm="cam", nonce="n0nce"{qop}', right_digest)
    found, requests = asked(answer, f"anna:{SECRET}@")
    assert found.finding is Finding.WELL
    assert all(SECRET not in request for request in requests)
    assert asked(answer, "anna:other@")[0].finding is Finding.REFUSED


def test_silence_and_nonsense_are_strange_and_worth_a_try(asked: Asked) -> None:
    assert asked(lambda _: "")[0].finding is Finding.STRANGE
    assert asked(lambda _: "HTTP/1.1 400 Bad Request\r\n\r\n")[0].finding is Finding.STRANGE


def test_a_closed_port_and_an_unknown_name_are_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for url, words in (
        (f"rtsp://anna:{SECRET}@127.0.0.1:{port}/door", f"nothing listens on port {port}"),
        (f"rtsp://anna:{SECRET}@no-such-host.invalid/door", "the name no-such-host.invalid is not known"),
    ):
        address = parse_address(url)
        assert isinstance(address, CameraAddress)
        found = diagnose(address, connect_timeout_s=1.0, answer_timeout_s=1.0)
        assert found.finding is Finding.UNREACHABLE
        assert words in found.sentence
        assert SECRET not in found.sentence
