"""``footfall run``: everything in one process."""

import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from footfall.cli.app import app
from footfall.cli.output import escape, print_json, progress_bar, say
from footfall.exit_codes import ExitCode
from schemas.errors import InputError

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    from footfall.config import Settings
    from footfall.wiring import Site
    from ingest.worker import Progress


@app.command()
def run(
    store: Annotated[str | None, typer.Option(help="The store the cameras belong to.")] = None,
    camera: Annotated[
        list[str] | None, typer.Option(metavar="NAME=URL|FILE", help="A camera or a video file; may be repeated.")
    ] = None,
    start: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ISO",
            help="When a file's first picture was taken, by the store's clock unless it ends in an offset from UTC; "
            "one for all, or one each.",
        ),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="End when the files are through, and print the report.")] = False,
    json: Annotated[bool, typer.Option("--json", help="With --once: print the report as one JSON object.")] = False,
    data_dir: Annotated[Path | None, typer.Option(help="Folder for all that is remembered.")] = None,
    database: Annotated[
        str | None, typer.Option(metavar="URL", help="Database for the visits, instead of a file in that folder.")
    ] = None,
    pack: Annotated[str | None, typer.Option(help="Model pack; see `footfall models list`.")] = None,
    host: Annotated[str | None, typer.Option(help="Address of the web page.")] = None,
    port: Annotated[int | None, typer.Option(help="Port of the web page.")] = None,
    config: Annotated[Path | None, typer.Option(help="Settings, a TOML file.")] = None,
) -> None:
    """Watch cameras, count their visitors and show the page; or take files to their end with --once."""
    from footfall.logs import configure_logs
    from footfall.shutdown import stop_on_signals
    from footfall.wiring import open_site

    if json and not once:
        raise typer.BadParameter("the report is printed when the films are through; add --once", param_hint="--json")
    settings = _settings(config, _asked(store, data_dir, database, pack, host, port), camera or [], start or [])
    configure_logs(level=settings.log.level, format=settings.log.format)
    with stop_on_signals() as stop, open_site(settings) as site:
        if once:
            _films(site, stop, json=json)
        else:
            _live(site, stop)


def _films(site: "Site", stop: threading.Event, *, json: bool) -> None:
    from rich.console import Console

    from analytics.render_table import render_table
    from analytics.report import By, build_report, report_json
    from footfall.running import run_films
    from footfall.wiring import new_cameras, utc_now

    if not site.settings.camera:
        raise InputError("there is nothing to watch: name a video file with --camera NAME=FILE")
    with progress_bar() as bar:
        run_films(site, new_cameras(site, stop, show_camera(bar)), stop)
    report = build_report(site.repository, site.settings_of(site.settings.store.id), by=By.DAY, now=utc_now())
    if json:
        print_json(report_json(report))
    else:
        Console().print(render_table(report))
    if stop.is_set():
        say("Stopped before the end; the same command takes it up again.")
        raise typer.Exit(ExitCode.INTERRUPTED)


def _live(site: "Site", stop: threading.Event) -> None:
    from footfall.running import run_cameras
    from footfall.web_server import serving
    from footfall.wiring import new_cameras, spooled

    with spooled(site.settings) as publish, serving(site) as address:
        workers = new_cameras(site, stop, publish=publish)
        say(f"The page is at [bold]{address}[/bold] (Ctrl-C ends)")
        if not workers:
            say("No camera yet: stop this and add one, for example --camera door=rtsp://user:password@192.0.2.7/stream")
        run_cameras(site, workers, stop)


def show_camera(bar: "RichProgress", doing: str = "") -> Callable[["Progress"], None]:
    """Return what keeps a bar for each camera up to date; ``doing`` stands before it in place of the camera's name."""
    tasks: dict[str, TaskID] = {}

    def show(progress: "Progress") -> None:
        camera_id, counts = progress.camera_id, progress.counts
        if camera_id not in tasks:
            tasks[camera_id] = bar.add_task(escape(doing or camera_id), total=1.0, note="")
        note = f"{counts.frames} frames, {counts.tracks} tracks, {counts.usable_tracks} with a usable face"
        bar.update(tasks[camera_id], completed=progress.source.fraction_done or 0.0, note=note)

    return show


def _asked(
    store: str | None, data_dir: Path | None, database: str | None, pack: str | None, host: str | None, port: int | None
) -> dict[str, Any]:
    """Return the settings named on the command line, but for the cameras, as a file would hold them."""
    given: dict[str, Any] = {
        "store": {"id": store},
        "web": {"host": host, "port": port},
        "data_dir": data_dir,
        "database": database,
        "pack": pack,
    }
    without_groups = {
        name: {key: one for key, one in value.items() if one is not None} if isinstance(value, dict) else value
        for name, value in given.items()
    }
    return {name: value for name, value in without_groups.items() if value not in (None, {})}


def _settings(config: Path | None, asked: dict[str, Any], cameras: list[str], starts: list[str]) -> "Settings":
    from footfall.config_loading import load_settings

    if starts and not cameras:
        raise InputError("--start says when the film of a --camera NAME=FILE began, and there is none")
    if not cameras:
        return load_settings(config, **asked)
    zone = load_settings(config, **asked, camera=[]).store.store_settings().tz
    return load_settings(config, **asked, camera=_cameras(cameras, starts, zone))


def _cameras(cameras: list[str], starts: list[str], zone: ZoneInfo) -> list[dict[str, Any]]:
    moments = [_moment(text, zone) for text in starts]
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


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"--start {text} is not a time: write it as 2026-01-05T08:00:00, or with Z for UTC") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
