"""Models made on this machine, kept between runs: atomic, checksummed, safe when several processes start together.

A model is written under a temporary name, synced and renamed, and its SHA-256 stands beside it. One that does not match
is built again. A process that finds another building waits for it.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from faces.errors import UnwritableCache
from faces.whole_files import alone, write_whole

CACHE_VARIABLE = "FOOTFALL_CACHE"


def cache_dir() -> Path:
    """Return the folder for what can be made again: FOOTFALL_CACHE, else footfall in the user's cache folder."""
    if chosen := os.environ.get(CACHE_VARIABLE):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "footfall"


def cached(name: str, build: Callable[[], bytes], *, folder: Path | None = None) -> bytes:
    """Return the bytes kept under ``name``, from ``build`` when there are none or they are damaged.

    ``name`` must change whenever ``build`` would answer differently. Raises UnwritableCache.
    """
    place = (cache_dir() if folder is None else folder) / "models" / name
    try:
        if (kept := _read(place)) is not None:
            return kept
        place.parent.mkdir(parents=True, exist_ok=True)
        with alone(place.with_name(place.name + ".lock")):
            if (kept := _read(place)) is not None:
                return kept
            made = build()
            write_whole(place, made)
            write_whole(_checksum_of(place), hashlib.sha256(made).hexdigest().encode())
            return made
    except OSError as error:
        raise UnwritableCache(
            f"{place}: cannot keep the converted model ({error.strerror}); free space, or set {CACHE_VARIABLE} to a "
            "folder that can be written"
        ) from error


def _read(place: Path) -> bytes | None:
    try:
        data, checksum = place.read_bytes(), _checksum_of(place).read_bytes()
    except FileNotFoundError:
        return None
    return data if hashlib.sha256(data).hexdigest().encode() == checksum.strip() else None


def _checksum_of(place: Path) -> Path:
    return place.with_name(place.name + ".sha256")
