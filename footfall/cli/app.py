"""The Typer application and its commands."""

import typer

from footfall.exit_codes import MEANINGS

app = typer.Typer(
    name="footfall",
    epilog="Exit codes: "
    + "; ".join(f"{code} {meaning}" for code, meaning in MEANINGS.items())
    + ". docs/exit-codes.md says more.",
    help="Turns the cameras at shop doors into honest visitor numbers.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
