"""``footfall models pull``: installs a shipped pack."""

from typing import Annotated

import typer

from footfall.cli.models.app import AsJson, installed, models_app, show_files
from footfall.cli.output import escape, progress_bar, say

From = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="DIR|URL",
        help="A folder or a web address that holds the files, in place of the addresses of the projects.",
    ),
]


@models_app.command()
def pull(name: Annotated[str, typer.Argument(metavar="PACK")], source: From = None, as_json: AsJson = False) -> None:
    """Install a pack: take its files from the projects that publish them, check them, put them into place at once.

    A pull that breaks off is taken up again by the same command.
    """
    from faces.packs import install, pack_licence
    from faces.packs.sources import source_of
    from footfall.wiring import utc_now

    where = source_of(source)
    say(f"Pack {escape(name)} is under {escape(pack_licence(name))}; its files come from {escape(str(where))}.")
    with progress_bar() as bar:
        done = install.pull(
            name,
            where,
            now=utc_now,
            on_file=show_files(bar),
            on_wait=lambda: say(f"Another process is installing {escape(name)}: waiting for it."),
        )
    installed(done, as_json)
