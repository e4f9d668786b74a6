"""The lines of the live list, worked out of sightings. Pure."""

from dataclasses import dataclass

from analytics.business_time import business_day
from analytics.presentation.language import _
from analytics.presentation.wording import face_text
from analytics.records.repository import SightingChange
from analytics.settings import StoreSettings
from schemas.messages import Decision, Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class SightingLine:
    """One line of the live list. ``kind`` names its look, ``word`` says the same for those who read."""

    change: int
    sighting_id: str
    day: str
    at: str
    face: str
    face_id: str
    camera: str
    kind: str
    word: str
    counted: bool


def sighting_line(item: SightingChange, settings: StoreSettings) -> SightingLine:
    """Return the line of one sighting, under the FaceId to whose visits it counts now."""
    sighting = item.sighting
    kind, word = _kind(sighting.phase, sighting.decision)
    if kind == "new" and item.visitor != sighting.face_id:
        kind, word = "known", _("seen before")  # who was taken for somebody new has turned out to be somebody known
    return SightingLine(
        change=item.change,
        sighting_id=str(sighting.sighting_id),
        day=business_day(sighting.began_at, settings).isoformat(),
        at=f"{sighting.began_at.astimezone(settings.tz):%H:%M:%S}",
        face=face_text(item.visitor) if item.visitor else "–",
        face_id=str(item.visitor or ""),
        camera=sighting.camera_id,
        kind=kind,
        word=word,
        counted=sighting.phase is Phase.CONFIRMED,
    )


def _kind(phase: Phase, decision: Decision) -> tuple[str, str]:
    if phase is Phase.PROVISIONAL:
        return "provisional", _("coming in")
    if decision is Decision.REJECTED:
        return "rejected", _("not usable")
    return ("new", _("new face")) if decision is Decision.MINTED else ("known", _("seen before"))
