"""The embedders: networks that turn aligned crops into vectors."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from faces.errors import ModelError
from faces.ports import Embeddings, Image, Inference, Tensor

_BATCH = 8


class NetworkEmbedder:
    """Embeds with one output of a network, (n, dim) after its trailing ones are dropped."""

    def __init__(
        self,
        network: Inference,
        *,
        model_id: str,
        dim: int,
        normalised: bool,
        mirrored: bool = False,
        output: str | None = None,
    ) -> None:
        """``normalised`` embeddings are brought to length 1: their Euclidean distance ranks as their cosine does.

        Where ``mirrored``, that of a crop is the mean of its own and of its mirror image's, which takes twice as long.
        ``output`` names one of the network's outputs; without it there must be only one.
        """
        self._network = network
        self._model_id = model_id
        self._dim = dim
        self._normalised = normalised
        self._mirrored = mirrored
        self._output = output

    @property
    def model_id(self) -> str:
        """See Embedder."""
        return self._model_id

    @property
    def dim(self) -> int:
        """See Embedder."""
        return self._dim

    def embed(self, aligned: Sequence[Image]) -> Embeddings:
        """See Embedder. All crops must have the size of the pack's alignment. Raises ModelError."""
        views = 2 if self._mirrored else 1
        batches = [self._embedded(aligned[at : at + _BATCH // views]) for at in range(0, len(aligned), _BATCH // views)]
        embeddings = np.concatenate(batches) if batches else np.zeros((0, self._dim), dtype=np.float32)
        if self._normalised:
            embeddings = embeddings / np.maximum(np.linalg.norm(embeddings, axis=1, keepdims=True), 1e-12)
        return embeddings.astype(np.float32, copy=False)

    def _embedded(self, crops: Sequence[Image]) -> Embeddings:
        if not self._mirrored:
            return self._answered(np.stack(crops))
        both = self._answered(np.concatenate([crops, np.stack(crops)[:, :, ::-1]]))
        return (both[: len(crops)] + both[len(crops) :]) / np.float32(2)

    def _answered(self, crops: NDArray[np.uint8]) -> Embeddings:
        output = self._chosen(self._network.infer(crops))
        if output.size != len(crops) * self._dim:
            raise ModelError(
                f"{self._model_id}: the network answers {output.size // len(crops)} numbers for a crop, and its "
                f"manifest says dimension = {self._dim}: correct it"
            )
        return output.reshape(len(crops), self._dim)

    def _chosen(self, outputs: dict[str, Tensor]) -> Tensor:
        if self._output in outputs:
            return outputs[self._output]
        if self._output is None and len({id(output) for output in outputs.values()}) == 1:
            return next(iter(outputs.values()))
        raise ModelError(
            f"{self._model_id}: which output is the embedding? Name it as `output` in the manifest, one of "
            f"{', '.join(sorted(outputs))}"
        )
