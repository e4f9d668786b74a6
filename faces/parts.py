"""What a kind of pack knows how to make from its files."""

from typing import Protocol

from faces.ports import Embedder, FaceDetector, Image, Landmarks


class Parts(Protocol):
    """Makes the parts of one pack. Making a part loads a network; aligning is pure."""

    @property
    def model_id(self) -> str:
        """Id of the embedder with its alignment."""

    @property
    def detector_id(self) -> str:
        """Id of the detector whose landmarks the alignment expects."""

    def detector(self, *, min_face_px: float, threads: int | None) -> FaceDetector:
        """Load the detector. Raises ModelError."""

    def embedder(self, *, threads: int | None) -> Embedder:
        """Load the embedder. Raises ModelError."""

    def align(self, image: Image, landmarks: Landmarks) -> Image:
        """Return the aligned crop the embedder takes."""
