"""What commands print: one JSON object on standard output where asked for, everything else on standard error."""

import json
import sys
from typing import Any

from rich.console import Console, RenderableType
from rich.markup import escape as escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

_WIDEST = 10_000

_stderr = Console(stderr=True, highlight=False, emoji=False, soft_wrap=True)


def say(text: str) -> None:
    """Print a line for people, with Rich markup, on standard error."""
    _stderr.print(text)


def say_table(table: Table) -> None:
    """Print a table for people on standard error; what does not fit into their terminal is folded, nothing cut off.

    Cells are printed as they are: brackets in them are no markup.
    """
    for column in table.columns:
        column.overflow = "fold"
    _print_whole(table, stderr=True)


def print_for_people(content: RenderableType) -> None:
    """Print on standard output what people asked for, brackets in it as they are."""
    _print_whole(content, stderr=False)


def _print_whole(content: RenderableType, *, stderr: bool) -> None:
    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:  # a file or a pipe is as wide as it takes
        unlimited = console.options.update(max_width=_WIDEST)
        console.width = max(console.width, console.measure(content, options=unlimited).maximum)
    console.print(content)


def print_json(value: Any) -> None:
    """Print one JSON object, and nothing else, on standard output."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write("\n")


def progress_bar() -> Progress:
    """Return a progress bar on standard error, for use as a context manager."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
        console=_stderr,
    )
