"""Sending to webhooks over HTTP; the client's exceptions end here.

Each message goes over a connection of its own to an address that was looked up, checked and then connected to: a name
cannot lead elsewhere in between. Redirects are not followed, no proxy is used, an answer's body is not read.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any

import httpcore
import httpx

from analytics.outbound.delivery import Outcome, Webhook
from analytics.outbound.events import Outgoing
from analytics.outbound.reach import Reach
from analytics.outbound.signatures import signed_headers
from schemas.errors import InputError

ANSWERS_WITHIN_S = 15.0
_CONNECTS_WITHIN_S = 5.0
_WRITTEN_AT_ONCE = 16_384
_LONGEST_PROBLEM = 200
_LONGEST_URL = 2_000


class HttpSender:
    """Sends messages where ``reach`` allows. Safe to use from several threads.

    A receiver has ``answers_within_s`` for all of it: connecting, taking the message, and the head of its answer.
    """

    def __init__(
        self, reach: Reach, *, now: Callable[[], datetime], answers_within_s: float = ANSWERS_WITHIN_S
    ) -> None:
        self._reach = reach
        self._now = now
        self._answers_within_s = answers_within_s

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return httpx.create_ssl_context()  # takes a while, and most senders send nothing

    def send(self, webhook: Webhook, message: Outgoing) -> Outcome:
        """Send a message and return what came of it; raises nothing that a receiver can cause."""
        began_s = time.monotonic()
        try:
            outcome = self._answer(webhook, message, began_s + self._answers_within_s)
        except _Refused as error:
            outcome = Outcome(status=None, problem=str(error))
        except socket.gaierror:
            outcome = Outcome(status=None, problem="its name is not known")
        except (httpcore.TimeoutException, TimeoutError):
            outcome = Outcome(status=None, problem=f"no answer within {self._answers_within_s:g} s")
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError, ValueError, httpx.InvalidURL) as error:
            said = " ".join(str(error).split()) or type(error).__name__
            outcome = Outcome(status=None, problem=said[:_LONGEST_PROBLEM])
        return Outcome(
            status=outcome.status, problem=outcome.problem, gone=outcome.gone, asked_for=outcome.asked_for,
            took_ms=round(1000 * (time.monotonic() - began_s)),
        )  # fmt: skip

    def _answer(self, webhook: Webhook, message: Outgoing, until_s: float) -> Outcome:
        now, url = self._now(), httpx.URL(webhook.url)
        headers = {
            "content-type": "application/json",
            "user-agent": "Footfall",
            "connection": "close",
            **signed_headers(webhook.secret, message.message_id, message.body, at=now),
        }
        backend = _CheckedConnections(self._reach, encrypted=url.scheme == "https", until_s=until_s)
        address = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        # Each step has its own limit, beside the one for all of them together.
        limits = {"connect": _CONNECTS_WITHIN_S, **dict.fromkeys(("read", "write", "pool"), self._answers_within_s)}
        with (
            httpcore.ConnectionPool(ssl_context=self._tls, network_backend=backend, max_connections=1) as pool,
            pool.stream(
                "POST",
                address,
                headers=list(headers.items()),
                content=message.body.encode(),
                extensions={"timeout": limits},
            ) as response,
        ):
            return _outcome(response.status, dict(response.headers), now)

    def refusal(self, url: str) -> str:
        """Return why an address is not sent to, or nothing; a name that is not known yet is no reason."""
        parsed = parsed_url(url)
        try:
            for address in _looked_up(parsed.raw_host.decode("ascii"), parsed.port or 443):
                _require(self._reach, address, encrypted=parsed.scheme == "https")
        except _Refused as error:
            return str(error)
        except OSError:
            return ""
        return ""


def parsed_url(url: str) -> httpx.URL:
    """Return an address that can be sent to. Raises InputError for one that cannot be meant."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = httpx.URL()
    if parsed.scheme not in ("https", "http") or not parsed.host or len(url) > _LONGEST_URL:
        raise InputError("a webhook's address is https://HOST/PATH, or http:// within a network of your own")
    if parsed.userinfo:
        raise InputError("a webhook's address holds no user and password: messages are signed instead")
    return parsed


class _Refused(Exception):
    """An address is not sent to."""


class _CheckedConnections(httpcore.NetworkBackend):
    """Connects to addresses that were checked, and lets nothing last longer than all of it may."""

    def __init__(self, reach: Reach, *, encrypted: bool, until_s: float) -> None:
        self._reach = reach
        self._encrypted = encrypted
        self._until_s = until_s
        self._connections = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = _looked_up(host, port)
        for address in addresses:
            _require(self._reach, address, encrypted=self._encrypted)
        failure: Exception | None = None
        for address in addresses:
            try:
                left = _left(self._until_s, timeout)
                stream = self._connections.connect_tcp(address, port, left, local_address, socket_options)
                return _LimitedStream(stream, self._until_s)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        assert failure is not None
        raise failure


class _LimitedStream(httpcore.NetworkStream):
    """A stream whose every step ends with the time there is for all of them."""

    def __init__(self, stream: httpcore.NetworkStream, until_s: float) -> None:
        self._stream = stream
        self._until_s = until_s

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._until_s, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _WRITTEN_AT_ONCE):
            self._stream.write(buffer[start : start + _WRITTEN_AT_ONCE], _left(self._until_s, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, _left(self._until_s, timeout))
        return _LimitedStream(stream, self._until_s)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(until_s: float, timeout: float | None) -> float:
    left = until_s - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return left if timeout is None else min(left, timeout)


def _looked_up(host: str, port: int) -> list[str]:
    """Return the addresses of a host, in the order in which they are to be tried."""
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _require(reach: Reach, address: str, *, encrypted: bool) -> None:
    if refusal := reach.refusal(address, encrypted=encrypted):
        raise _Refused(refusal)


def _outcome(status: int, headers: dict[bytes, bytes], now: datetime) -> Outcome:
    if 200 <= status < 300:
        return Outcome(status=status)
    if 300 <= status < 400:
        return Outcome(status=status, problem=f"it answered {status}: redirects are not followed")
    asked_for = _asked_for({name.lower(): value for name, value in headers.items()}.get(b"retry-after", b""), now)
    return Outcome(status=status, problem=f"it answered {status}", gone=status == 410, asked_for=asked_for)


def _asked_for(text: bytes, now: datetime) -> timedelta | None:
    """Return how long a receiver asks us to wait: seconds, or a date; None where it says nothing of use."""
    told = text.decode("latin-1").strip()
    try:
        if told.isascii() and told.isdigit():
            return timedelta(seconds=int(told[:9]))
        moment = parsedate_to_datetime(told)
        return max(timedelta(0), (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now)
    except (ValueError, OverflowError):
        return None
