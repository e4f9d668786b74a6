"""The quality gates: which crops are worth an embedding, and why the others are not."""

from dataclasses import dataclass
from enum import StrEnum

from faces.quality import Quality


class Rejection(StrEnum):
    """Why a crop was refused."""

    LOW_SCORE = "low_score"
    EDGE_CLIP = "edge_clip"
    TOO_SMALL = "too_small"
    TURNED_AWAY = "turned_away"
    POOR_LIGHT = "poor_light"
    BLURRED = "blurred"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gates:
    """The least a crop must have; units as in ``faces.quality.Quality``, ``min_score`` as the detector gives it."""

    min_score: float = 0.7
    max_edge_clip: float = 0.15
    min_size_px: float = 36.0
    max_yaw: float = 0.45
    max_roll_deg: float = 45.0
    min_brightness: float = 30.0
    max_brightness: float = 235.0
    min_contrast: float = 10.0
    min_sharpness: float = 0.002

    def refuse(self, quality: Quality, *, score: float) -> Rejection | None:
        """Return the first gate that a crop does not pass, or None if it passes all."""
        for passes, rejection in (
            (score >= self.min_score, Rejection.LOW_SCORE),
            (quality.edge_clip <= self.max_edge_clip, Rejection.EDGE_CLIP),
            (quality.size_px >= self.min_size_px, Rejection.TOO_SMALL),
            (abs(quality.yaw) <= self.max_yaw and abs(quality.roll) <= self.max_roll_deg, Rejection.TURNED_AWAY),
            (self.min_brightness <= quality.brightness <= self.max_brightness, Rejection.POOR_LIGHT),
            (quality.contrast >= self.min_contrast, Rejection.POOR_LIGHT),
            (quality.sharpness >= self.min_sharpness, Rejection.BLURRED),
        ):
            if not passes:
                return rejection
        return None
