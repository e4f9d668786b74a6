"""The seams of this package: what a detector, an embedder and the networks behind them promise.

Images are BGR, uint8, (height, width, 3), as OpenCV gives them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Landmarks = NDArray[np.float32]
Embeddings = NDArray[np.float32]
Tensor = NDArray[np.float32]
Device = Literal["cpu", "cuda", "tensorrt"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Detection:
    """One face box in one frame.

    ``box`` is (x, y, width, height) in pixels, inside the image. ``score`` is the detector's own certainty, 0..1.
    ``landmarks`` is (5, 2) float32 in pixels of the image, in an order that belongs to the detector.
    """

    box: tuple[float, float, float, float]
    score: float
    landmarks: Landmarks


class FaceDetector(Protocol):
    """Finds faces. Safe to call from several threads at once."""

    @property
    def detector_id(self) -> str:
        """Name and version; landmarks of one detector mean nothing to an alignment made for another."""

    def detect(self, image: Image) -> list[Detection]:
        """Return the faces in an image, best score first; empty when there is none.

        Faces smaller than the ``min_face_px`` the detector was made with (width of the box, in pixels of the image as
        given) may be missed. Raises nothing for any image of at least one pixel.
        """


class Embedder(Protocol):
    """Turns aligned crops into vectors. Safe to call from several threads at once."""

    @property
    def model_id(self) -> str:
        """Name, version and alignment; embeddings of another model_id are never compared."""

    @property
    def dim(self) -> int:
        """Length of an embedding."""

    def embed(self, aligned: Sequence[Image]) -> Embeddings:
        """Return (n, dim) float32, a row for each aligned crop, in their order; (0, dim) for none.

        Rows are compared by Euclidean distance. The row of a crop does not depend on the crops beside it.
        """


class Inference(Protocol):
    """A loaded network that takes pictures. Safe to call from several threads at once."""

    def infer(self, pictures: NDArray[np.uint8]) -> dict[str, Tensor]:
        """Return the outputs by their names, a row for each of the pictures, (n, rows, columns, 3) BGR with n > 0.

        The network's own input format is seen to inside. Raises ModelError when the engine refuses, as it does where
        the pictures have not the size the network takes.
        """
