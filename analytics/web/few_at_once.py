"""Reports wait for one another, so that screens do not wait for them."""

import asyncio
import os

from starlette.types import ASGIApp, Message, Receive, Scope, Send

AT_ONCE = max(2, os.cpu_count() or 2)
"""A report is arithmetic most of the time, of which one interpreter does one at a time: more would only take turns, and
keep whoever hands out arrivals from theirs."""

_READS_MUCH = ("/stores/", "/api/stores/", "/cameras", "/api/reports", "/identities", "/members")
_STREAM_OR_SCREEN = ("/events", "/cashier")


class FewAtOnce:
    """Lets at most ``at_once`` requests that read much be worked on; the others wait in the order in which they came.

    What is quick, streams, or changes something does not wait.
    """

    def __init__(self, app: ASGIApp, *, at_once: int = AT_ONCE) -> None:
        self._app = app
        self._turns = asyncio.Semaphore(at_once)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, in its turn."""
        if not reads_much(scope):
            await self._app(scope, receive, send)
            return
        await self._turns.acquire()
        held = True

        async def answer(message: Message) -> None:
            nonlocal held
            if held:  # what is left is to hand it over, which a slow reader may draw out
                held = False
                self._turns.release()
            await send(message)

        try:
            await self._app(scope, receive, answer)
        finally:
            if held:
                self._turns.release()


def reads_much(scope: Scope) -> bool:
    """Tell whether a request is one that reads many visits."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    path = scope["path"]
    return path == "/" or (path.startswith(_READS_MUCH) and not path.endswith(_STREAM_OR_SCREEN))
