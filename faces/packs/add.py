"""Adds a pack that an operator brings: a manifest, and beside it the files of a network."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from faces.engines import Engine
from faces.errors import ModelError
from faces.packs.catalogue import (
    KnownPack,
    PackFile,
    known_pack,
    pack_names,
    read_manifest,
    shipped_detector,
    shipped_names,
)
from faces.packs.checksums import checksum_of
from faces.packs.install import Installed, OnFile, bring, putting_together, record, take_place
from faces.packs.licences import require_accepted
from faces.packs.manifest import Manifest, Networks
from faces.packs.pack import assemble
from faces.packs.places import MANIFEST, folder_of, models_dir, package_folders
from faces.packs.record import read_record
from faces.packs.sources import Source
from faces.self_test import self_test


def add(
    manifest_file: Path,
    source: Source,
    *,
    engine: Engine,
    accept_unstated_licence: bool,
    accept_non_commercial: bool,
    now: Callable[[], datetime],
    on_file: OnFile,
) -> Installed:
    """Check a pack, let its networks answer once, and copy it into the user's packs folder; raises ModelError.

    The shipped detector it is paired with is taken from where it lies, else from ``source``.
    """
    manifest = read_manifest(manifest_file)
    name = manifest.name
    if name in shipped_names():
        raise ModelError(f"{manifest_file}: the name {name} is that of a shipped pack: give yours another")
    accepted = require_accepted(
        name, manifest.licence, unstated=accept_unstated_licence, non_commercial=accept_non_commercial
    )
    place = folder_of(name)
    with putting_together(name) as staging:
        if name in pack_names():
            raise ModelError(
                f"there is a pack {name} already: `footfall models remove {name}`, or give yours another name"
            )
        shutil.rmtree(staging)  # of an earlier try with other files, perhaps
        staging.mkdir()
        try:
            known, files = _put_together(manifest, manifest_file, staging, source, on_file)
            record(staging, known, files, now=now(), source=str(manifest_file.absolute()), accepted=accepted)
            known = replace(known, record=read_record(staging))
            _require_own_model_id(known)
            self_test(assemble(known, engine))
        except ModelError:
            shutil.rmtree(staging)
            raise
        take_place(staging, place, keep={file.name for file in files})
    return Installed(
        name=name, folder=place, licence=known.licence, files=tuple(file.name for file in files), anew=True
    )


def _put_together(
    manifest: Manifest, manifest_file: Path, staging: Path, source: Source, on_file: OnFile
) -> tuple[KnownPack, list[PackFile]]:
    beside = manifest_file.absolute().parent
    detector = shipped_detector(manifest.detector.name)
    known = KnownPack(manifest=manifest, detector=detector, record=None, folders=(staging,))
    shutil.copyfile(manifest_file, staging / MANIFEST)
    for networks in manifest.choices():
        for network in networks.all():
            if not (beside / network).exists():
                raise ModelError(f"pack {manifest.name}: {beside / network} is not there: put it beside its manifest")
        for name in manifest.files_of(networks, _listed(beside, networks.embedder)):
            _copy(name, beside, staging, manifest)
    own = [path for path in sorted(staging.rglob("*")) if path.is_file() and path.name != MANIFEST]
    files = [
        PackFile(name=str(path.relative_to(staging)), checksum=checksum_of(path), bytes=None, url=None, found=path)
        for path in own
    ]
    for name, entry in detector.files.items():
        there = package_folders(detector.package) if detector.package else (beside, models_dir(), *_of_other_packs())
        wanted = PackFile(name=name, checksum=entry.checksum, bytes=entry.bytes, url=entry.url, found=None)
        if not detector.package:
            bring(wanted, source, staging, there, on_file)
            files.append(wanted)
    return known, files


def _require_own_model_id(new: KnownPack) -> None:
    """Raise ModelError for the model_id of another network: embeddings of the two would count as comparable."""
    for other in _readable():
        if other.model_id == new.model_id and not _same_embedder(new, other):
            raise ModelError(
                f"pack {new.manifest.name}: its model_id {new.model_id} is that of pack {other.manifest.name}, whose "
                "network is another: leave embedder.model_id out of the manifest, or give another"
            )


def _readable() -> Iterator[KnownPack]:
    for name in pack_names():
        with suppress(ModelError):  # a damaged pack stands in no other's way
            yield known_pack(name)


def _same_embedder(new: KnownPack, other: KnownPack) -> bool:
    brought = [file.found for _, files in new.networks() for file in files if file.found]
    return any(
        all(any(file.checksum and file.checksum.fits(path) for path in brought) for file in files)
        for files in _embedders(other)
    )


def _embedders(pack: KnownPack) -> Iterator[list[PackFile]]:
    """Yield the files of a pack's embedder in each of its formats."""
    for networks, files in pack.networks():
        names = pack.manifest.files_of(Networks(networks.embedder), tuple(file.name for file in files))
        yield [file for file in files if file.name in names]


def _listed(beside: Path, network: str) -> tuple[str, ...]:
    """Return what lies in a SavedModel folder, by path from beside the manifest."""
    inside = (path for path in sorted((beside / network).rglob("*")) if path.is_file())
    return tuple(path.relative_to(beside).as_posix() for path in inside)


def _copy(name: str, beside: Path, staging: Path, manifest: Manifest) -> None:
    file, place = beside / name, staging / name
    if not file.is_file():
        raise ModelError(f"pack {manifest.name}: {file} is not there: put it beside its manifest")
    stated = manifest.files[name].checksum if name in manifest.files else None
    if stated is not None and not stated.fits(file):
        raise ModelError(f"pack {manifest.name}: {file} has not the checksum its manifest states: get the file anew")
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, place)


def _of_other_packs() -> tuple[Path, ...]:
    return tuple(folder_of(name) for name in pack_names())
