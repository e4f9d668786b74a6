"""``footfall enrol``: a folder of pictures of people who are to be known."""

import getpass
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from footfall.cli.app import app
from footfall.cli.asked import Config, LogUrl, given
from footfall.cli.output import escape, print_json, progress_bar, say
from footfall.exit_codes import ExitCode

if TYPE_CHECKING:
    from footfall.enrolling import EnrolledFile


@app.command()
def enrol(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of pictures, at any depth.")],
    *,
    by: Annotated[
        Literal["name", "folder"],
        typer.Option(help="Whose picture it is: named by the file, or by the folder it lies in."),
    ],
    consent: Annotated[
        bool,
        typer.Option(
            "--consent", help="All of them agreed to be recognised: bind each to the member of that name."
        ),
    ] = False,
    store: Annotated[str | None, typer.Option(help="The store they are enrolled in; every store knows them.")] = None,
    pack: Annotated[str | None, typer.Option(help="Model pack; see `footfall models list`.")] = None,
    actor: Annotated[str | None, typer.Option(help="Who says so; without it, your login name.")] = None,
    reason: Annotated[str, typer.Option(help="Why, for whoever reads the ledger later.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    log: LogUrl = None,
    data_dir: Annotated[Path | None, typer.Option("--data-dir", help="Folder of the log.")] = None,
    config: Config = None,
) -> None:  # fmt: skip
    """Enrol people by their pictures: one face on each. May be interrupted, and run again on more of them."""
    from footfall.config_loading import load_settings
    from footfall.data_dir import DataDir
    from footfall.event_logs import open_event_log
    from footfall.folder_enrolment import By, folder_enrolment, pictures_by
    from footfall.logs import configure_logs
    from footfall.shutdown import stop_on_signals
    from footfall.wiring import log_url_of, open_pack_for
    from matcher.api.enrolment import Who
    from schemas.topics import IDENTITY, TEMPLATES

    asked: dict[str, Any] = {"events": {"url": log}, "data_dir": data_dir, "store": {"id": store}, "pack": pack}
    settings = load_settings(config, **given(asked))
    configure_logs(level="warning", format=settings.log.format)
    pictures = pictures_by(folder, By(by))
    if settings.events.url is None:
        DataDir(path=settings.data_dir).make()
    who = Who(actor=actor or getpass.getuser(), reason=reason)
    done: list[EnrolledFile] = []
    with stop_on_signals() as stop, closing(open_event_log(log_url_of(settings))) as events, progress_bar() as bar:
        events.require([TEMPLATES, IDENTITY])
        opened = open_pack_for(settings, events)
        task = bar.add_task("Enrolling", total=len(pictures), note="")
        with folder_enrolment(settings, opened, events, consent=consent, who=who) as enrolment:
            for one in enrolment.enrol(pictures):
                done.append(one)
                bar.update(task, advance=1, note=_progress(done))
                if one.said:
                    say(escape(f"{one.file}: {one.outcome.replace('_', ' ')}: {one.said}"))
                if stop.is_set():
                    break
        stopped = len(done) < len(pictures)
    _print(done, opened.name, consent=consent, json=json)
    if stopped:
        say("Stopped before the end; the same command takes it up again.")
        raise typer.Exit(ExitCode.INTERRUPTED)
    if not any(one.is_done for one in done):
        raise typer.Exit(ExitCode.BAD_INPUT)


def _progress(done: Sequence["EnrolledFile"]) -> str:
    fit = sum(one.is_done for one in done)
    return f"{fit} known, {len(done) - fit} not"


def _counted(done: Sequence["EnrolledFile"]) -> str:
    counts = Counter(one.outcome for one in done)
    return ", ".join(f"{number} {outcome.replace('_', ' ')}" for outcome, number in counts.items())


def _print(done: Sequence["EnrolledFile"], pack: str, *, consent: bool, json: bool) -> None:
    if json:
        files = [
            {
                "file": one.file,
                "person": one.person,
                "outcome": one.outcome,
                "face_id": None if one.face_id is None else str(one.face_id),
                "said": one.said,
            }
            for one in done
        ]
        print_json({"pack": pack, "counts": Counter(one.outcome for one in done), "files": files})
        return
    people = {one.person for one in done if one.is_done}
    say(escape(f"{len(people)} people of {len({one.person for one in done})}: {_counted(done)}"))
    if not consent:
        say("Nobody was bound to a member; --consent says that they agreed to it")
