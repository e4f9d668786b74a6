"""What the page of a store shows, worked out of what is known. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from analytics.business_time import Interval, business_day
from analytics.cameras import CameraState
from analytics.completeness import union
from analytics.presentation.language import _
from analytics.presentation.page import Fact
from analytics.presentation.wording import duration_text, face_text, number_text, share_text
from analytics.records.repository import SightingChange
from analytics.settings import StoreSettings
from schemas.messages import FILM_ENDED, Coverage, CoverageState, Decision, Phase

SILENT_AFTER = timedelta(minutes=3)

_DAY_PX = 1000.0
_LEAST_PX = 2.0


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A rectangle on a camera's timeline, in thousandths of the day."""

    kind: str
    x: float
    width: float
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraTile:
    """One camera: its state in a word (``kind`` is its look), what it did that day, and when."""

    camera_id: str
    kind: str
    state: str
    facts: tuple[Fact, ...]
    timeline: tuple[Stretch, ...]
    hint: str


def shown_day(span: Interval | None, settings: StoreSettings, now: datetime) -> date:
    """Return the business day a page opens on: today, or the last one of which anything is known."""
    today = business_day(now, settings)
    return today if span is None else min(today, business_day(span[1], settings))


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


def camera_tiles(
    states: Sequence[CameraState],
    coverage: Iterable[Coverage],
    settings: StoreSettings,
    day: Interval,
    now: datetime,
) -> list[CameraTile]:
    """Return a tile for each camera over one business day."""
    by_camera: dict[str, list[Coverage]] = defaultdict(list)
    for stretch in coverage:
        by_camera[stretch.camera_id].append(stretch)
    return [
        _tile(
            state, _timeline(by_camera[state.camera_id], settings, day), settings, live=day[0] <= now < day[1], now=now
        )
        for state in states
    ]


def _kind(phase: Phase, decision: Decision) -> tuple[str, str]:
    if phase is Phase.PROVISIONAL:
        return "provisional", _("coming in")
    if decision is Decision.REJECTED:
        return "rejected", _("not usable")
    return ("new", _("new face")) if decision is Decision.MINTED else ("known", _("seen before"))


def _tile(
    state: CameraState, timeline: tuple[Stretch, ...], settings: StoreSettings, *, live: bool, now: datetime
) -> CameraTile:
    def at(moment: datetime) -> str:
        return f"{moment.astimezone(settings.tz):%H:%M}"

    if state.reason == FILM_ENDED:
        kind, words = "past", _("its film ended at {time}", time=at(state.until))
    elif live and now - state.until > SILENT_AFTER:
        kind, words = "bad", _("no word since {time}", time=at(state.until))
    elif state.state is CoverageState.GAP:
        kind, words = "bad", _("not seeing since {time}", time=at(state.since))
    elif live:
        kind, words = "good", _("seeing since {time}", time=at(state.since))
    else:
        kind, words = "past", _("watched until {time}", time=at(state.until))
    rate = share_text(state.capture_rate)
    seen_until = at(state.seen_until) if state.seen_until else _("never this day")
    return CameraTile(
        camera_id=state.camera_id,
        kind=kind,
        state=words,
        facts=(
            Fact(label=_("Face-capture rate"), value=rate, term="capture rate"),
            Fact(label=_("Face tracks"), value=number_text(state.tracks)),
            Fact(label=_("Frames looked at"), value=number_text(state.frames)),
            Fact(label=_("Frames dropped"), value=number_text(state.dropped)),
            Fact(label=_("Last seen"), value=seen_until),
        ),
        timeline=timeline,
        hint=_hint(state),
    )


def _hint(state: CameraState) -> str:
    """Return the one thing that would help this camera most, if there is one."""
    if state.capture_rate is None or state.capture_rate >= 0.5 or not state.rejected:
        return ""
    gate, count = max(state.rejected.items(), key=lambda item: (item[1], item[0]))
    return _("Most crops are refused for: {gate} ({count}).", gate=gate, count=number_text(count))


def _timeline(coverage: Sequence[Coverage], settings: StoreSettings, day: Interval) -> tuple[Stretch, ...]:
    found = []
    # Gaps come last, so that they are drawn over what was seen: a gap must not be overlooked.
    for state, kind, word in (
        (CoverageState.SEEN, "seen", _("seen")),
        (CoverageState.GAP, "gap", _("not seen")),
    ):
        for began_at, ended_at in union((item.began_at, item.ended_at) for item in coverage if item.state is state):
            first, last = max(began_at, day[0]), min(ended_at, day[1])
            local = [f"{moment.astimezone(settings.tz):%H:%M:%S}" for moment in (first, last)]
            found.append(
                Stretch(
                    kind=kind,
                    x=round(_DAY_PX * ((first - day[0]) / (day[1] - day[0])), 2),
                    width=round(max(_LEAST_PX, _DAY_PX * ((last - first) / (day[1] - day[0]))), 2),
                    says=_(
                        "{word} {first} to {last} ({duration})",
                        word=word,
                        first=local[0],
                        last=local[1],
                        duration=duration_text((last - first).total_seconds()),
                    ),
                )
            )
    return tuple(found)
