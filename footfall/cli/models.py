"""``footfall models``: which model packs are there, whether they are whole, and how fast they are here."""

import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from footfall.cli.app import app
from footfall.cli.output import print_json, say, say_table

models_app = typer.Typer(
    help="Model packs: which are there, whether they are whole, how fast they are.", no_args_is_help=True
)
app.add_typer(models_app, name="models")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@models_app.command("list")
def list_packs(as_json: AsJson = False) -> None:
    """List the packs, their licences, and whether their files are in place."""
    from faces.packs import default_pack_name, how_to_get, pack_files, pack_licence, pack_names

    default = default_pack_name()
    packs = {
        name: {
            "licence": pack_licence(name),
            "default": name == default,
            "in_place": all(file.found for file in pack_files(name)),
            "files": {file.name: file.found and str(file.found) for file in pack_files(name)},
        }
        for name in pack_names()
    }
    rows = [
        (name, _yes(facts["default"]), _yes(facts["in_place"]), str(facts["licence"])) for name, facts in packs.items()
    ]
    _answer({"packs": packs}, ("pack", "default", "in place", "licence"), rows, as_json)
    for name in (name for name, facts in packs.items() if not facts["in_place"]):
        say(f"To get {name}: {how_to_get(name)}.")


@models_app.command()
def verify(as_json: AsJson = False) -> None:
    """Check the files of every pack in place against their checksums, and let its networks answer once."""
    from faces.packs import open_pack, pack_files, pack_names
    from faces.self_test import self_test

    states = {}
    for name in pack_names():
        if all(file.found for file in pack_files(name)):
            self_test(open_pack(name))
            states[name] = "whole"
        else:
            states[name] = "not in place"
    _answer({"packs": states}, ("pack", "state"), list(states.items()), as_json)


@models_app.command()
def bench(
    picture: Annotated[Path | None, typer.Option(help="A JPEG to measure on, brought to 640x360.")] = None,
    threads: Annotated[int, typer.Option(min=1, help="Cores one call may use.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Measure every pack in place on a picture of 640x360, by default an empty one.

    "reference" in the JSON is null: face_recognition needs an environment of its own, that of tests/reference.
    """
    from faces.packs import open_pack, pack_files, pack_names
    from faces.speed import measure, picture_to_measure_on

    image = picture_to_measure_on(picture)
    packs = {
        name: {key: round(value, 2) for key, value in asdict(measure(open_pack(name), image, threads=threads)).items()}
        for name in pack_names()
        if all(file.found for file in pack_files(name))
    }
    columns = ("faces", "detect_ms", "embed_ms", "frame_to_embedding_ms", "rss_mb")
    rows = [(name, *(str(figures[column]) for column in columns)) for name, figures in packs.items()]
    facts = {"cpu": platform.processor() or platform.machine(), "threads": threads, "packs": packs, "reference": None}
    _answer(facts, ("pack", *columns), rows, as_json)


def _answer(facts: dict[str, Any], columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], as_json: bool) -> None:
    if as_json:
        print_json(facts)
        return
    table = Table(*columns)
    for row in rows:
        table.add_row(*row)
    say_table(table)


def _yes(fact: object) -> str:
    return "yes" if fact else "no"
