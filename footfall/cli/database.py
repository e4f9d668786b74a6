"""``footfall database``: the tables of the visits, in SQLite or Postgres."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from footfall.cli.app import app
from footfall.cli.output import escape, print_json, say, say_table
from schemas.errors import InputError

if TYPE_CHECKING:
    from sqlalchemy import Engine

database_app = typer.Typer(help="The database of the visits: its tables and what is in them.", no_args_is_help=True)
app.add_typer(database_app, name="database")

Url = Annotated[str | None, typer.Option("--database", metavar="URL", help="The database; without it, the one set.")]
DataFolder = Annotated[Path | None, typer.Option("--data-dir", help="Folder in which the database lies.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
ConfigFile = Annotated[Path | None, typer.Option("--config", help="Settings, a TOML file.")]


@database_app.command()
def upgrade(
    database: Url = None, data_dir: DataFolder = None, config: ConfigFile = None, as_json: AsJson = False
) -> None:
    """Bring the tables to the version of this program. Safe while others are at work, and when two do it at once."""
    from analytics.records.database import upgrade as upgrade_tables
    from analytics.records.database_errors import name_of

    with _engine(database, data_dir, config, to_be_made=True) as engine:
        before, after = upgrade_tables(engine)
        if as_json:
            print_json({"database": name_of(engine), "before": before, "version": after})
            return
        what = f"are of version {after} already" if before == after else f"went from version {before} to {after}"
        say(f"database {escape(name_of(engine))}: its tables {what}")


@database_app.command()
def check(
    database: Url = None, data_dir: DataFolder = None, config: ConfigFile = None, as_json: AsJson = False
) -> None:
    """End with 0 where the database can be reached and has the tables that this program needs; change nothing."""
    from analytics.records.database import require_newest
    from analytics.records.database_errors import name_of
    from analytics.records.schema_version import NEWEST

    with _engine(database, data_dir, config) as engine:
        require_newest(engine)
        if as_json:
            print_json({"database": name_of(engine), "version": NEWEST})
            return
        say(f"database {escape(name_of(engine))}: its tables are those of this program")


@database_app.command()
def describe(
    database: Url = None,
    data_dir: DataFolder = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Say which tables there are, of which version, how many rows they hold and how much room they take."""
    from rich.table import Table

    from analytics.records.inventory import inventory

    with _engine(database, data_dir, config) as engine:
        found = inventory(engine)
    if as_json:
        print_json(found.as_json())
        return
    say(f"database {escape(found.database)}: tables of version {found.version}, this program knows {found.newest}")
    table = Table("table", "rows", "MB with indexes")
    for part in found.tables:
        table.add_row(part.name, str(part.rows), "" if part.size_bytes is None else f"{part.size_bytes / 1e6:.1f}")
    say_table(table)


@contextmanager
def _engine(
    database: str | None, data_dir: Path | None, config: Path | None, *, to_be_made: bool = False
) -> Iterator["Engine"]:
    from analytics.records.database import connect
    from footfall.config_loading import load_settings
    from footfall.databases import database_url_of

    asked: dict[str, Any] = {"database": database, "data_dir": data_dir}
    settings = load_settings(config, **{name: value for name, value in asked.items() if value is not None})
    engine = connect(database_url_of(settings))
    try:
        if not to_be_made and engine.dialect.name == "sqlite":
            _require_file(Path(engine.url.database or ""))
        yield engine
    finally:
        engine.dispose()


def _require_file(file: Path) -> None:
    if not file.is_file():
        raise InputError(f"{file} is not there: footfall run makes it, or name another with --data-dir or --database")
