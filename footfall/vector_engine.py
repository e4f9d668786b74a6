"""The gallery of all stores in a vector engine, where one is set."""

import re
from collections.abc import Iterable

from matcher.gallery import Gallery, Known
from schemas.errors import ConfigError


def open_engine(address: str, model_id: str, dim: int, known: Iterable[Known]) -> Gallery:
    """Return the gallery that a vector engine keeps for a model, brought to hold just what is known.

    Raises ConfigError where the engine's client is not installed and TransientError where the engine is away.
    """
    try:
        from matcher.milvus_gallery import MilvusGallery
    except ModuleNotFoundError as error:
        raise ConfigError(
            "matcher.vector_engine is set and the client of that engine is not installed: "
            "pip install 'footfall[milvus]'"
        ) from error
    collection = "footfall_" + re.sub(r"[^0-9A-Za-z]", "_", model_id)  # of one model alone: others lie beside it
    return MilvusGallery.filled(address, collection, dim, known)
