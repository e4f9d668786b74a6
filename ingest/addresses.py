"""Camera addresses: what they name, and how they look without their password."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from schemas.errors import ConfigError

_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*)://")
# Up to the last @ of the word: passwords with an unescaped @ or / are common, and hiding too much does no harm.
_CREDENTIALS = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)\S*@")
# In a query, and in the paths of recorders that take user and password there: /user=anna_password=x_channel=1.sdp
_SECRET_PARAMETER = re.compile(
    r"(?i)(?P<name>[?&;/_][\w-]*?(?:password|passwd|pwd|pass|user|username|usr|token|auth|key|secret)=)"
    r"(?:(?!_[a-z]+=)[^&;\s])*"
)
_PORTS = {"rtsp": 554, "rtsps": 322}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAddress:
    """A video file."""

    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraAddress:
    """A camera on the network. ``url`` is whole, with user and password: it goes to the camera and nowhere else."""

    url: str = field(repr=False)
    scheme: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)

    @property
    def name(self) -> str:
        """The address without user and password."""
        return redact(self.url)


def redact(text: str) -> str:
    """Return a text in which *** stands for what every URL in it holds of users, passwords, keys and tokens."""
    return _SECRET_PARAMETER.sub(r"\g<name>***", _CREDENTIALS.sub(r"\g<scheme>***@", text))


def parse_address(text: str) -> FileAddress | CameraAddress:
    """Return what a path, ``file://``, ``rtsp://`` or ``rtsps://`` address names.

    Raises ConfigError for another scheme, or for an address without a host.
    """
    match = _SCHEME.match(text)
    if match is None:
        return FileAddress(path=Path(text))
    scheme = match[1].lower()
    if scheme == "file":
        return FileAddress(path=Path(unquote(text[len("file://") :])))
    if scheme not in _PORTS:
        raise ConfigError(
            f"{redact(text)}: {scheme}:// is not a kind of camera known here; give a file, rtsp:// or rtsps://"
        )
    return _camera(text, scheme)


def _camera(text: str, scheme: str) -> CameraAddress:
    parts = _split(text)
    try:
        port = parts.port
    except ValueError:
        raise ConfigError(f"{redact(text)}: the port is not a number from 0 to 65535") from None
    if not parts.hostname:
        raise ConfigError(f"{redact(text)}: the address names no host; it should look like rtsp://host:554/path")
    return CameraAddress(
        url=text,
        scheme=scheme,
        host=parts.hostname,
        port=_PORTS[scheme] if port is None else port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def _split(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError:
        raise ConfigError(f"{redact(text)}: this is not an address; it should look like rtsp://host:554/path") from None
