"""Where model files lie: with an installed package, in a folder of models, in the user's packs folder."""

import os
from importlib.util import find_spec
from pathlib import Path

from faces.model_cache import cache_dir

MODELS_VARIABLE = "FOOTFALL_MODELS"
MANIFEST = "manifest.toml"
# Where the program runs from a checkout, a folder of model files may lie beside that.
_MODELS_BESIDE_CHECKOUT = Path(__file__).resolve().parents[3] / "shared" / "models"


def packs_dir() -> Path:
    """Return the user's folder of packs: what was pulled and added, a folder each."""
    return cache_dir() / "packs"


def folder_of(name: str) -> Path:
    """Return where a pack that is pulled or added has its files."""
    return packs_dir() / name


def models_dir() -> Path:
    """Return the folder of model files that FOOTFALL_MODELS names, else the one beside the checkout."""
    chosen = os.environ.get(MODELS_VARIABLE)
    return Path(chosen) if chosen else _MODELS_BESIDE_CHECKOUT


def package_folders(package: str) -> tuple[Path, ...]:
    """Return where a Python package keeps its models; nowhere when it is not installed."""
    spec = find_spec(package)
    return tuple(Path(place) / "models" for place in (spec.submodule_search_locations or ())) if spec else ()
