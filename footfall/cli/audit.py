"""``footfall audit``: who did what to users and keys, and who logged in."""

from typing import Annotated

import typer

from footfall.cli.access import DatabaseUrl, DataFolder, Json, access_store
from footfall.cli.app import app
from footfall.cli.asked import Config
from footfall.cli.output import print_json, say, say_table


@app.command()
def audit(
    *,
    limit: Annotated[int, typer.Option(min=1, help="At most so many entries, the last ones.")] = 20,
    json: Json = False, database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """List who did what to users and keys, and who logged in, oldest first."""
    from rich.table import Table

    with access_store(database, data_dir, config) as access:
        entries = access.audit.latest(limit)
    if json:
        rows = [
            {
                "at": one.at.isoformat(),
                "actor": one.actor,
                "action": one.action,
                "subject": one.subject,
                "detail": one.detail,
            }
            for one in entries
        ]
        print_json({"entries": rows})
        return
    if not entries:
        say("Nothing was done to users or keys yet, and nobody logged in")
        return
    table = Table("at", "who", "what", "whom", "", box=None, pad_edge=False)
    for one in entries:
        at = f"{one.at:%Y-%m-%d %H:%M:%S}"
        table.add_row(at, one.actor, one.action, one.subject, one.detail)
    say_table(table)
