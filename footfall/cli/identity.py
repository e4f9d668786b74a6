"""``footfall identity``: who is who, put right by people; the reports follow."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from footfall.cli.app import app
from footfall.cli.asked import Config, LogUrl, given
from footfall.cli.output import escape, print_json, progress_bar, say, say_table
from schemas.errors import InputError

if TYPE_CHECKING:
    from analytics.records.repository import VisitRepository
    from footfall.config import Settings
    from footfall.erasing import Receipt
    from footfall.identity_desk import Answer
    from footfall.identity_lookup import IdentityLookup
    from footfall.identity_office import Office

identity = typer.Typer(
    name="identity",
    help="Who is who: merge, split and mark visitors, and take that back. The reports follow at once.",
    no_args_is_help=True,
)
app.add_typer(identity)

Face = Annotated[str, typer.Argument(metavar="FACEID", help="A FaceId, or its first 8 characters.")]
Other = Annotated[str, typer.Argument(metavar="OTHER", help="Another FaceId.")]
Actor = Annotated[str | None, typer.Option(help="Who says so; without it, your login name.")]
Reason = Annotated[str, typer.Option(help="Why, for whoever reads the ledger later.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
DataFolder = Annotated[Path | None, typer.Option("--data-dir", help="Folder of the log and the database.")]
DatabaseUrl = Annotated[str | None, typer.Option("--database", metavar="URL", help="Database of the visits.")]


@identity.command()
def merge(
    face_id: Face, other: Other, *, actor: Actor = None, reason: Reason = "", json: Json = False, log: LogUrl = None,
    database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """Say that two FaceIds are one person: FACEID stands for OTHER from now on, in every report of any day."""
    with open_office(actor, reason, log, database, data_dir, config) as office:
        _print(office.desk.merge(face_id, other), json)


@identity.command()
def split(
    face_id: Face,
    *,
    sightings: Annotated[
        list[str], typer.Option("--sightings", metavar="IDS", help="Sightings of somebody else, with commas between.")
    ],
    actor: Actor = None, reason: Reason = "", json: Json = False, log: LogUrl = None,
    database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """Give sightings that show somebody else a FaceId of their own; `footfall identity show` lists them."""
    named = [text.strip() for some in sightings for text in some.split(",") if text.strip()]
    if not named:
        raise InputError("--sightings names none: footfall identity show lists those of a visitor")
    with open_office(actor, reason, log, database, data_dir, config) as office:
        _print(office.desk.split(face_id, named), json)


@identity.command("not-the-same")
def not_the_same(
    face_id: Face, other: Other, *, actor: Actor = None, reason: Reason = "", json: Json = False, log: LogUrl = None,
    database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """Say that two FaceIds are not one person: nobody merges them until that is undone."""
    with open_office(actor, reason, log, database, data_dir, config) as office:
        _print(office.desk.not_the_same(face_id, other), json)


@identity.command()
def staff(
    face_id: Face,
    *,
    no_staff: Annotated[bool, typer.Option("--not", help="No staff: count the visits again.")] = False,
    actor: Actor = None, reason: Reason = "", json: Json = False, log: LogUrl = None,
    database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """Leave a visitor who works here out of the counts, of past days too."""
    with open_office(actor, reason, log, database, data_dir, config) as office:
        _print(office.desk.staff(face_id, is_staff=not no_staff), json)


@identity.command()
def static(
    face_id: Face,
    *,
    somebody: Annotated[bool, typer.Option("--not", help="It is somebody: count the visits again.")] = False,
    actor: Actor = None, reason: Reason = "", json: Json = False, log: LogUrl = None,
    database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """Leave a poster, a mannequin or the like out of the counts, of past days too."""
    with open_office(actor, reason, log, database, data_dir, config) as office:
        _print(office.desk.static(face_id, is_static=not somebody), json)


@identity.command()
def bind(
    face_id: Face,
    member: Annotated[str, typer.Argument(metavar="MEMBER", help="The member's id in the shop's own system.")],
    *,
    consent: Annotated[bool, typer.Option("--consent", help="The member agreed to be recognised.")] = False,
    tag: Annotated[
        list[str] | None,
        typer.Option(metavar="TEXT", help="A tag, once for each. Without it they stay; '' takes them away."),
    ] = None,
    actor: Actor = None, reason: Reason = "", json: Json = False, log: LogUrl = None,
    database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """Say which member of the shop a visitor is, with that member's consent, and which tags they have."""
    tags = [one for one in tag if one.strip()] if tag else None
    with open_office(actor, reason, log, database, data_dir, config) as office:
        _print(office.desk.bind(face_id, member, consent=consent, tags=tags), json)


