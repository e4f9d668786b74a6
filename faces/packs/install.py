"""Puts the files of a pack together beside its place and moves them there at once: installed wholly or not at all."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from faces.errors import ModelError, UnwritableCache
from faces.packs.catalogue import KnownPack, PackFile, known_pack, shipped_names
from faces.packs.places import folder_of, packs_dir
from faces.packs.record import Record, write_record
from faces.packs.sources import Source
from faces.whole_files import alone

OnFile = Callable[[str, int, int | None], None]
"""Told of a file by name how many bytes are there, and of how many where that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What an installation came to. ``anew`` is False where everything was in its folder already."""

    name: str
    folder: Path
    licence: str
    files: tuple[str, ...]
    anew: bool


def pull(
    name: str,
    source: Source,
    *,
    now: Callable[[], datetime],
    on_file: OnFile,
    on_wait: Callable[[], None] = lambda: None,
) -> Installed:
    """Install a shipped pack from a source into the user's packs folder; raises ModelError, with nothing installed.

    What an interrupted pull had brought is used. ``on_wait`` is called when another process installs the same pack.
    """
    known = known_pack(name)
    if known.manifest.package:
        raise ModelError(f"pack {name} comes with the program: there is nothing to pull")
    if name not in shipped_names():
        raise ModelError(f"pack {name} was added from files of yours: there is no address to pull it from")
    place = folder_of(name)
    with putting_together(name, on_wait) as staging:
        here = _installed_files(known, place)
        if here is not None:
            return Installed(name=name, folder=place, licence=known.licence, files=here, anew=False)
        files = _obtainable(known, source, (staging, place))
        for file in files:
            bring(file, source, staging, (place,), on_file)
        record(staging, known, files, now=now(), source=str(source), accepted=())
        take_place(staging, place, keep={file.name for file in files})
    return Installed(
        name=name, folder=place, licence=known.licence, files=tuple(file.name for file in files), anew=True
    )


@contextmanager
def putting_together(name: str, on_wait: Callable[[], None] = lambda: None) -> Iterator[Path]:
    """Yield the folder in which a pack is put together, alone among all processes; raises UnwritableCache."""
    staging = packs_dir() / f".{name}.partial"
    try:
        staging.mkdir(parents=True, exist_ok=True)
        with alone(packs_dir() / f".{name}.lock", on_wait):
            staging.mkdir(exist_ok=True)
            try:
                yield staging
            finally:
                if staging.exists() and not any(staging.iterdir()):
                    staging.rmdir()
    except OSError as error:
        raise UnwritableCache(
            f"{error.filename or staging}: cannot be written ({error.strerror}); free space, or set FOOTFALL_CACHE to "
            "a folder that can be written"
        ) from error


def bring(file: PackFile, source: Source, staging: Path, near: Iterable[Path], on_file: OnFile) -> None:
    """Put a file into the staging folder: what an earlier try left there, a whole one near by, else the source's."""
    place = staging / file.name
    if file.checksum is None:
        raise ModelError(f"{file.name}: its checksum is not known, so it cannot be fetched: bring the file itself")
    if _whole_in([staging], file):
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    if whole := _whole_in(near, file):
        shutil.copyfile(whole, place)
        return
    source.bring(file, staging, lambda done, total: on_file(file.name, done, total))


def record(
    staging: Path,
    known: KnownPack,
    files: Iterable[PackFile],
    *,
    now: datetime,
    source: str,
    accepted: tuple[str, ...],
) -> None:
    """Write down what is installed."""
    checksums = {file.name: file.checksum for file in files if file.checksum is not None}
    write_record(staging, Record(at=now, source=source, licence=known.licence, accepted=accepted, files=checksums))


def take_place(staging: Path, place: Path, *, keep: set[str]) -> None:
    """Move what was put together to its place, without anything that is not to be kept."""
    for path in staging.rglob("*"):
        leftover = path.name.endswith((".part", ".etag"))
        if path.is_file() and leftover and str(path.relative_to(staging)) not in keep:
            path.unlink()
    before = place.with_name(f".{place.name}.before")
    shutil.rmtree(before, ignore_errors=True)
    if place.exists():
        place.rename(before)
    staging.rename(place)
    shutil.rmtree(before, ignore_errors=True)


def _whole_in(folders: Iterable[Path], file: PackFile) -> Path | None:
    places = (folder / file.name for folder in folders)
    return next((place for place in places if place.is_file() and file.checksum and file.checksum.fits(place)), None)


def _installed_files(known: KnownPack, place: Path) -> tuple[str, ...] | None:
    """Return the files of the first network that is whole in the pack's own folder; None where none is."""
    of_networks = (files for _, files in known.networks())
    whole = (files for files in of_networks if all(_whole_in([place], file) for file in files))
    return next((tuple(file.name for file in files) for files in whole), None)


def _obtainable(known: KnownPack, source: Source, near: tuple[Path, ...]) -> tuple[PackFile, ...]:
    """Return the files of the first network of which a source has all that is not here; raises ModelError."""
    missing: list[str] = []
    for _, files in known.networks():
        absent = [file.name for file in files if not _whole_in(near, file) and not source.has(file)]
        if not absent:
            return files
        missing.append(" and ".join(absent))
    raise ModelError(f"pack {known.manifest.name}: not at {source}: {', nor '.join(missing)}; nothing was installed")
