"""Where the files of a pack come from: their projects' own addresses, a folder, or a mirror on the web.

A folder or mirror holds the files under the names their manifest gives them.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from faces.errors import ModelError
from faces.packs.catalogue import PackFile
from faces.packs.download import OnBytes, download
from faces.packs.web import is_there, shown


class Source(Protocol):
    """Something that has files of packs."""

    def has(self, file: PackFile) -> bool:
        """Tell whether it has a file; raises ModelError where it cannot be asked."""

    def bring(self, file: PackFile, folder: Path, on_bytes: OnBytes) -> None:
        """Put a file with a checksum into a folder, whole; raises ModelError and puts none there."""


@dataclass(frozen=True, slots=True)
class Official:
    """The addresses that stand in the manifests."""

    def has(self, file: PackFile) -> bool:
        """See Source."""
        return file.url is not None

    def bring(self, file: PackFile, folder: Path, on_bytes: OnBytes) -> None:
        """See Source."""
        assert file.url is not None
        _download(file.url, file, folder, on_bytes)

    def __str__(self) -> str:
        return "the addresses of the projects that publish it"


@dataclass(frozen=True, slots=True)
class Mirror:
    """A folder of files on a web server."""

    url: str

    def has(self, file: PackFile) -> bool:
        """See Source."""
        return is_there(self._address(file))

    def bring(self, file: PackFile, folder: Path, on_bytes: OnBytes) -> None:
        """See Source."""
        _download(self._address(file), file, folder, on_bytes)

    def __str__(self) -> str:
        return shown(self.url)

    def _address(self, file: PackFile) -> str:
        return f"{self.url.rstrip('/')}/{quote(file.name)}"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder on this machine, such as a memory stick's."""

    path: Path

    def has(self, file: PackFile) -> bool:
        """See Source."""
        return (self.path / file.name).is_file()

    def bring(self, file: PackFile, folder: Path, on_bytes: OnBytes) -> None:
        """See Source."""
        assert file.checksum is not None
        there, place = self.path / file.name, folder / file.name
        if not file.checksum.fits(there):
            raise ModelError(f"{there}: wrong checksum: copy it anew from where you had it; nothing was installed")
        try:
            shutil.copyfile(there, place)
        except OSError as error:
            place.unlink(missing_ok=True)
            raise ModelError(f"{place}: cannot be written ({error.strerror}): free space there") from error
        size = place.stat().st_size
        on_bytes(size, size)

    def __str__(self) -> str:
        return str(self.path)


def source_of(text: str | None) -> Source:
    """Return what ``--from`` names: an http(s) address, or a folder; without it the official addresses."""
    if text is None:
        return Official()
    if text.startswith(("http://", "https://")):
        return Mirror(text)
    if "://" in text:
        raise ModelError(f"--from {shown(text)}: files are taken from http:// or https:// addresses and from folders")
    path = Path(text).expanduser()
    if not path.is_dir():
        raise ModelError(f"--from {path}: there is no such folder")
    return Folder(path)


def _download(url: str, file: PackFile, folder: Path, on_bytes: OnBytes) -> None:
    assert file.checksum is not None
    download(url, folder / file.name, file.checksum, size=file.bytes, on_bytes=on_bytes)
