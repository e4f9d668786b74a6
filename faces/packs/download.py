"""Downloads one file: goes on where an earlier try ended, and lets nothing pass that has a wrong checksum."""

import os
from collections.abc import Callable
from pathlib import Path

from faces.errors import ModelError
from faces.packs.checksums import Checksum
from faces.packs.web import STALL_S, BeyondEnd, Cut, NotThere, asked, shown

_TRIES = 5

OnBytes = Callable[[int, int | None], None]
"""Told how many bytes of a file are there, and of how many where that is known."""


def download(
    url: str,
    place: Path,
    checksum: Checksum,
    *,
    size: int | None = None,
    on_bytes: OnBytes,
    timeout_s: float = STALL_S,
) -> None:
    """Put a file into place, whole and with the right checksum, or raise ModelError and put none there.

    What came before a cut is kept beside it as ``.part``: this call tries again while each try brings more, and a later
    call goes on from there. A server that is silent for ``timeout_s`` counts as cut off.
    """
    part = place.with_name(place.name + ".part")
    kept = _size(part)
    try:
        _fetch_all(url, part, size, on_bytes, timeout_s)
    except OSError as error:
        raise ModelError(
            f"{part}: cannot be written ({error.strerror}): free space there; the same command again goes on from there"
        ) from error
    fits = checksum.fits(part)
    _tag_file(part).unlink(missing_ok=True)
    if fits:
        part.replace(place)
        return
    part.unlink()
    if kept:  # which may have been of another file
        download(url, place, checksum, size=size, on_bytes=on_bytes, timeout_s=timeout_s)
        return
    raise ModelError(
        f"{shown(url)}: wrong checksum: this is not the file the pack was made with, or it was changed on the way; "
        "nothing was installed, give another source with --from"
    )


def _fetch_all(url: str, part: Path, size: int | None, on_bytes: OnBytes, timeout_s: float) -> None:
    for _ in range(_TRIES):
        before = _size(part)
        try:
            _fetch_on(url, part, size, on_bytes, timeout_s)
            return
        except NotThere as error:
            raise ModelError(f"{error}; give a folder or a mirror with --from") from error
        except BeyondEnd:  # what was kept is of another file, or all of it
            part.unlink()
        except Cut as cut:
            there, said = _size(part), str(cut)
            if there <= before:
                break
    raise ModelError(
        f"{shown(url)}: {said} after {there} of {size or 'unknown'} bytes: the same command again goes on from there"
    )


def _fetch_on(url: str, part: Path, size: int | None, on_bytes: OnBytes, timeout_s: float) -> None:
    had = _size(part)
    if had and had == size:
        return
    headers = {"Range": f"bytes={had}-", **_if_still(part)} if had else {}
    with asked(url, headers=headers, timeout_s=timeout_s) as answer:
        done = had if answer.offset == had else 0
        total = done + answer.length if answer.length is not None else size
        if size is not None and total != size:
            raise ModelError(
                f"{shown(url)}: the server offers {total} bytes where the file has {size}: this is another file, "
                "perhaps a page that asks for a login; nothing was installed, give another source with --from"
            )
        _tag_file(part).write_text(answer.etag, encoding="latin-1")
        with part.open("ab" if done else "wb") as file:
            on_bytes(done, total)
            for chunk in answer.chunks:
                file.write(chunk)
                done += len(chunk)
                on_bytes(done, total)
            file.flush()
            os.fsync(file.fileno())
        if total is not None and done < total:
            raise Cut("the connection ended")


def _if_still(part: Path) -> dict[str, str]:
    """Ask for the rest only of the very file of which a part was kept. A weak ETag says nothing about bytes."""
    file = _tag_file(part)
    tag = file.read_text(encoding="latin-1") if file.exists() else ""
    return {"If-Range": tag} if tag.startswith('"') else {}


def _tag_file(part: Path) -> Path:
    return part.with_name(part.name + ".etag")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
