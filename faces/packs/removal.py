"""Removes what was pulled or added."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from faces.errors import ModelError
from faces.own_calibration import own_calibration_file
from faces.packs.catalogue import in_place, known_pack, pack_files, pack_names, shipped_names
from faces.packs.install import putting_together
from faces.packs.places import folder_of, packs_dir


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What is gone: the folder of a pack, and the calibration that was measured for it here, None where none was."""

    folder: Path
    calibration: Path | None


def remove(name: str) -> Removed:
    """Delete a pack's folder in the user's packs folder; raises ModelError.

    With one that was added goes what was measured for it here, as another pack of that name would be refused because of
    it; a pack that ships is the same when it is pulled again. The manifest of one that was added need not be readable
    any more.
    """
    place, calibration = folder_of(name), own_calibration_file(name)
    if name in shipped_names() or name not in pack_names():
        _require_removable(name, place)
    with putting_together(name) as staging:
        doomed = packs_dir() / f".{name}.removed"
        shutil.rmtree(doomed, ignore_errors=True)
        place.rename(doomed)  # gone at once: nobody opens half a pack
        shutil.rmtree(doomed)
        shutil.rmtree(staging)
        goes = calibration.is_file() and name not in shipped_names()
        if goes:
            calibration.unlink(missing_ok=True)
    return Removed(folder=place, calibration=calibration if goes else None)


def _require_removable(name: str, place: Path) -> None:
    if known_pack(name).manifest.package:
        raise ModelError(f"pack {name} comes with the program: it cannot be removed")
    if place.exists():
        return
    if in_place(name):
        elsewhere = sorted({str(file.found.parent) for file in pack_files(name) if file.found})
        raise ModelError(f"pack {name}: its files lie in {' and '.join(elsewhere)}, which is not ours to delete")
    raise ModelError(f"pack {name} is not installed: there is nothing to remove")
