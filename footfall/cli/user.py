"""``footfall user``: who may log in to the pages."""

import sys
from typing import Annotated

import typer

from footfall.cli.access import (
    Actor,
    DatabaseUrl,
    DataFolder,
    EveryStore,
    Json,
    RoleName,
    Stores,
    access_store,
    actor_or_login,
    role_of,
)
from footfall.cli.app import app
from footfall.cli.asked import Config
from footfall.cli.output import escape, print_json, say, say_table
from schemas.errors import InputError

user = typer.Typer(
    name="user", help="Who may log in to the pages, as what, and for which stores.", no_args_is_help=True
)
app.add_typer(user)

Name = Annotated[str, typer.Argument(help="The name by which they log in.")]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input, one line, and ask for none.")
]


@user.command()
def add(
    name: Name,
    *,
    role: RoleName, store: Stores = None, every_store: EveryStore = False, password_stdin: FromStdin = False,
    actor: Actor = None, database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """Let somebody log in: a manager or a cashier of some stores, an operator or an admin of all."""
    from analytics.access.accounts import User, in_words
    from analytics.access.passwords import Passwords, require_good
    from analytics.access.roles import OF_PEOPLE, require_name, stores_for
    from footfall.wiring import utc_now

    require_name(name)
    kind = role_of(role, OF_PEOPLE)
    stores = stores_for(kind, store or (), every_store=every_store)
    with access_store(database, data_dir, config, to_be_made=True) as access:
        if access.accounts.password_of(name) is not None:
            raise InputError(f"there is a user {name}: give another name, or `footfall user password {name}`")
        password = _password(from_stdin=password_stdin)
        require_good(name, password)
        made = User(name=name, role=kind, stores=stores, made_at=utc_now())
        access.accounts.add_user(made, Passwords().hash(password), by=actor_or_login(actor))
    say(f"{escape(name)} may log in as {kind} of {escape(in_words(stores))}")


@user.command("list")
def list_users(
    *,
    json: Json = False, database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """List who may log in."""
    from rich.table import Table

    from analytics.access.accounts import in_words

    with access_store(database, data_dir, config) as access:
        users = access.accounts.users()
    if json:
        rows = [
            {
                "name": one.name,
                "role": one.role.value,
                "stores": None if one.stores is None else sorted(one.stores),
                "made_at": one.made_at.isoformat(),
            }
            for one in users
        ]
        print_json({"users": rows})
        return
    if not users:
        say("Nobody may log in yet: footfall user add NAME --role admin")
        return
    table = Table("name", "role", "stores", "since", box=None, pad_edge=False)
    for one in users:
        table.add_row(one.name, one.role, in_words(one.stores), f"{one.made_at:%Y-%m-%d}")
    say_table(table)


@user.command()
def password(
    name: Name,
    *,
    password_stdin: FromStdin = False,
    actor: Actor = None, database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """Give a user another password. Whoever is logged in under it has to log in again."""
    from analytics.access.passwords import Passwords, require_good
    from footfall.wiring import utc_now

    with access_store(database, data_dir, config) as access:
        given = _password(from_stdin=password_stdin)
        require_good(name, given)
        access.accounts.set_password(name, Passwords().hash(given), by=actor_or_login(actor), at=utc_now())
    say(f"{escape(name)} has another password, and is logged out everywhere")


@user.command()
def remove(
    name: Name,
    *,
    actor: Actor = None, database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """Let a user in no more, at once."""
    from footfall.wiring import utc_now

    with access_store(database, data_dir, config) as access:
        access.accounts.remove_user(name, by=actor_or_login(actor), at=utc_now())
    say(f"{escape(name)} may log in no more, and is logged out everywhere")


def _password(*, from_stdin: bool) -> str:
    """Return the password as it is typed, unseen and twice, or from standard input."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise InputError("there is nobody to ask for the password: send it to --password-stdin")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt="The same again", err=True))
