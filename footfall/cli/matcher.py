"""``footfall matcher``: who is who, in a process of its own."""

from pathlib import Path
from typing import Annotated

import typer

from footfall.cli.app import app
from footfall.cli.asked import Config, HealthHost, HealthPort, LogUrl, given


@app.command()
def matcher(
    *,
    log: LogUrl = None,
    pack: Annotated[str | None, typer.Option(help="Model pack; see `footfall models list`.")] = None,
    state_dir: Annotated[Path | None, typer.Option(help="Folder of the snapshot it starts from.")] = None,
    standby: Annotated[bool, typer.Option("--standby", help="Wait, and take over where nobody is at work.")] = False,
    api_host: Annotated[str | None, typer.Option(help="Address at which recognition is served.")] = None,
    api_port: Annotated[
        int | None, typer.Option(help="Port at which recognition is served; without it, nowhere.")
    ] = None,
    health_host: HealthHost = None,
    health_port: HealthPort = None,
    config: Config = None,
) -> None:
    """Decide who each track is. Several matchers share the stores among themselves."""
    from footfall.config_loading import load_settings
    from footfall.logs import configure_logs
    from footfall.roles.matcher import run_matcher
    from footfall.shutdown import stop_on_signals

    asked = {
        "events": {"url": log},
        "pack": pack,
        "matcher": {"state_dir": state_dir},
        "api": {"host": api_host, "port": api_port},
        "health": {"host": health_host, "port": health_port},
    }
    settings = load_settings(config, **given(asked))
    configure_logs(level=settings.log.level, format=settings.log.format)
    with stop_on_signals() as stop:
        run_matcher(settings, stop, standby=standby)
