"""``footfall ingest``: the cameras of a store, in a process of their own."""

from pathlib import Path
from typing import Annotated

import typer

from footfall.cli.app import app
from footfall.cli.asked import Cameras, Config, HealthHost, HealthPort, LogUrl, Starts, given, load_with_cameras
from footfall.cli.output import progress_bar, say
from footfall.cli.run import show_camera
from footfall.exit_codes import ExitCode


@app.command()
def ingest(
    *,
    log: LogUrl = None,
    store: Annotated[str | None, typer.Option(help="The store the cameras belong to.")] = None,
    camera: Cameras = None,
    start: Starts = None,
    once: Annotated[bool, typer.Option("--once", help="End when the files are through.")] = False,
    spool_dir: Annotated[Path | None, typer.Option(help="Folder for what waits while the log is away.")] = None,
    health_host: HealthHost = None,
    health_port: HealthPort = None,
    config: Config = None,
) -> None:
    """Watch the cameras of one store and put whom they see on the event log."""
    from footfall.logs import configure_logs
    from footfall.roles.ingest import run_ingest
    from footfall.shutdown import stop_on_signals

    asked = {
        "events": {"url": log},
        "store": {"id": store},
        "ingest": {"spool_dir": spool_dir},
        "health": {"host": health_host, "port": health_port},
    }
    settings = load_with_cameras(config, given(asked), camera or [], start or [])
    configure_logs(level=settings.log.level, format=settings.log.format)
    with stop_on_signals() as stop:
        if not once:
            run_ingest(settings, stop, once=False)
            return
        with progress_bar() as bar:
            run_ingest(settings, stop, once=True, on_progress=show_camera(bar))
        if stop.is_set():
            say("Stopped before the end; the same command takes it up again.")
            raise typer.Exit(ExitCode.INTERRUPTED)
