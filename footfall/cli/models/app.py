"""The group of commands, and how they answer."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import Progress, TaskID
from rich.table import Table

from footfall.cli.app import app
from footfall.cli.output import escape, print_json, say, say_table

if TYPE_CHECKING:
    from faces.packs.install import Installed

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


def show_files(bar: Progress) -> Callable[[str, int, int | None], None]:
    """Return what keeps a bar for each file of a pack up to date."""
    tasks: dict[str, TaskID] = {}

    def show(name: str, done: int, total: int | None) -> None:
        if name not in tasks:
            tasks[name] = bar.add_task(escape(name), total=total, note="")
        note = f"{done / 1e6:.1f} of {total / 1e6:.1f} MB" if total else f"{done / 1e6:.1f} MB"
        bar.update(tasks[name], completed=done, total=total, note=note)

    return show


def installed(done: "Installed", as_json: bool) -> None:
    """Say, or print as JSON, that a pack is in place."""
    if as_json:
        facts = {"licence": done.licence, "folder": str(done.folder), "files": list(done.files), "anew": done.anew}
        print_json({"pack": done.name, **facts})
    else:
        how = "installed in" if done.anew else "in place already, and whole, in"
        say(f"Pack [bold]{escape(done.name)}[/bold] is {how} {escape(str(done.folder))}.")
