"""What the shots of a track say together of whether they show a person, or a picture of one."""

from collections.abc import Sequence
from statistics import fmean

from schemas.messages import Shot


def liveness_of(shots: Sequence[Shot]) -> float | None:
    """Return the mean of what the networks said of each shot; None where they looked at none."""
    scores = [shot.liveness for shot in shots if shot.liveness is not None]
    return fmean(scores) if scores else None
