"""Asking an application itself: no socket, no server."""

import asyncio
from typing import Any

import httpx
from starlette.types import ASGIApp


class AppClient:
    """A client of an application that answers under ``base_url``."""

    def __init__(self, app: ASGIApp, base_url: str = "http://127.0.0.1") -> None:
        self._app = app
        self._base_url = base_url

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url=self._base_url) as client:
                return await client.request(method, path, **more)

        return asyncio.run(ask())

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.request("POST", path, **more)

    def put(self, path: str, **more: Any) -> httpx.Response:
        return self.request("PUT", path, **more)

    def delete(self, path: str, **more: Any) -> httpx.Response:
        return self.request("DELETE", path, **more)
