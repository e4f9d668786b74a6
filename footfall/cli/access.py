"""What the commands about users, keys and their audit share."""

import getpass
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from footfall.cli.asked import given
from schemas.errors import InputError

if TYPE_CHECKING:
    from analytics.access.roles import Role
    from analytics.access.store import AccessStore
    from analytics.records.repository import VisitRepository
    from footfall.config import Settings

RoleName = Annotated[str, typer.Option("--role", metavar="ROLE", help="What they do.")]
Stores = Annotated[list[str] | None, typer.Option("--store", help="A store of theirs; may be repeated.")]
EveryStore = Annotated[bool, typer.Option("--every-store", help="Every store, also those to come.")]
Actor = Annotated[str | None, typer.Option(help="Who does it; without it, your login name.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
DataFolder = Annotated[Path | None, typer.Option("--data-dir", help="Folder of the database.")]
DatabaseUrl = Annotated[str | None, typer.Option("--database", metavar="URL", help="Database in which they are kept.")]


@contextmanager
def access_store(
    database: str | None, data_dir: Path | None, config: Path | None, *, to_be_made: bool = False
) -> Iterator["AccessStore"]:
    """Open what is kept of access; ``to_be_made`` makes the file of it where there is none yet."""
    with opened_site(database, data_dir, config, to_be_made=to_be_made) as (_, repository):
        yield repository.access


@contextmanager
def opened_site(
    database: str | None, data_dir: Path | None, config: Path | None, *, to_be_made: bool = False
) -> Iterator[tuple["Settings", "VisitRepository"]]:
    """Open the database that is meant, and give the settings too; ``to_be_made`` as above."""
    from footfall.config_loading import load_settings
    from footfall.data_dir import DataDir
    from footfall.databases import open_repository
    from footfall.logs import configure_logs

    asked: dict[str, Any] = {"database": database, "data_dir": data_dir}
    settings = load_settings(config, **given(asked))
    configure_logs(level="warning", format=settings.log.format)
    if settings.database is None:
        folder = DataDir(path=settings.data_dir)
        if to_be_made:
            folder.make()
            folder.prepare_database()
        else:
            folder.require_data()
    with closing(open_repository(settings)) as repository:
        yield settings, repository


def role_of(name: str, among: frozenset["Role"]) -> "Role":
    """Return the role of that name. Raises InputError that lists them for another."""
    for role in among:
        if role.value == name:
            return role
    raise InputError(f"--role {name} is none: give {', '.join(sorted(among))}")


def actor_or_login(actor: str | None) -> str:
    """Return who does it: whoever is named, else whoever is logged in on this machine."""
    return actor or getpass.getuser()