@identity.command()
def unbind(
    face_id: Face, *, actor: Actor = None, reason: Reason = "", json: Json = False, log: LogUrl = None,
    database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """Take back which member a visitor is."""
    with open_office(actor, reason, log, database, data_dir, config) as office:
        _print(office.desk.unbind(face_id), json)


@identity.command()
def erase(
    face_id: Face,
    *,
    visits_too: Annotated[bool, typer.Option("--visits-too", help="Take the visits out of the counts too.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    actor: Actor = None, reason: Reason = "", json: Json = False, log: LogUrl = None,
    database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """Erase what is known of a visitor, for good; past visits go on counting as those of nobody."""
    if sys.stdin.isatty() and not yes:
        typer.confirm(f"Erase {face_id} and all that is one with it? This cannot be undone", abort=True, err=True)
    with open_office(actor, reason, log, database, data_dir, config) as office, progress_bar() as progress:
        task = progress.add_task("Reading templates", total=office.templates(), note="")
        receipt = office.eraser.erase(
            face_id, visits_too=visits_too, on_record=lambda number: progress.update(task, completed=number)
        )
    _print_receipt(receipt, json)


@identity.command()
def undo(
    event: Annotated[str, typer.Argument(metavar="ENTRY", help="An entry's id, or its first 8 characters.")],
    *, actor: Actor = None, reason: Reason = "", json: Json = False, log: LogUrl = None,
    database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """Take an entry of the ledger back; an undoing can be undone too, an erasure cannot."""
    with open_office(actor, reason, log, database, data_dir, config) as office:
        _print(office.desk.undo(event), json)


@identity.command()
def show(
    face_id: Face, *, json: Json = False, log: LogUrl = None,
    database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """Show what is known of a visitor: who stands for whom, visits, sightings, entries of the ledger."""
    with _lookup(log, database, data_dir, config) as lookup:
        known = lookup.known_of(face_id)
    if json:
        print_json(known)
        return
    marks = [f"erased on {known['erased_at']}"] if known["erased_at"] else []
    marks += (
        ["static"] * known["static"]
        + ["staff"] * known["staff"]
        + ([f"member {known['member']}"] if known["member"] else [])
        + ([f"tags: {', '.join(known['tags'])}"] if known["tags"] else [])
    )
    say(f"{known['face_id']}, {escape(', '.join(marks) or 'a visitor')}")
    if known["stands_for"]:
        say(f"stands for {', '.join(known['stands_for'])}")
    if known["not_the_same"]:
        say(f"is not the same as {', '.join(known['not_the_same'])}")
    say(f"visits: {len(known['visits'])}, sightings: {len(known['sightings'])}")
    say_table(table(known["sightings"], ("sighting_id", "store", "camera", "began_at")))
    say_table(table(known["entries"], ("event_id", "kind", "at", "actor", "reason")))


@identity.command()
def history(
    *,
    limit: Annotated[int, typer.Option(min=1, help="At most so many entries, the last ones.")] = 20,
    json: Json = False, log: LogUrl = None,
    database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """List what was said about visitors, oldest first: who, when, why, and whether it was taken back."""
    with _lookup(log, database, data_dir, config) as lookup:
        entries = lookup.history(limit)
    if json:
        print_json({"entries": entries})
    elif entries:
        say_table(table(entries, ("event_id", "kind", "face_id", "other_face_id", "at", "actor", "reason", "undone")))
    else:
        say("Nothing was said about any visitor yet")


@contextmanager
def open_office(
    actor: str | None,
    reason: str,
    log: str | None,
    database: str | None,
    data_dir: Path | None,
    config: Path | None,
) -> Iterator["Office"]:
    """Give the office over the log and database that were asked for."""
    from footfall.event_logs import open_event_log
    from footfall.identity_office import Office, require_log
    from footfall.wiring import log_url_of

    with _records(log, database, data_dir, config) as (settings, repository):
        require_log(settings)
        with closing(open_event_log(log_url_of(settings))) as events:
            yield Office(
                settings=settings, log=events, repository=repository, actor=actor or getpass.getuser(), reason=reason
            )


@contextmanager
def _lookup(
    log: str | None, database: str | None, data_dir: Path | None, config: Path | None
) -> Iterator["IdentityLookup"]:
    from footfall.identity_lookup import IdentityLookup

    with _records(log, database, data_dir, config) as (_, repository):
        yield IdentityLookup(repository)


@contextmanager
def _records(
    log: str | None, database: str | None, data_dir: Path | None, config: Path | None
) -> Iterator[tuple["Settings", "VisitRepository"]]:
    from footfall.config_loading import load_settings
    from footfall.databases import open_repository
    from footfall.identity_office import require_visits
    from footfall.logs import configure_logs

    asked: dict[str, Any] = {"events": {"url": log}, "database": database, "data_dir": data_dir}
    settings = load_settings(config, **given(asked))
    configure_logs(level="warning", format=settings.log.format)
    require_visits(settings)
    with closing(open_repository(settings)) as repository:
        yield settings, repository


def _print(answer: "Answer", json: bool) -> None:
    if json:
        from schemas.codec import to_json

        print_json({"changed": bool(answer.entries), "entries": [to_json(entry) for entry in answer.entries]})
        return
    say(escape(answer.sentence))
    if answer.entries:
        say(f"To take it back: footfall identity undo {str(answer.entries[0].event_id)[:8]}")


def _print_receipt(receipt: "Receipt", json: bool) -> None:
    if json:
        from footfall.identity_office import receipt_json

        print_json(receipt_json(receipt))
        return
    say(f"Erased {', '.join(map(str, receipt.face_ids))}")
    say(f"templates removed: {receipt.templates}, left after a last look: {receipt.templates_left}")
    kept = "taken out of the counts" if receipt.visits_too else "counting on under an id of nobody"
    say(f"visits {kept}: {receipt.visits}, of {receipt.sightings} sightings")
    say(f"snapshots removed on this machine: {len(receipt.snapshots)}")
    say(f"pictures are gone from the log by {receipt.pictures_gone_by:%Y-%m-%d %H:%M} UTC")


def table(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> Any:
    """Return some columns of rows as a table for people, ids cut short."""
    from rich.table import Table

    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(_short(column, row[column]) for column in columns))
    return table


def _short(column: str, value: Any) -> str:
    if value is None:
        return ""
    return str(value)[:8] if column.endswith("_id") else str(value)
