"""The embedders: networks that turn aligned crops into vectors."""

from collections.abc import Sequence

import numpy as np

from faces.ports import Embeddings, Image
from faces.runtime import Network

_BATCH = 8


class NetworkEmbedder:
    """Embeds with a network that has one output, (n, dim) after its trailing ones are dropped."""

    def __init__(self, network: Network, *, model_id: str, dim: int, normalised: bool) -> None:
        self._network = network
        self._model_id = model_id
        self._dim = dim
        self._normalised = normalised

    @property
    def model_id(self) -> str:
        """See Embedder."""
        return self._model_id

    @property
    def dim(self) -> int:
        """See Embedder."""
        return self._dim

    def embed(self, aligned: Sequence[Image]) -> Embeddings:
        """See Embedder. All crops must have the size of the pack's alignment."""
        batches = [self._embedded(aligned[at : at + _BATCH]) for at in range(0, len(aligned), _BATCH)]
        embeddings = np.concatenate(batches) if batches else np.zeros((0, self._dim), dtype=np.float32)
        if self._normalised:
            embeddings = embeddings / np.maximum(np.linalg.norm(embeddings, axis=1, keepdims=True), 1e-12)
        return embeddings.astype(np.float32, copy=False)

    def _embedded(self, crops: Sequence[Image]) -> Embeddings:
        output = next(iter(self._network.infer(np.stack(crops)).values()))
        return output.reshape(len(crops), self._dim)
