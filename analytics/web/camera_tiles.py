"""What is shown of each camera: how it stands, what it saw and when, and what would help it most. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from analytics.business_time import Interval
from analytics.cameras import SILENCE, CameraState, camera_states
from analytics.intervals import Intervals
from analytics.presentation.language import _, later
from analytics.presentation.page import Fact
from analytics.presentation.wording import duration_text, number_text, share_text, weekday_text
from analytics.settings import StoreSettings
from schemas.messages import FILM_ENDED, Coverage, CoverageState

_HINTS: Mapping[str, str] = {
    "too_small": later("Most faces are too small: bring the camera nearer, zoom in, or raise the resolution."),
    "blurred": later("Most faces are blurred: clean the lens, set its focus, or give the door more light."),
    "turned_away": later("Most faces are turned away: hang the camera lower, facing those who come in."),
    "poor_light": later("Most faces are too dark or burnt out: light the door from the front, not from behind."),
    "edge_clip": later(
        "Most faces are cut off by the edge of the picture: aim the camera so that the door is in its middle."
    ),
    "low_score": later(
        "Few faces are clear enough to be sure of: look at the picture of this camera for what hides them."
    ),
    "unlike_a_face": later("Most crops do not look like a face: look for posters, screens or mirrors in the picture."),
}
_OTHERWISE = later("Most faces are refused: look at the picture of this camera.")

_LONG_AGO = timedelta(hours=20)
_DAY_PX = 1000.0
_LEAST_PX = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A rectangle on a camera's timeline, in thousandths of the day."""

    kind: str
    x: float
    width: float
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraTile:
    """One camera: its state in a few words (``kind`` is its look), why, what it did in the window, and when.

    ``reason`` is what the camera's reader says of a gap, as it says it. ``from_time`` and ``to_time`` are the
    ends of the timeline.
    """

    camera_id: str
    kind: str
    state: str
    reason: str
    from_time: str
    to_time: str
    facts: tuple[Fact, ...]
    timeline: tuple[Stretch, ...]
    hint: str


def camera_tiles(
    coverage: Sequence[Coverage], settings: StoreSettings, window: Interval, now: datetime
) -> list[CameraTile]:
    """Return a tile for each camera that said anything in a window, by name."""
    by_camera: dict[str, list[Coverage]] = defaultdict(list)
    for stretch in coverage:
        by_camera[stretch.camera_id].append(stretch)
    return [
        _tile(state, _timeline(by_camera[state.camera_id], settings, window), settings, window, now)
        for state in camera_states(coverage)
    ]


def _tile(
    state: CameraState, timeline: tuple[Stretch, ...], settings: StoreSettings, window: Interval, now: datetime
) -> CameraTile:
    def at(moment: datetime) -> str:
        local = moment.astimezone(settings.tz)
        long_ago = now - moment > _LONG_AGO and window[0] <= now <= window[1]
        return f"{weekday_text(local.weekday(), short=True)} {local:%H:%M}" if long_ago else f"{local:%H:%M}"

    live = window[0] <= now <= window[1]
    if state.reason == FILM_ENDED:
        kind, words = "past", _("its film ended at {time}", time=at(state.until))
    elif live and now - state.until > SILENCE:
        kind, words = "bad", _("no word since {time}", time=at(state.until))
    elif state.state is CoverageState.GAP:
        kind, words = "bad", _("not seeing since {time}", time=at(state.since))
    elif live:
        kind, words = "good", _("seeing since {time}", time=at(state.since))
    else:
        kind, words = "past", _("watched until {time}", time=at(state.until))
    rate = share_text(state.capture_rate)
    seen_until = at(state.seen_until) if state.seen_until else _("never")
    return CameraTile(
        camera_id=state.camera_id,
        kind=kind,
        state=words,
        reason=state.reason if state.state is CoverageState.GAP and kind == "bad" else "",
        from_time=at(window[0]),
        to_time=at(window[1]),
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
    gate, _count = max(state.rejected.items(), key=lambda item: (item[1], item[0]))
    return _(_HINTS.get(gate, _OTHERWISE))


def _timeline(coverage: Sequence[Coverage], settings: StoreSettings, window: Interval) -> tuple[Stretch, ...]:
    found = []
    # Gaps come last, so that they are drawn over what was seen: a gap must not be overlooked.
    for state, kind, word in (
        (CoverageState.SEEN, "seen", _("seen")),
        (CoverageState.GAP, "gap", _("not seen")),
    ):
        told = Intervals.of((item.began_at, item.ended_at) for item in coverage if item.state is state)
        for began_at, ended_at in told.united().moments():
            first, last = max(began_at, window[0]), min(ended_at, window[1])
            local = [f"{moment.astimezone(settings.tz):%H:%M:%S}" for moment in (first, last)]
            found.append(
                Stretch(
                    kind=kind,
                    x=round(_DAY_PX * ((first - window[0]) / (window[1] - window[0])), 2),
                    width=round(max(_LEAST_PX, _DAY_PX * ((last - first) / (window[1] - window[0]))), 2),
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
