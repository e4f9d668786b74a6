"""Trying a camera out before it is kept: its first picture, or why there is none."""

from contextlib import closing
from datetime import datetime
from threading import Timer

from faces.ports import Image
from ingest.addresses import redact
from ingest.frames import Frame
from ingest.sources import open_source
from schemas.errors import CameraError, ConfigError, InputError

_WAITED_S = 15.0


def first_picture(address: str, start: datetime | None, *, within_s: float = _WAITED_S) -> Image:
    """Return the first picture of a camera or a film.

    Raises InputError, with a sentence that holds no password, where none comes ``within_s``.
    """
    try:
        with closing(open_source(address, start=start)) as source:
            waiting = Timer(within_s, source.close)
            waiting.start()
            try:
                for item in source:
                    if isinstance(item, Frame):
                        return item.image
            finally:
                waiting.cancel()
            problem = source.status().problem
    except (CameraError, ConfigError) as error:
        raise InputError(redact(str(error))) from error
    raise InputError(problem or f"{redact(address)}: no picture came within {within_s:.0f} s; check that it is on")
