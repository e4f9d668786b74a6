"""``footfall gallery``: what is known of the visitors' faces, taken over to another model."""

import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from footfall.cli.app import app
from footfall.cli.asked import Config, LogUrl, given
from footfall.cli.identity import DataFolder, Json
from footfall.cli.output import escape, print_json, progress_bar, say
from footfall.exit_codes import ExitCode
from schemas.errors import InputError

if TYPE_CHECKING:
    from evaluation.pictures import Picture
    from footfall.migrating import Migration, Summary

gallery = typer.Typer(name="gallery", help="What is known of the visitors' faces.", no_args_is_help=True)
app.add_typer(gallery)
_FOLLOWS_EVERY_S = 2.0


class _Stopped(Exception):
    """Told to end in the middle."""


@gallery.command()
def migrate(
    *,
    to: Annotated[str, typer.Option("--to", metavar="PACK", help="The pack whose model shall know them.")],
    pictures: Annotated[
        Path | None, typer.Option(help="Folder of the pictures that members were enrolled by, at any depth.")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with whoever comes in, until stopped.")] = False,
    finish: Annotated[
        bool, typer.Option("--finish", help="Erase what other models learnt: when every matcher runs with PACK.")
    ] = False,
    json: Json = False, log: LogUrl = None, data_dir: DataFolder = None, config: Config = None,
) -> None:  # fmt: skip
    """Let another model learn the visitors anew, under their FaceIds, from the pictures there are."""
    from evaluation.pictures import find_pictures
    from faces.pictures import decode_own_picture
    from footfall.config_loading import load_settings
    from footfall.event_logs import open_event_log
    from footfall.identity_office import require_log
    from footfall.logs import configure_logs
    from footfall.migrating import Migration
    from footfall.recognition import reader_of
    from footfall.shutdown import stop_on_signals
    from footfall.wiring import log_url_of, open_pack_for
    from schemas.topics import CROPS, IDENTITY, SIGHTINGS, TEMPLATES

    if finish and (follow or pictures):
        raise InputError("--finish ends a migration: say it alone, when every matcher runs with the new pack")
    asked: dict[str, Any] = {"events": {"url": log}, "data_dir": data_dir, "pack": to}
    settings = load_settings(config, **given(asked))
    configure_logs(level="warning", format=settings.log.format)
    require_log(settings)
    some = [] if pictures is None else find_pictures(pictures)
    with stop_on_signals() as stop, closing(open_event_log(log_url_of(settings))) as events:
        events.require([CROPS, TEMPLATES, IDENTITY, SIGHTINGS])
        pack = open_pack_for(settings, None)
        reader = reader_of(pack, decode_own_picture)
        migration = Migration(events, pack, reader=reader, shots=settings.matcher.min_consistent_shots)
        if finish:
            _finish(migration, pack.name, json=json)
            return
        summary = _carried(migration, some, stop)
        while follow and summary is not None and not stop.wait(_FOLLOWS_EVERY_S):
            summary = _carried(migration, (), stop, quietly=True)
    _tell(summary or migration.summary(), pack.name, json=json)
    if summary is None:
        say("Stopped before the end; the same command takes it up again.")
        raise typer.Exit(ExitCode.INTERRUPTED)


def _carried(
    migration: "Migration", pictures: "tuple[()] | list[Picture]", stop: threading.Event, *, quietly: bool = False
) -> "Summary | None":
    """Return what it came to; None where it was stopped in the middle."""
    with progress_bar() as bar:
        task = bar.add_task("Learning anew", total=len(pictures) + migration.crops(), note="", visible=not quietly)

        def on_record(number: int) -> None:
            if stop.is_set():
                raise _Stopped
            bar.update(task, completed=number)

        try:
            return migration.carry(pictures, on_record)
        except _Stopped:
            return None


def _finish(migration: "Migration", pack: str, *, json: bool) -> None:
    before = migration.carry((), lambda _number: None)
    if not before.carried:
        raise InputError(
            f"nobody is known to pack {pack} yet, so that nothing is erased: run it without --finish first"
        )
    erased = migration.retire()
    if json:
        print_json({"pack": pack, "erased": erased})
    else:
        say(f"{erased} templates of other models are erased; their snapshots are refused and made anew.")


def _tell(summary: "Summary", pack: str, *, json: bool) -> None:
    if json:
        print_json(
            {
                "pack": pack,
                "visitors": summary.visitors,
                "carried": summary.carried,
                "left": summary.left,
                "templates_made": summary.made,
                "members_left": list(summary.members_left),
            }
        )
        return
    say(escape(f"{summary.carried} of {summary.visitors} visitors are known to pack {pack} under their FaceIds."))
    if summary.left:
        say(f"{summary.left} have no picture any more: when they come again, they are somebody new.")
    if summary.members_left:
        say(escape(f"Among them members: {', '.join(summary.members_left)}. --pictures DIR takes them along."))
