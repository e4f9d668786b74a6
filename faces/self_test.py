"""A pack's self-test: let its networks answer once."""

import numpy as np

from faces.errors import ModelError
from faces.packs import Pack
from faces.ports import Landmarks

# Five points somewhere in a picture, for where any crop will do.
SOME_LANDMARKS: Landmarks = np.array([(60, 60), (80, 60), (100, 60), (80, 80), (90, 100)], dtype=np.float32)


def self_test(pack: Pack) -> None:
    """Load a pack's networks and run them once; raises ModelError for an answer that cannot be.

    The detector sees an empty picture; the embedder noise, for of black a network without biases makes nothing.
    """
    empty = np.zeros((160, 160, 3), dtype=np.uint8)
    if pack.make_detector(threads=1).detect(empty):
        raise ModelError(f"pack {pack.name}: its detector sees a face in an empty picture; install its files anew")
    embedder = pack.make_embedder(threads=1)
    noise = np.random.default_rng(0).integers(0, 256, empty.shape, dtype=np.uint8)
    (embedding,) = embedder.embed([pack.align(noise, SOME_LANDMARKS)])
    if not np.isfinite(embedding).all() or not embedding.any():
        raise ModelError(f"pack {pack.name}: its embedder answers without meaning; install its files anew")
