"""Asks HTTP servers, with the standard library's client; its exceptions end here.

It honours HTTP_PROXY, HTTPS_PROXY and NO_PROXY, checks certificates against the system's own, follows redirects and is
there on every machine. What it lacks for a download, going on after a cut, is in ``download.py``.
"""

import http.client
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit, urlunsplit

from faces.errors import ModelError

STALL_S = 30.0
_CHUNK = 1 << 16
_DO = {
    401: "put user and password into the address, https://user:password@…",
    407: "the proxy wants a login, HTTPS_PROXY=http://user:password@…",
}
_ELSE = "try again later, or give a folder or a mirror with --from"


class NotThere(Exception):
    """The server has no such file."""


class BeyondEnd(Exception):
    """The server's file ends before the part that was asked for."""


class Cut(Exception):
    """The connection ended before the file did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A server's answer: the place of its first byte in the file, how many follow (None: not said), and the bytes."""

    offset: int
    length: int | None
    etag: str
    chunks: Iterator[bytes]


@contextmanager
def asked(
    url: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, timeout_s: float = STALL_S
) -> Iterator[Answer]:
    """Yield the answer of a server, which is given ``timeout_s`` for each step.

    Raises NotThere, BeyondEnd, and ModelError with what to do where there is no answer to read; reading ``chunks``
    raises Cut.
    """
    parts = urlsplit(url)
    request = urllib.request.Request(  # noqa: S310 - http or https: sources.py lets nothing else pass
        shown(url), headers={"User-Agent": "footfall", **(headers or {})}, method=method
    )
    if parts.username is not None:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        request.add_unredirected_header("Authorization", f"Basic {b64encode(login).decode()}")
    try:
        response = urllib.request.build_opener().open(request, timeout=timeout_s)
    except urllib.error.HTTPError as error:
        with error:
            raise _refusal(url, error) from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise ModelError(
            f"{shown(url)}: cannot be reached ({getattr(reason, 'strerror', None) or reason}): check the line, set "
            "HTTPS_PROXY where there is a proxy, or give a folder or a mirror with --from"
        ) from error
    with response:
        length = response.headers.get("Content-Length", "")
        yield Answer(
            offset=_offset(response.headers.get("Content-Range", "")) if response.status == 206 else 0,
            length=int(length) if length.isdigit() else None,
            etag=response.headers.get("ETag", ""),
            chunks=_chunks(response),
        )


def is_there(url: str) -> bool:
    """Tell whether a server has a file; raises ModelError where it cannot be asked."""
    try:
        with asked(url, method="HEAD"):
            return True
    except NotThere:
        return False


def shown(url: str) -> str:
    """Return an address without user and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _chunks(response: http.client.HTTPResponse) -> Iterator[bytes]:
    try:
        while chunk := response.read1(_CHUNK):
            yield chunk
    except TimeoutError:
        raise Cut("the server fell silent") from None
    except (OSError, http.client.HTTPException):
        raise Cut("the connection broke") from None


def _refusal(url: str, error: urllib.error.HTTPError) -> Exception:
    if error.code in (404, 410):
        return NotThere(f"{shown(url)}: the server has no such file ({error.code})")
    if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return BeyondEnd(shown(url))
    return ModelError(f"{shown(url)}: the server answers {error.code} {error.reason}: {_DO.get(error.code, _ELSE)}")


def _offset(content_range: str) -> int:
    """Return where a part begins, from a header such as ``bytes 1000-1999/2000``."""
    first = content_range.removeprefix("bytes ").partition("-")[0]
    return int(first) if first.isdigit() else -1
