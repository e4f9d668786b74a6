"""``footfall store``: stores set up before anything is seen there."""

from typing import Annotated

import typer

from footfall.cli.access import Actor, DatabaseUrl, DataFolder, Json, actor_or_login, opened_site
from footfall.cli.app import app
from footfall.cli.asked import Config
from footfall.cli.output import escape, print_json, say

store = typer.Typer(name="store", help="Stores, set up before anything is seen there.", no_args_is_help=True)
app.add_typer(store)


@store.command()
def add(
    name: Annotated[str, typer.Argument(help="Its name in reports and pages; it stays.")],
    *,
    zone: Annotated[str, typer.Option(help="Its IANA time zone, such as Europe/Paris.")] = "UTC",
    actor: Actor = None, database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """Set a store up; hours and more are set on the page of settings."""
    from analytics.store_changes import new_store, set_up_store
    from footfall.wiring import utc_now

    with opened_site(database, data_dir, config, to_be_made=True) as (_, repository):
        made = new_store(name, zone, {*repository.set_up(), *repository.stores()})
        set_up_store(repository, made, by=actor_or_login(actor), at=utc_now())
    say(f"Store {escape(name)} is set up. Add a camera: footfall camera add {escape(name)} NAME ADDRESS")


@store.command("list")
def list_stores(
    *,
    json: Json = False, database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """List the stores, whether or not anything was seen there."""
    with opened_site(database, data_dir, config) as (_, repository):
        recorded = set(repository.stores())
        found = [
            (repository.settings_of(one), one in recorded) for one in sorted({*repository.set_up(), *recorded})
        ]  # fmt: skip
    if json:
        rows = [{"store": one.store_id, "zone": one.zone, "recorded": seen} for one, seen in found]
        print_json({"stores": rows})
        return
    for one, seen in found:
        say(f"{escape(one.store_id)}  {one.zone}{'' if seen else '  nothing seen yet'}")
    if not found:
        say("No store yet: footfall store add NAME --zone ZONE")
