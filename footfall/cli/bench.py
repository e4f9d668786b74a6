"""``footfall bench``: what parts of the program can do on this machine."""

import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress, TaskID

from footfall.cli.app import app
from footfall.cli.output import print_json, progress_bar, say_table

bench_app = typer.Typer(help="How fast, how right and how large parts of the program are here.", no_args_is_help=True)
app.add_typer(bench_app, name="bench")

# One probe, for example, is told to a microsecond.
_DIGITS = {"n": 0, "recall_at_1": 5, "p50_ms": 3, "p99_ms": 3, "distance_bias": 4, "distance_sd": 4}


@bench_app.command()
def gallery(
    n: Annotated[list[int], typer.Option("--n", min=1000, help="Templates; name several for a table.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object, or for several sizes a list.")
    ] = False,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep each gallery in this folder, and build none that is there already."),
    ] = None,
) -> None:
    """Measure the chain's gallery: what it finds, how fast and in how much memory, filled with invented people.

    docs/gallery.md says what the figures mean. Ten million templates take half an hour and 3 GB.
    """
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # A process for each size, so that each has memory of its own.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as processes:
        figures = [processes.submit(_measured, size, keep).result() for size in n]
    if as_json:
        print_json(figures[0] if len(figures) == 1 else figures)
        return
    from rich.table import Table

    table = Table(*figures[0])
    for row in figures:
        table.add_row(*(f"{value:,}" for value in row.values()))
    say_table(table)


@bench_app.command()
def reports(
    rows: Annotated[int, typer.Option("--rows", min=1000, help="Visits that lie in the database.")],
    database: Annotated[str, typer.Option(metavar="URL", help="An empty database, which is filled and left so.")],
    stores: Annotated[int, typer.Option(min=1, max=1000, help="Stores to which the visits are.")] = 50,
    reuse: Annotated[
        bool, typer.Option("--reuse", help="The database was filled so before: measure it again.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure how soon reports are there over a year's visits, in a database filled with invented ones.

    docs/reports.md says what the figures mean.
    """
    from evaluation.insert_bench import Writers
    from evaluation.reports_bench import bench_reports
    from footfall.config_loading import load_settings
    from footfall.consumer import GARBAGE
    from footfall.databases import database_url_of

    url = database_url_of(load_settings(None, database=database))
    writers = Writers(number=os.cpu_count() or 1, garbage=GARBAGE)
    with progress_bar() as bar:
        shown = _shown(bar, f"{rows:,}")
        figures = asdict(bench_reports(url, rows, stores, reuse=reuse, writers=writers, on_done=shown))
    told = {name: value if name == "rows" else round(value, 1) for name, value in figures.items()}
    _print_figures(told, as_json)


@bench_app.command()
def screens(
    screens: Annotated[int, typer.Option(min=1, help="Cashiers' screens that follow their stores.")] = 500,
    readers: Annotated[int, typer.Option(min=0, help="People who read one report after the other.")] = 50,
    stores: Annotated[int, typer.Option(min=1, max=1000, help="Stores of the chain.")] = 20,
    visits: Annotated[int, typer.Option(min=1000, help="Visits that lie in the database.")] = 50_000,
    seconds: Annotated[float, typer.Option(min=1, help="How long members come in.")] = 30,
    arrivals_per_s: Annotated[float, typer.Option(min=0.1, help="Members who come in, in all stores together.")] = 10,
    pause_s: Annotated[float, typer.Option(min=0, help="How long a reader looks at a report.")] = 0,
    database: Annotated[
        str | None, typer.Option(metavar="URL", help="An empty database, instead of a SQLite file; filled and left so.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure how soon every cashier's screen is told of an arrival, while reports are read, and whether any is lost.

    docs/cashier.md says what the figures mean.
    """
    from evaluation.screens_bench import ScreensLoad, bench_screens
    from footfall.config_loading import load_settings
    from footfall.databases import database_url_of
    from footfall.web_server import TAKES_TURNS_EVERY_S

    load = ScreensLoad(
        screens=screens,
        readers=readers,
        stores=stores,
        visits=visits,
        seconds=seconds,
        arrivals_per_s=arrivals_per_s,
        pause_s=pause_s,
        takes_turns_every_s=TAKES_TURNS_EVERY_S,
    )
    url = None if database is None else database_url_of(load_settings(None, database=database))
    with progress_bar() as bar:
        figures = asdict(bench_screens(load, database=url, on_done=_shown(bar, f"{screens:,} screens")))
    _print_figures(
        {name: value if isinstance(value, int) else round(value, 1) for name, value in figures.items()}, as_json
    )


def _print_figures(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(told)
        return
    from rich.table import Table

    table = Table(*told)
    table.add_row(*(f"{value:,}" for value in told.values()))
    say_table(table)


def _shown(bar: Progress, size: str) -> Callable[[str, int, int], None]:
    """Return what shows each step of a size as a line of a progress bar."""
    tasks: dict[str, TaskID] = {}

    def show(step: str, done: int, total: int) -> None:
        if step not in tasks:
            tasks[step] = bar.add_task(f"{size}: {step}", total=total, note="")
        bar.update(tasks[step], completed=done)

    return show


def _measured(n: int, keep: Path | None) -> dict[str, Any]:
    from tempfile import TemporaryDirectory

    from evaluation.gallery_bench import bench_gallery
    from evaluation.invented_templates import InventedTemplates, shipped_spread
    from footfall.snapshot_file import write_atomically

    with TemporaryDirectory() as folder, progress_bar() as bar:
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
        figures = bench_gallery(
            InventedTemplates(spread=shipped_spread()),
            n,
            keep or Path(folder),
            write_whole=write_atomically,
            on_done=_shown(bar, f"{n:,}"),
            reuse=keep is not None,
        )
    return {
        name: round(value, digits) if (digits := _DIGITS.get(name, 1)) else value
        for name, value in asdict(figures).items()
    }
