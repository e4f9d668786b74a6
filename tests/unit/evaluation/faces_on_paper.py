"""Faces that no camera saw: embeddings at chosen places."""

from collections.abc import Mapping, Sequence

import numpy as np

from evaluation.embedding_set import EmbeddingSet


def face_set(
    places: Mapping[str, float | Sequence[float]],
    *,
    qualities: Mapping[str, float] | None = None,
    rejections: Mapping[str, str] | None = None,
    without_face: Sequence[str] = (),
) -> EmbeddingSet:
    """Faces by the names of their pictures, ``person/number``, each at its place."""
    names = list(places)
    return EmbeddingSet(
        embeddings=np.array([np.atleast_1d(places[name]) for name in names], dtype=np.float32),
        people=np.array([name.split("/")[0] for name in names], dtype=np.str_),
        names=np.array(names, dtype=np.str_),
        rejections=np.array([(rejections or {}).get(name, "") for name in names], dtype=np.str_),
        qualities=np.array([(qualities or {}).get(name, 0.5) for name in names], dtype=np.float32),
        boxes=np.tile(np.array([20, 20, 60, 60], dtype=np.float32), (len(names), 1)),
        detect_ms=np.ones(len(names), dtype=np.float32),
        embed_ms=np.ones(len(names), dtype=np.float32),
        cpu_ms=np.ones(len(names), dtype=np.float32),
        without_face=without_face,
        unreadable={},
    )


def crowd(people: int, pictures: int, *, dim: int = 16, noise: float = 0.05, seed: int = 0) -> dict[str, np.ndarray]:
    """People far apart on the unit sphere, each with pictures close together."""
    rng = np.random.default_rng(seed)
    places = {}
    for person in range(people):
        own = rng.standard_normal(dim)
        for picture in range(pictures):
            vector = own / np.linalg.norm(own) + noise * rng.standard_normal(dim) / np.sqrt(dim)
            places[f"p{person:03d}/{picture}"] = vector / np.linalg.norm(vector)
    return places
