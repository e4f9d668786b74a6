"""Embeddings that were stored before, by whatever program."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.lib.npyio import NpzFile

from faces.packs import Pack
from faces.ports import Embeddings
from schemas.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoredEmbeddings:
    """``embeddings`` (n, dim) and a name for each."""

    embeddings: Embeddings
    names: list[str]


def load_embeddings(path: Path, pack: Pack) -> StoredEmbeddings:
    """Read a NumPy ``.npz`` file with the array "embeddings" (n, dim).

    Beside it may stand "names" (n,), by default the numbers of the rows, and "model_id". Raises InputError where the
    file is none of this, or says that another model made it.
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
    embeddings = arrays.get("embeddings", np.zeros(0))
    if embeddings.ndim != 2 or embeddings.dtype.kind != "f" or not np.isfinite(embeddings).all():
        raise InputError(f"{path}: holds no array `embeddings` of finite numbers, a row for each face; store one")
    model_id = str(arrays.get("model_id", pack.model_id))
    if model_id != pack.model_id:
        raise InputError(
            f"{path}: the embeddings are of model {model_id}, those of pack {pack.name} of {pack.model_id}; "
            "name the pack that made them with --pack"
        )
    names = arrays.get("names", np.arange(len(embeddings)))
    if len(names) != len(embeddings):
        raise InputError(f"{path}: {len(embeddings)} embeddings, but {len(names)} names; store a name for each")
    return StoredEmbeddings(embeddings=embeddings.astype(np.float32), names=[str(name) for name in names])
