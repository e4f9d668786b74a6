"""``footfall identity reconcile`` and ``review``: everybody looked at again together, and what people decide of it."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from footfall.cli.asked import Config, LogUrl
from footfall.cli.identity import Actor, DatabaseUrl, DataFolder, Json, Reason, identity, open_office, table
from footfall.cli.output import escape, print_json, progress_bar, say, say_table
from schemas.errors import InputError

if TYPE_CHECKING:
    from footfall.reconciling import Reconciler
    from matcher.reconciliation.reconcile import Reconciliation

Store = Annotated[str | None, typer.Option(help="Only this store; without it every store, and then the chain.")]
_COLUMNS = ("proposal_id", "kind", "face_id", "other_face_id", "reason")


@identity.command()
def reconcile(
    *,
    store: Store = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    json: Json = False, log: LogUrl = None, database: DatabaseUrl = None, data_dir: DataFolder = None,
    config: Config = None,
) -> None:  # fmt: skip
    """Join FaceIds of one person and part those of two, where that is sure; the rest waits for `review`."""
    from schemas.codec import to_json

    with open_office(None, "", log, database, data_dir, config) as opened:
        reconciler = opened.reconciler()
        found = _looked(reconciler, store)
        if not dry_run:
            found = replace(found, entries=reconciler.make(found.entries))
            opened.keep_error_rates(reconciler.pack)
    if json:
        from footfall.reconciling import proposal_json

        print_json(
            {
                "dry_run": dry_run,
                "entries": [to_json(entry) for entry in found.entries],
                "to_review": [proposal_json(proposal) for proposal in found.to_review],
            }
        )
        return
    joined, parted = (sum(entry.kind == kind for entry in found.entries) for kind in ("merged", "split"))
    say(
        f"{'Would be made' if dry_run else 'Made'}: {joined} merged, {parted} split. For review: {len(found.to_review)}"
    )
    if found.entries:
        rows = [to_json(entry) for entry in found.entries]
        say_table(table(rows, ("event_id", "kind", "face_id", "other_face_id", "reason")))
        if not dry_run:
            say("To take one back: footfall identity undo, and its id")


@identity.command()
def review(
    *,
    accept: Annotated[list[str] | None, typer.Option(metavar="ID", help="Make this proposal, and the next.")] = None,
    refuse: Annotated[list[str] | None, typer.Option(metavar="ID", help="Never propose this one again.")] = None,
    store: Store = None, actor: Actor = None, reason: Reason = "", json: Json = False, log: LogUrl = None,
    database: DatabaseUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """List what is likely but not sure, and decide about it."""
    from footfall.reconciling import named, proposal_json
    from schemas.codec import to_json

    with open_office(actor, reason, log, database, data_dir, config) as opened:
        reconciler = opened.reconciler()
        waiting = _looked(reconciler, store).to_review
        accepted = [named(waiting, text) for text in accept or ()]
        refused = [named(waiting, text) for text in refuse or ()]
        if both := {one.event_id for one in accepted} & {one.event_id for one in refused}:
            raise InputError(f"{min(both)} is to be accepted and refused: say one of them")
        entries = [*map(reconciler.accept, accepted), *map(reconciler.refuse, refused)]
    decided = {one.event_id for one in (*accepted, *refused)}
    left = [proposal_json(one) for one in waiting if one.event_id not in decided]
    if json:
        print_json({"entries": [to_json(entry) for entry in entries], "to_review": left})
        return
    for entry in entries:
        say(f"{escape(entry.kind)} {str(entry.face_id)[:8]} (entry {str(entry.event_id)[:8]})")
    if left:
        say_table(table(left, _COLUMNS))
        say("footfall identity review --accept ID, or --refuse ID; footfall identity show FACEID tells of a visitor")
    else:
        say("Nothing waits for review")


def _looked(reconciler: "Reconciler", store: str | None) -> "Reconciliation":
    with progress_bar() as progress:
        task = progress.add_task("Reading the log", total=reconciler.records(), note="")
        return reconciler.look(store, lambda number: progress.update(task, completed=number))
