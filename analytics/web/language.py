"""In which language somebody is answered: as they chose in the header, before that as their browser asks."""

from urllib.parse import urlencode

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from analytics.presentation.language import ENGLISH, LANGUAGES, preferred, speaking

LANGUAGE_COOKIE = "footfall_language"
_A_YEAR_S = 365 * 24 * 3600
_FOR_PROGRAMS = ("/api/", "/healthz", "/openapi.json")


class SpeaksTheirs:
    """Speaks the language of ``?lang=``, kept in a cookie from then on, of that cookie, or of Accept-Language.

    What programs read is English whoever asks.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, spoken in the language of whoever asks."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        chosen = request.query_params.get("lang", "")

        async def send_with_choice(message: Message) -> None:
            if message["type"] == "http.response.start" and chosen in LANGUAGES:
                secure = "; Secure" if scope.get("scheme") == "https" else ""
                cookie = f"{LANGUAGE_COOKIE}={chosen}; Path=/; Max-Age={_A_YEAR_S}; SameSite=Lax; HttpOnly{secure}"
                MutableHeaders(scope=message).append("set-cookie", cookie)
            await send(message)

        with speaking(_language_of(request, chosen)):
            await self._app(scope, receive, send_with_choice)


def in_language(request: Request, code: str) -> str:
    """Return the address of the page that is asked for in another language."""
    asked = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return "?" + urlencode([*asked, ("lang", code)])


def _language_of(request: Request, chosen: str) -> str:
    if request.url.path.startswith(_FOR_PROGRAMS):
        return ENGLISH
    for code in (chosen, request.cookies.get(LANGUAGE_COOKIE, "")):
        if code in LANGUAGES:
            return code
    return preferred(request.headers.get("accept-language", ""))
