"""What several commands are asked for in the same words: cameras, the event log, where their health is told."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from schemas.errors import InputError

if TYPE_CHECKING:
    from footfall.config import Settings

Cameras = Annotated[
    list[str] | None,
    typer.Option("--camera", metavar="NAME=URL|FILE", help="A camera or a video file; may be repeated."),
]
Starts = Annotated[
    list[str] | None,
    typer.Option(
        "--start",
        metavar="ISO",
        help="When a file's first picture was taken, by the store's clock unless it ends in an offset from UTC; "
        "one for all, or one each.",
    ),
]
LogUrl = Annotated[
    str | None,
    typer.Option("--log", metavar="URL", help="The event log, such as kafka://host:9092; else what events.url says."),
]
HealthHost = Annotated[str | None, typer.Option(help="Address at which health and metrics are told.")]
HealthPort = Annotated[int | None, typer.Option(help="Port at which health and metrics are told; without it, none.")]
Config = Annotated[Path | None, typer.Option("--config", help="Settings, a TOML file.")]


def given(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was named on the command line, as a file would hold it: without what was not."""
    without_groups = {
        name: {key: one for key, one in value.items() if one is not None} if isinstance(value, dict) else value
        for name, value in asked.items()
    }
    return {name: value for name, value in without_groups.items() if value not in (None, {})}


def load_with_cameras(
    config: Path | None,
    asked: dict[str, Any],
    cameras: Sequence[str],
    starts: Sequence[str],
    zone_of: Callable[["Settings"], ZoneInfo] = lambda settings: settings.store.store_settings().tz,
) -> "Settings":
    """Return the settings, those asked for above all others. Raises InputError or ConfigError for what cannot be.

    ``zone_of`` gives the zone in which a start is meant that names none.
    """
    from footfall.config_loading import load_settings

    if starts and not cameras:
        raise InputError("--start says when the film of a --camera NAME=FILE began, and there is none")
    if not cameras:
        return load_settings(config, **asked)
    without = load_settings(config, **asked, camera=[])
    return load_settings(config, **asked, camera=_cameras(cameras, starts, lambda: zone_of(without)))


def _cameras(cameras: Sequence[str], starts: Sequence[str], zone_of: Callable[[], ZoneInfo]) -> list[dict[str, Any]]:
    zone = zone_of() if starts else ZoneInfo("UTC")
    moments = [moment_of(text, "--start", zone) for text in starts]
    if len(moments) not in (0, 1, len(cameras)):
        raise InputError(
            f"--start was given {len(moments)} times for {len(cameras)} cameras: give one for all, or one each"
        )
    found = []
    for number, text in enumerate(cameras):
        name, equals, url = text.partition("=")
        if not equals or not name or not url or "://" in name:
            raise InputError("--camera takes NAME=URL or NAME=FILE, for example --camera door=film.mp4")
        one: dict[str, Any] = {"name": name, "url": url}
        if moments:
            one["start"] = moments[number % len(moments)]
        found.append(one)
    return found


def moment_of(text: str, option: str, zone: ZoneInfo) -> datetime:
    """Return the moment that an option names, by the clock of ``zone`` unless it says otherwise. Raises InputError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(
            f"{option} {text} is not a time: write it as 2026-01-05T08:00:00, or with Z for UTC"
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
