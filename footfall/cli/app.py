"""The Typer application and its commands."""

import typer

app = typer.Typer(
    name="footfall",
    help="Turns the cameras at shop doors into honest visitor numbers.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
