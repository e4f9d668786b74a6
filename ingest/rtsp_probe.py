"""Asks an RTSP camera in its own language why it gives nothing, because FFmpeg's reasons reach no program.

One connection, one DESCRIBE (RFC 2326, section 10.2), answered with Basic or Digest credentials (RFC 2617) if asked.
"""

import base64
import hashlib
import re
import socket
import ssl
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit, urlunsplit

from ingest.addresses import CameraAddress

_MAX_REPLY_BYTES = 65_536
_PARAMETER = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')


class Finding(StrEnum):
    """What a camera answered."""

    WELL = "well"
    REFUSED = "refused"
    NO_SUCH_STREAM = "no such stream"
    UNREACHABLE = "unreachable"
    STRANGE = "strange"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What a camera answered, and a sentence about it that holds no password."""

    finding: Finding
    sentence: str


def diagnose(address: CameraAddress, *, connect_timeout_s: float, answer_timeout_s: float) -> Diagnosis:
    """Ask the camera to describe its stream. Raises nothing."""
    name = address.name
    try:
        connection = _connect(address, connect_timeout_s)
    except OSError as error:
        return _found(Finding.UNREACHABLE, f"{name}: {_why_unreachable(address, error)}")
    try:
        with connection:
            connection.settimeout(answer_timeout_s)
            status, challenge = _describe(connection, address, 1, "")
            if status == 401 and address.user:
                status, _ = _describe(connection, address, 2, _credentials(address, challenge))
    except TimeoutError:
        return _found(Finding.STRANGE, f"{name}: no answer within {answer_timeout_s:.0f} s; restart the camera")
    except OSError as error:
        return _found(Finding.UNREACHABLE, f"{name}: {_why_unreachable(address, error)}")
    except ValueError as error:
        return _found(Finding.STRANGE, f"{name}: the answer is not RTSP ({error}); check the address")
    return _judge(address, status)


def _judge(address: CameraAddress, status: int) -> Diagnosis:
    name = address.name
    if status == 401 and address.user:
        return _found(Finding.REFUSED, f"{name}: the camera refuses the user or the password; correct the address")
    if status == 401:
        return _found(Finding.REFUSED, f"{name}: the camera wants a password; give rtsp://USER:PASSWORD@HOST/PATH")
    if status == 403:
        return _found(Finding.REFUSED, f"{name}: the camera denies this user the stream; grant it there")
    if status == 404:
        return _found(Finding.NO_SUCH_STREAM, f"{name}: the camera has no such stream; check the path of the address")
    if status == 200:
        return _found(Finding.WELL, f"{name}: the camera answers but gives no picture; check its video settings")
    return _found(Finding.STRANGE, f"{name}: the camera answers with RTSP status {status}")


def _why_unreachable(address: CameraAddress, error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return f"the name {address.host} is not known; check the address"
    if isinstance(error, ConnectionRefusedError):
        return f"nothing listens on port {address.port}; check the port and that the camera is on"
    if isinstance(error, TimeoutError):
        return "the camera cannot be reached; check that it is on and on this network"
    return f"the connection failed ({error.strerror or type(error).__name__}); check the network"


def _found(finding: Finding, sentence: str) -> Diagnosis:
    return Diagnosis(finding=finding, sentence=sentence)


def _connect(address: CameraAddress, timeout_s: float) -> socket.socket:
    connection = socket.create_connection((address.host, address.port), timeout=timeout_s)
    if address.scheme == "rtsp":
        return connection
    # Cameras carry self-signed certificates; FFmpeg, which fetches the stream, does not check them either.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(connection, server_hostname=address.host)


def _describe(connection: socket.socket, address: CameraAddress, number: int, credentials: str) -> tuple[int, str]:
    """Return the status of a DESCRIBE and the challenge that came with it."""
    lines = [f"DESCRIBE {_bare_url(address)} RTSP/1.0", f"CSeq: {number}", "Accept: application/sdp"]
    if credentials:
        lines.append(f"Authorization: {credentials}")
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    reply = b""
    while b"\r\n\r\n" not in reply:
        part = connection.recv(4096)
        if not part or len(reply) > _MAX_REPLY_BYTES:
            raise ValueError("it ends too early or never")
        reply += part
    head = reply.split(b"\r\n\r\n", 1)[0].decode("utf-8", "replace").split("\r\n")
    status = re.match(r"RTSP/\d\.\d (\d{3})", head[0])
    if status is None:
        raise ValueError("its first line is not a status line")
    challenges = [line.split(":", 1)[1].strip() for line in head[1:] if line.lower().startswith("www-authenticate:")]
    # Digest where it is offered: what FFmpeg would choose.
    return int(status[1]), max(challenges, key=lambda challenge: challenge.lower().startswith("digest"), default="")


def _bare_url(address: CameraAddress) -> str:
    parts = urlsplit(address.url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))


def _credentials(address: CameraAddress, challenge: str) -> str:
    if not challenge.lower().startswith("digest"):
        return "Basic " + base64.b64encode(f"{address.user}:{address.password}".encode()).decode()
    asked = {match[1].lower(): match[2] or match[3] or "" for match in _PARAMETER.finditer(challenge)}
    realm, nonce, uri = asked.get("realm", ""), asked.get("nonce", ""), _bare_url(address)
    who, what = _md5(f"{address.user}:{realm}:{address.password}"), _md5(f"DESCRIBE:{uri}")
    fields = {"username": address.user, "realm": realm, "nonce": nonce, "uri": uri}
    if "auth" in re.split(r"[,\s]+", asked.get("qop", "")):
        once = hashlib.sha256(nonce.encode()).hexdigest()[:16]
        fields["response"] = _md5(f"{who}:{nonce}:00000001:{once}:auth:{what}")
        tail = f', qop=auth, nc=00000001, cnonce="{once}"'
    else:
        fields["response"] = _md5(f"{who}:{nonce}:{what}")
        tail = ""
    if "opaque" in asked:
        fields["opaque"] = asked["opaque"]
    return "Digest " + ", ".join(f'{key}="{value}"' for key, value in fields.items()) + tail


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
