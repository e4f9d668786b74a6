"""Pictures out of the bodies of requests, of which nobody knows who sent them: bounded in bytes and in seconds."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

MAX_PICTURE_BYTES = 8_000_000
_ENVELOPE_BYTES = 10_000
# A telephone on a poor line sends 8 MB in this time.
_SENT_WITHIN_S = 30.0
# A client that is cut off in the middle of a body reads no answer: what it still sends is thrown away for so long,
# which is shorter than the time above, so that it hears what is wrong and not that it was slow.
_HEARD_OUT_S = 25.0
_AT_ONCE = 16

PICTURE_KINDS = ("image/jpeg", "image/png", "image/webp")
PICTURE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A JPEG, PNG or WebP, told by its first bytes: at most 8 MB and 12 megapixels.",
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in PICTURE_KINDS},
    }
}
TWO_PICTURES_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "Two pictures as the parts `one` and `other`, each as POST /recognize takes it.",
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["one", "other"],
                    "additionalProperties": False,
                    "properties": {
                        name: {"type": "string", "format": "binary", "contentMediaType": "image/jpeg"}
                        for name in ("one", "other")
                    },
                },
                "encoding": {name: {"contentType": ", ".join(PICTURE_KINDS)} for name in ("one", "other")},
            }
        },
    }
}


class Uploads:
    """Reads bodies, a few at once: whoever comes when all places are taken is told to come again.

    A place is held until the request has been answered, so that no more bodies than places are ever in memory.
    """

    def __init__(self) -> None:
        self._taken = 0

    async def picture(self, request: Request) -> AsyncIterator[bytes]:
        """Give the body, at most 8 MB. Raises HTTPException 413, 408, 422 where it is empty, 503 without a place."""
        with self._place():
            data = bytearray()
            async with _in_time():
                async for chunk in _limited(request, MAX_PICTURE_BYTES):
                    data += chunk
            if not data:
                raise HTTPException(422, "the body is empty: send a JPEG, PNG or WebP as the body itself")
            yield bytes(data)

    async def two_pictures(self, request: Request) -> AsyncIterator[tuple[bytes, bytes]]:
        """Give the parts ``one`` and ``other`` of a form, at most 8 MB each; raises as ``picture`` does, and 415."""
        if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
            raise HTTPException(415, "send two pictures as multipart/form-data, in the parts one and other")
        with self._place():
            stream = _limited(request, 2 * MAX_PICTURE_BYTES + _ENVELOPE_BYTES)
            try:
                async with _in_time():
                    parser = MultiPartParser(request.headers, stream, max_files=2, max_fields=0)
                    parser.spool_max_size = MAX_PICTURE_BYTES + 1  # in memory: there need be no disk to write to
                    form = await parser.parse()
            except (MultiPartException, KeyError) as error:
                said = getattr(error, "message", "it names no boundary")
                raise HTTPException(422, f"the form cannot be read ({said}): send the parts one and other") from error
            try:
                yield await _part(form.get("one"), "one"), await _part(form.get("other"), "other")
            finally:
                await form.close()

    @contextmanager
    def _place(self) -> Iterator[None]:
        if self._taken >= _AT_ONCE:
            raise HTTPException(503, "too many pictures at once: try again in a moment", {"retry-after": "1"})
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1


async def _part(part: UploadFile | str | None, name: str) -> bytes:
    if not isinstance(part, UploadFile):
        raise HTTPException(422, f"the part {name} is missing or is no file: send a picture in it")
    if (part.size or 0) > MAX_PICTURE_BYTES:
        raise _too_large(MAX_PICTURE_BYTES)
    data = await part.read()
    if not data:
        raise HTTPException(422, f"the part {name} is empty: send a picture in it")
    return data


async def _limited(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        # Whoever waits for leave to send has sent nothing yet.
        if request.headers.get("expect", "").lower() != "100-continue":
            await _hear_out(request)
        raise _too_large(limit)
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received > limit:
            await _hear_out(request)
            raise _too_large(limit)
        yield chunk


async def _hear_out(request: Request) -> None:
    """Take what is still being sent, and keep nothing of it."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_HEARD_OUT_S):
            while (message := await request.receive())["type"] == "http.request" and message.get("more_body"):
                pass


def _too_large(limit: int) -> HTTPException:
    return HTTPException(
        413, f"the body is larger than {limit // 1_000_000} MB: send a smaller picture", {"connection": "close"}
    )


@asynccontextmanager
async def _in_time() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(_SENT_WITHIN_S):
            yield
    except TimeoutError as error:
        raise HTTPException(408, f"the body did not come within {_SENT_WITHIN_S:.0f} s: send it again") from error
    except ClientDisconnect as error:
        raise HTTPException(408, "the body broke off: send it again") from error  # heard by nobody
