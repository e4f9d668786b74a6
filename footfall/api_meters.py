"""What is measured of the recognition service: an application around its application."""

from collections.abc import Callable
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from footfall.metrics import API_REQUESTS, API_SECONDS, Meters

_NO_ROUTE = "other"


class Metered:
    """Counts requests by route and status, and times them, from their last byte to the first of the answer.

    A route is what it is called in the documentation, never the address that was asked for: that holds FaceIds.
    """

    def __init__(self, app: ASGIApp, meters: Meters, clock: Callable[[], float] = perf_counter) -> None:
        self._app = app
        self._meters = meters
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        received_s = self._clock()

        async def receiving() -> Message:
            nonlocal received_s
            message = await receive()
            received_s = self._clock()
            return message

        async def answering(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", _NO_ROUTE)
                self._meters.add(API_REQUESTS, route=route, status=str(message["status"]))
                self._meters.observe(API_SECONDS, self._clock() - received_s, route=route)
            await send(message)

        await self._app(scope, receiving, answering)
