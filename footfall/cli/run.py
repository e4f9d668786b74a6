"""``footfall run``: everything in one process."""

import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footfall.cli.app import app
from footfall.cli.asked import Cameras, Starts, given, load_with_cameras
from footfall.cli.output import escape, print_for_people, print_json, progress_bar, say
from footfall.exit_codes import ExitCode

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    from footfall.site import Site
    from ingest.worker import CameraWorker, Progress


@app.command()
def run(
    store: Annotated[str | None, typer.Option(help="The store the cameras belong to.")] = None,
    camera: Cameras = None,
    start: Starts = None,
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
    from footfall.cameras import require_usable
    from footfall.logs import configure_logs
    from footfall.shutdown import stop_on_signals
    from footfall.site import open_site
    from footfall.store_settings import zone_in_force
    from footfall.watching import require_films

    if json and not once:
        raise typer.BadParameter("the report is printed when the films are through; add --once", param_hint="--json")
    asked = {
        "store": {"id": store},
        "web": {"host": host, "port": port},
        "data_dir": data_dir,
        "database": database,
        "pack": pack,
    }
    settings = load_with_cameras(config, given(asked), camera or [], start or [], zone_in_force)
    configure_logs(level=settings.log.level, format=settings.log.format)
    if once:
        require_films(settings)
    require_usable(settings)  # before a folder is made for what cannot be counted
    with stop_on_signals() as stop, open_site(settings) as site:
        if once:
            _films(site, stop, json=json)
        else:
            _live(site, stop)


def _films(site: "Site", stop: threading.Event, *, json: bool) -> None:
    from analytics.reports.render_table import render_table
    from analytics.reports.report import build_report
    from analytics.reports.report_json import report_json
    from analytics.reports.report_range import By
    from footfall.cameras import new_cameras, publishing
    from footfall.running import run_films
    from footfall.wiring import utc_now

    with progress_bar() as bar:
        workers = new_cameras(site.settings, site.pack, publishing(site.log), stop, show_camera(bar))
        run_films(site, workers, stop)
    counted = site.repository.settings_of(site.settings.store.id)
    report = build_report(site.repository, counted, by=By.DAY, now=utc_now())
    if json:
        print_json(report_json(report))
    else:
        print_for_people(render_table(report))
    if stop.is_set():
        say("Stopped before the end; the same command takes it up again.")
        raise typer.Exit(ExitCode.INTERRUPTED)


def _live(site: "Site", stop: threading.Event) -> None:
    from dataclasses import replace

    from footfall.camera_crew import CameraCrew
    from footfall.camera_desk import CameraDesk
    from footfall.cameras import new_cameras, publishing, spooled
    from footfall.data_dir import DataDir
    from footfall.identity_pages import IdentityPages
    from footfall.outgoing import sending
    from footfall.recognition import Recognition
    from footfall.running import run_cameras
    from footfall.store_settings import set_up_stores
    from footfall.web_server import reaches_beyond, serving
    from footfall.wiring import about, sentence

    recognition = Recognition(site.settings, site.pack, site.log, repository=lambda: site.repository)
    pages = IdentityPages(settings=site.settings, log=site.log, repository=site.repository)
    with spooled(site.settings) as spool, closing(pages), sending(site.settings, site.repository):
        publish = spool or publishing(site.log)
        holder = DataDir(path=site.settings.data_dir).identity()
        crew = CameraCrew(site.settings, site.pack, site.repository, publish, holder=holder)
        workers: list[CameraWorker] = []
        desk = CameraDesk(site.settings, site.repository, fare=crew.fare, workers=lambda: (*workers, *crew.workers()))
        page = serving(
            site.settings,
            site.repository,
            stores=set_up_stores(site.settings),
            footnote=sentence(about(site.pack)),
            tags_of=site.tags_of,
            work=replace(pages.work(), enrol=recognition.enrol),
            cameras=desk.work(),
            api=recognition.api(beyond_this_machine=reaches_beyond(site.settings.web)),
        )
        with page as address:
            workers += new_cameras(site.settings, site.pack, publish, stop)
            say(f"The page is at [bold]{address}[/bold] (Ctrl-C ends)")
            if not workers and not site.repository.cameras.all():
                say(f"No camera yet: add one at {address}cameras/add")
            run_cameras(site, workers, crew, stop, recognition.begin)


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
