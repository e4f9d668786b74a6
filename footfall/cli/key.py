"""``footfall key``: which programs may ask."""

from datetime import timedelta
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

key = typer.Typer(name="key", help="Which programs may ask, as what, for which stores, how long.", no_args_is_help=True)
app.add_typer(key)

_LONGEST_DAYS = 3650


@key.command()
def add(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    *,
    role: RoleName, store: Stores = None, every_store: EveryStore = False,
    days: Annotated[int, typer.Option(min=1, max=_LONGEST_DAYS, help="For how many days it holds.")] = 365,
    json: Json = False,
    actor: Actor = None, database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """Make a key and print it, this once: what is kept is its hash."""
    from analytics.access.accounts import Key, in_words
    from analytics.access.roles import Role, require_name, stores_for
    from analytics.access.tokens import new_key
    from footfall.wiring import utc_now

    require_name(name)
    kind = role_of(role, frozenset(Role))
    stores = stores_for(kind, store or (), every_store=every_store)
    made, now = new_key(), utc_now()
    kept = Key(
        key_id=made.key_id, name=name, role=kind, stores=stores, made_at=now, expires_at=now + timedelta(days=days)
    )
    with access_store(database, data_dir, config, to_be_made=True) as access:
        access.accounts.add_key(kept, made, by=actor_or_login(actor))
    if json:
        print_json({"key_id": made.key_id, "key": made.text, "expires_at": kept.expires_at.isoformat()})
        return
    typer.echo(made.text)
    say(f"Key {made.key_id} lets in as {kind} of {escape(in_words(stores))} until {kept.expires_at:%Y-%m-%d}")
    say("It is not shown again. Send it in the header X-API-Key.")


@key.command("list")
def list_keys(
    *,
    json: Json = False, database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """List all keys, without their secrets, those that hold no more included."""
    from rich.table import Table

    from analytics.access.accounts import in_words
    from footfall.wiring import utc_now

    with access_store(database, data_dir, config) as access:
        keys = access.accounts.keys()
    if json:
        rows = [
            {
                "key_id": one.key_id,
                "name": one.name,
                "role": one.role.value,
                "stores": None if one.stores is None else sorted(one.stores),
                "made_at": one.made_at.isoformat(),
                "expires_at": one.expires_at.isoformat(),
                "revoked_at": None if one.revoked_at is None else one.revoked_at.isoformat(),
            }
            for one in keys
        ]
        print_json({"keys": rows})
        return
    if not keys:
        say("There is no key yet: footfall key add NAME --role manager --every-store")
        return
    now = utc_now()
    table = Table("key", "for", "role", "stores", "holds until", box=None, pad_edge=False)
    for one in keys:
        until = f"{one.expires_at:%Y-%m-%d}{', expired' if one.expires_at <= now else ''}"
        if one.revoked_at is not None:
            until = f"revoked on {one.revoked_at:%Y-%m-%d}"
        table.add_row(one.key_id, one.name, one.role, in_words(one.stores), until)
    say_table(table)


@key.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="KEY", help="The id of a key, as the list shows it.")],
    *,
    actor: Actor = None, database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """Let a key in no more, at once."""
    from footfall.wiring import utc_now

    with access_store(database, data_dir, config) as access:
        revoked = access.accounts.revoke_key(key_id, by=actor_or_login(actor), at=utc_now())
    say(f"Key {escape(key_id)} {'is let in no more' if revoked else 'was revoked before'}")
