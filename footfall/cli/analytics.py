"""``footfall analytics``: visits and the page, in a process of their own."""

from typing import Annotated

import typer

from footfall.cli.app import app
from footfall.cli.asked import Config, HealthHost, HealthPort, LogUrl, given
from footfall.cli.output import say


@app.command()
def analytics(
    *,
    log: LogUrl = None,
    database: Annotated[str | None, typer.Option(metavar="URL", help="Database in which the visits lie.")] = None,
    host: Annotated[str | None, typer.Option(help="Address of the web page.")] = None,
    port: Annotated[int | None, typer.Option(help="Port of the web page.")] = None,
    health_host: HealthHost = None,
    health_port: HealthPort = None,
    config: Config = None,
) -> None:
    """Record the visits of every store and show the page."""
    from footfall.config_loading import load_settings
    from footfall.logs import configure_logs
    from footfall.roles.analytics import run_analytics
    from footfall.shutdown import stop_on_signals

    asked = {
        "events": {"url": log},
        "database": database,
        "web": {"host": host, "port": port},
        "health": {"host": health_host, "port": health_port},
    }
    settings = load_settings(config, **given(asked))
    configure_logs(level=settings.log.level, format=settings.log.format)
    with stop_on_signals() as stop:
        run_analytics(settings, stop, on_page=lambda address: say(f"The page is at [bold]{address}[/bold]"))
