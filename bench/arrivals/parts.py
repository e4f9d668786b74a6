"""Where the time goes between a face in the picture and a screen, one member after the other."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from uuid import UUID

import numpy as np

from schemas.messages import FaceCrop, Sighting

PARTS = {
    "moved_s": "until it has moved",
    "known_s": "until it is known",
    "told_s": "until the ingest has told",
    "decided_s": "until the matcher has decided",
    "shown_s": "until it is on the screen",
}


def parts_of(
    shown_at: Mapping[str, tuple[datetime, UUID]], crops: Sequence[FaceCrop], sightings: Sequence[Sighting]
) -> dict[str, dict[str, float]]:
    """Return for each member who was told of how long each part took, from the first detection on.

    ``shown_at`` gives when the screen had it, and the track. ``moved_s`` ends with the frame with which the track was
    told first, ``known_s`` with that of the telling by which the matcher knew somebody; the others are of that telling.
    """
    decided = {one.event_id: one for one in sightings if one.face_id is not None}
    found: dict[str, dict[str, float]] = {}
    for member, (at, track) in shown_at.items():
        told = sorted((crop for crop in crops if crop.track_id == track), key=lambda crop: crop.produced_at)
        known = [crop for crop in told if crop.event_id in decided and decided[crop.event_id].decided_at <= at]
        if known:
            crop = known[0]
            moments = (
                crop.began_at,
                told[0].ended_at,
                crop.ended_at,
                crop.produced_at,
                decided[crop.event_id].decided_at,
                at,
            )
            took = [(later - earlier).total_seconds() for earlier, later in pairwise(moments)]
            found[member] = {name: round(seconds, 2) for name, seconds in zip(PARTS, took, strict=True)}
    return found


def middle_of(parts: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Return the median and the 95 % quantile of each part."""
    if not parts:
        return {}
    of = {name: np.quantile([one[name] for one in parts.values()], [0.5, 0.95]) for name in PARTS}
    return {name: {"p50": round(float(p50), 2), "p95": round(float(p95), 2)} for name, (p50, p95) in of.items()}
