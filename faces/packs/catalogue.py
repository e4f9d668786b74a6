"""The packs there are: those that are shipped, and those that were added on this machine."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from faces.engines import ON_CPU, Engine
from faces.errors import ModelError
from faces.packs.checksums import Checksum
from faces.packs.manifest import Detector, FileEntry, Manifest, Networks, parse
from faces.packs.places import MANIFEST, folder_of, models_dir, package_folders, packs_dir
from faces.packs.record import Record, read_record

_UNSTATED = "not stated"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackFile:
    """A file of a pack: what it must be, where it is published, and where it lies (``found``), None when nowhere."""

    name: str
    checksum: Checksum | None
    bytes: int | None
    url: str | None
    found: Path | None

    def is_whole(self) -> bool:
        """Tell whether the file is in place with the right checksum."""
        return self.found is not None and (self.checksum is None or self.checksum.fits(self.found))


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPack:
    """A pack as its manifest describes it. Its files are looked for in ``folders``, the first that has one wins."""

    manifest: Manifest
    detector: Detector
    record: Record | None
    folders: tuple[Path, ...]

    @property
    def licence(self) -> str:
        """The licence of the embedder, and that of the detector where it is another."""
        own = self.manifest.licence or _UNSTATED
        return own if own == self.detector.licence else f"{own}; detector {self.detector.name}: {self.detector.licence}"

    @property
    def model_id(self) -> str:
        """The manifest's own, else one that changes with the weights and with all that is done to a crop."""
        embedder, landmarks = self.manifest.embedder, self.manifest.landmarks
        if embedder.model_id:
            return embedder.model_id
        contents = sorted(f"{name} {checksum}" for name, checksum in (self.record.files if self.record else {}).items())
        # Packs were brought before there was this key: where it says nothing, their ids stay what they were.
        table = embedder.model_dump_json(exclude=set() if embedder.mirrored else {"mirrored"})
        refined = [] if landmarks is None else [landmarks.model_dump_json()]
        told = "\n".join([table, *refined, self.detector.name, *contents])
        return f"{self.manifest.name}-{embedder.dimension}.{hashlib.sha256(told.encode()).hexdigest()[:12]}"

    def networks(self) -> Iterator[tuple[Networks, tuple[PackFile, ...]]]:
        """Yield the networks that may be run together, best first, with all files the pack then needs."""
        detector = tuple(self._file(name, self.detector) for name in self.detector.files)
        known = (*self.manifest.files, *(self.record.files if self.record else ()))
        for networks in self.manifest.choices():
            own = self.manifest.files_of(networks, known)
            yield networks, (*(self._file(name, self.manifest) for name in own), *detector)

    def chosen(self, engine: Engine) -> tuple[Networks, tuple[PackFile, ...]]:
        """Return the first networks that are in place for an engine, with their files; else the first to be had."""
        usable = [one for one in self.networks() if all(map(engine.opens, one[0].all()))]
        if not usable:
            kinds = " or ".join(" and ".join(one.all()) for one in self.manifest.choices())
            raise ModelError(
                f"pack {self.manifest.name}: {engine.library} reads ONNX alone and this pack has {kinds}: set "
                'inference.engine = "openvino"'
            )
        in_place = (one for one in usable if all(file.found for file in one[1]))
        published = (one for one in usable if all(file.url or file.found for file in one[1]))
        return next(in_place, None) or next(published, usable[0])

    def _file(self, name: str, table: Manifest | Detector) -> PackFile:
        entry = table.files.get(name, FileEntry())
        folders = package_folders(table.package) if table.package else self.folders
        return PackFile(
            name=name,
            checksum=entry.checksum or (self.record.files.get(name) if self.record else None),
            bytes=entry.bytes,
            url=entry.url,
            found=next((folder / name for folder in folders if (folder / name).is_file()), None),
        )


def shipped_names() -> tuple[str, ...]:
    """Return the names of the packs whose manifests come with the program."""
    entries = (entry.name for entry in _shipped().iterdir())
    return tuple(sorted(entry.removesuffix(".toml") for entry in entries if entry.endswith(".toml")))


def pack_names() -> tuple[str, ...]:
    """Return the names of all packs: those that are shipped and those that were added."""
    added = (file.parent.name for file in packs_dir().glob(f"[!.]*/{MANIFEST}"))
    return tuple(sorted({*shipped_names(), *added}))


def require_known(name: str) -> None:
    """Raise ModelError, with the packs there are, when there is none of a name."""
    if name not in pack_names():
        raise ModelError(f"there is no pack {name!r}; choose one of {', '.join(pack_names())}")


def known_pack(name: str) -> KnownPack:
    """Return a pack by its name; raises ModelError, with the known ones, when there is none."""
    require_known(name)
    folder = folder_of(name)
    if name in shipped_names():
        manifest = parse(Manifest, _text(f"{name}.toml"), f"shipped pack {name}")
    else:
        manifest = read_manifest(folder / MANIFEST)
    return KnownPack(
        manifest=manifest,
        detector=shipped_detector(manifest.detector.name),
        record=read_record(folder),
        folders=(models_dir(), folder) if name in shipped_names() else (folder,),
    )


def read_manifest(file: Path) -> Manifest:
    """Return a user's manifest; raises ModelError."""
    try:
        return parse(Manifest, file.read_text(encoding="utf-8"), str(file))
    except OSError as error:
        raise ModelError(f"{file}: cannot be read ({error.strerror}): give the manifest of a pack") from error
    except UnicodeDecodeError as error:
        raise ModelError(f"{file}: this is not TOML: {error}") from error


@cache
def shipped_detector(name: str) -> Detector:
    """Return the manifest of a shipped detector."""
    return parse(Detector, _text(f"detectors/{name}.toml"), f"shipped detector {name}")


def pack_files(name: str, engine: Engine = ON_CPU) -> tuple[PackFile, ...]:
    """Return the files of a pack and where they lie; raises ModelError for an unknown pack."""
    return known_pack(name).chosen(engine)[1]


def in_place(name: str) -> bool:
    """Tell whether every file of a pack is there; not whether it is whole."""
    return all(file.found for file in pack_files(name))


def default_pack_name() -> str:
    """Return "retail" where its files are in place, else "dlib"."""
    return "retail" if in_place("retail") else "dlib"


def pack_of_model(model_id: str) -> str | None:
    """Return the name of the pack whose embeddings bear a model_id, or once did; None where no known pack's do."""
    shipped_first = (*shipped_names(), *(name for name in pack_names() if name not in shipped_names()))
    packs = ((name, known_pack(name)) for name in shipped_first)
    return next((name for name, pack in packs if model_id in (pack.model_id, *pack.manifest.formerly)), None)


def pack_licence(name: str) -> str:
    """Return the licence a pack is under, whether its files are in place or not."""
    return known_pack(name).licence


def how_to_get(name: str) -> str:
    """Return what to do, as the end of a sentence, to put the files of a pack into place."""
    if package := known_pack(name).manifest.package:
        return f"install the package {package} (`make install` does)"
    if name in shipped_names():
        return f"run `footfall models pull {name}`, or put it into {folder_of(name)}"
    return f"remove it with `footfall models remove {name}` and add its manifest again"


def _shipped() -> Any:
    return files("faces").joinpath("packs", "shipped")


def _text(path: str) -> str:
    return str(_shipped().joinpath(path).read_text(encoding="utf-8"))
