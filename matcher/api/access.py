"""Who may use the recognition service: whoever has a key, or where none is asked for, programs on this machine."""

from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Request, Security
from fastapi.security import APIKeyHeader
from starlette.exceptions import HTTPException

_HEADER = APIKeyHeader(
    name="X-API-Key",
    auto_error=False,
    description="The key that the operator set as `api.key`, or one made for the role recognition; none where none is "
    "asked for.",
)
_THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})


class Access:
    """Lets requests pass whose key ``admits`` takes; without it, those that no page of another site can have made.

    ``admits`` may block for a moment.
    """

    def __init__(self, admits: Callable[[str], bool] | None) -> None:
        self._admits = admits

    def __call__(self, request: Request, given: Annotated[str | None, Security(_HEADER)] = None) -> None:
        """Raise HTTPException 401 without the right key, or 403 for what may come from a page of elsewhere."""
        if self._admits is None:
            _require_this_machine(request)
        elif given is None or not self._admits(given):
            raise HTTPException(
                401, "send a key of this service in the header X-API-Key", {"www-authenticate": "ApiKey"}
            )


def _require_this_machine(request: Request) -> None:
    # A page of another site may make a browser here send pictures, or give this machine a name of its own.
    host = _hostname(f"//{request.headers.get('host', '')}")
    if host not in _THIS_MACHINE:
        raise HTTPException(403, "without a key this service answers under 127.0.0.1 and localhost alone: set api.key")
    origin = request.headers.get("origin")
    if origin is not None and _hostname(origin) not in _THIS_MACHINE:
        raise HTTPException(403, "without a key this service answers no page of another site: set api.key")


def _hostname(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
