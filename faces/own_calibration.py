"""A calibration that an operator measured on people of their own: it goes before the one that a pack brings."""

import errno
import os
import tomllib
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from faces.errors import ModelError
from faces.model_cache import cache_dir
from faces.whole_files import write_whole


def own_calibration_file(pack: str) -> Path:
    """Return where the own calibration of a pack lies, if there is one. Without the file the pack's own is back."""
    return cache_dir() / "calibrations" / f"{pack}.toml"


def read_own_calibration(pack: str, model_id: str) -> dict[str, Any] | None:
    """Return the table of a pack's own calibration, as in a manifest; None where there is none.

    Raises ModelError for a file that is no calibration, or one of another model than ``model_id``.
    """
    place = own_calibration_file(pack)
    try:
        table = tomllib.loads(place.read_text(encoding="utf-8"))["calibration"]
        measured_for = table.pop("model_id")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ModelError(
            f"{place}: is no calibration of pack {pack} ({error}); delete it, and measure anew with "
            f"`footfall models calibrate --pack {pack}`"
        ) from error
    if measured_for != model_id:
        raise ModelError(
            f"{place}: was measured for model {measured_for}, and pack {pack} now has {model_id}; delete it, and "
            f"measure anew with `footfall models calibrate --pack {pack}`"
        )
    return dict(table)


def make_place(place: Path) -> None:
    """Make the folder that a calibration is to go to, and prove that a file can be written there; raises OSError."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(place))
    with NamedTemporaryFile(dir=place.parent, prefix=f".{place.name}."):
        pass


def write_own_calibration(place: Path, text: str) -> None:
    """Write a calibration into a file, whole or not at all; raises OSError."""
    place.parent.mkdir(parents=True, exist_ok=True)
    write_whole(place, text.encode())
