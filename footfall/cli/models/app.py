"""The group of commands, and how they answer."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.table import Table

from footfall.cli.app import app
from footfall.cli.output import print_json, say_table

models_app = typer.Typer(
    help="Model packs: which are there, whether they are whole, how fast and how right they are.", no_args_is_help=True
)
app.add_typer(models_app, name="models")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def answer(facts: dict[str, Any], columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], as_json: bool) -> None:
    """Print the facts as JSON for programs, or the rows as a table for people."""
    if as_json:
        print_json(facts)
        return
    table = Table(*columns)
    for row in rows:
        table.add_row(*row)
    say_table(table)
