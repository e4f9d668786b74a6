"""Embeddings that were stored before, by whatever program."""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from faces.packs import Pack
from faces.ports import Embeddings
from schemas.errors import InputError

_KINDS_OF_NAMES = "Uiu"  # NumPy's letters for text and for whole numbers


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoredEmbeddings:
    """``embeddings`` (n, dim) and a name for each."""

    embeddings: Embeddings
    names: list[str]


def load_embeddings(path: Path, pack: Pack) -> StoredEmbeddings:
    """Read a NumPy ``.npz`` file with the array "embeddings" (n, dim).

    Beside it may stand "names" (n,), by default the numbers of the rows, and "model_id". Raises InputError where the
    file is none of this or holds no row, and where it says or its dim shows that another model made it.
    """
    try:
        with path.open("rb") as file:
            stored = np.load(file, allow_pickle=False)
            if not isinstance(stored, NpzFile):
                raise ValueError("a single array")
            arrays = {name: stored[name] for name in stored.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "not a whole .npz file"
        raise InputError(f"{path}: cannot be read ({reason}); give a file as numpy.savez writes it") from error
    embeddings = _rows(path, arrays)
    model_id = str(arrays.get("model_id", pack.model_id))
    if model_id != pack.model_id:
        raise InputError(
            f"{path}: the embeddings are of model {model_id}, those of pack {pack.name} of {pack.model_id}; "
            "name the pack that made them with --pack"
        )
    dim = embeddings.shape[1]
    if dim != pack.embedder.dimension:
        raise InputError(
            f"{path}: an embedding has {dim} numbers here, one of pack {pack.name} has {pack.embedder.dimension}; "
            "name the pack that made them with --pack"
        )
    return StoredEmbeddings(embeddings=embeddings, names=_names(path, arrays, len(embeddings)))


def _rows(path: Path, arrays: Mapping[str, NDArray[Any]]) -> Embeddings:
    """Return the embeddings among the arrays of a file."""
    stored = arrays.get("embeddings", np.zeros(0))
    if stored.ndim == 2 and stored.dtype.kind == "f" and len(stored):
        with np.errstate(over="ignore"):  # what is too large for float32 is infinite there, and refused
            embeddings = stored.astype(np.float32)
        if np.isfinite(embeddings).all():
            return embeddings
    raise InputError(f"{path}: holds no array `embeddings` of finite numbers, a row for each face; store one")


def _names(path: Path, arrays: Mapping[str, NDArray[Any]], faces: int) -> list[str]:
    """Return the name of each face: from the arrays of a file, or the numbers of the rows."""
    names = arrays.get("names", np.arange(faces))
    if names.ndim != 1 or names.dtype.kind not in _KINDS_OF_NAMES:
        raise InputError(
            f"{path}: `names` is an array of shape {names.shape} and type {names.dtype}; store a list with a text, "
            "or a whole number, for each row of `embeddings`"
        )
    if len(names) != faces:
        raise InputError(f"{path}: {faces} embeddings, but {len(names)} names; store a name for each")
    return [str(name) for name in names]
