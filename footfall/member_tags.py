"""What the shop's own system knows of members who come in, asked over HTTP; the client's exceptions end here."""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any
from urllib.parse import quote

import httpx

from footfall.circuit_breaker import CircuitBreaker
from footfall.tags_url import TagsUrl
from schemas.member_tags import LONGEST_TAG, MOST_TAGS

WAITED_FOR_S = 0.2
"""How long an arrival waits for its tags at most."""

_ANSWERS_WITHIN_S = 5.0
_KEPT_S = 300.0
_REST_S = 30.0
_FAILURES = 5
_AT_ONCE = 4
_MOST_BYTES = 65_536

_log = logging.getLogger(__name__)

Tags = tuple[str, ...]


class MemberTags:
    """Looks up the tags of members, and keeps an answer for five minutes.

    Who asks waits for 200 ms and no longer: what comes later is kept for the next time. After five failures in a row
    the server is left alone for half a minute. Safe to use from several threads.
    """

    def __init__(self, url: TagsUrl, *, clock: Callable[[], float] = time.monotonic) -> None:
        logging.getLogger("httpx").setLevel(logging.WARNING)  # it tells of every address it asks
        self._url = url
        self._clock = clock
        self._client = httpx.Client(timeout=_ANSWERS_WITHIN_S, headers={"accept": "application/json"})
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="tags")
        self._breaker = CircuitBreaker(failures=_FAILURES, rest_s=_REST_S, clock=clock)
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, Tags]] = {}
        self._asked: dict[str, Future[None]] = {}

    def close(self) -> None:
        """Ask nothing more; what was asked is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._client.close()

    def of(self, members: Iterable[str]) -> dict[str, Tags]:
        """Return the tags of members, of those of whom they are known by now."""
        asked = set(members)
        with self._lock:
            wanted = [self._ask(member) for member in sorted(asked) if not self._is_fresh(member)]
        wait([one for one in wanted if one is not None], timeout=WAITED_FOR_S)
        with self._lock:
            return {member: self._known[member][1] for member in asked if self._is_fresh(member)}

    def _is_fresh(self, member: str) -> bool:
        return member in self._known and self._clock() - self._known[member][0] < _KEPT_S

    def _ask(self, member: str) -> Future[None] | None:
        """Ask for a member's tags unless that is being done; None where the server is left alone."""
        if member not in self._asked:
            if not self._breaker.lets_pass():
                return None
            self._known = {one: kept for one, kept in self._known.items() if self._is_fresh(one)}
            self._asked[member] = self._pool.submit(self._look_up, member)
        return self._asked[member]

    def _look_up(self, member: str) -> None:
        try:
            tags = self._answer(member)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
            # Neither the address nor the member's id is for the program's log.
            if self._breaker.failed():
                _log.warning("tags of members: nobody is asked for %.0f s, after %s", _REST_S, type(error).__name__)
        else:
            with self._lock:
                self._known[member] = self._clock(), tags
            if self._breaker.succeeded():
                _log.info("tags of members: answered again")
        finally:
            with self._lock:
                del self._asked[member]

    def _answer(self, member: str) -> Tags:
        address = self._url.reveal().replace("{member}", quote(member, safe=""))
        with self._client.stream("GET", address) as response:
            if response.status_code == httpx.codes.NOT_FOUND:
                return ()
            response.raise_for_status()
            body = b""
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > _MOST_BYTES:
                    raise ValueError("the answer is too long")
        return _tags_in(json.loads(body))


def _tags_in(answer: Any) -> Tags:
    """Return the tags of an answer: a list of texts, or an object that holds one as ``tags``. Raises ValueError."""
    found = answer.get("tags") if isinstance(answer, dict) else answer
    if not isinstance(found, list) or not all(isinstance(tag, str) for tag in found):
        raise ValueError("the answer is no list of texts")
    return tuple(tag[:LONGEST_TAG] for tag in found[:MOST_TAGS])
