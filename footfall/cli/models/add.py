"""``footfall models add``: brings a pack of the operator's own."""

from pathlib import Path
from typing import Annotated

import typer

from footfall.cli.models.app import AsJson, installed, models_app, show_files
from footfall.cli.models.pull import From
from footfall.cli.output import progress_bar, say


@models_app.command()
def add(
    manifest: Annotated[Path, typer.Argument(help="The pack's TOML manifest; its network lies beside it.")],
    accept_unstated_licence: Annotated[
        bool, typer.Option("--accept-unstated-licence", help="Use weights whose licence nobody states.")
    ] = False,
    accept_non_commercial: Annotated[
        bool, typer.Option("--accept-non-commercial", help="Use weights whose licence does not allow use in trade.")
    ] = False,
    source: From = None,
    as_json: AsJson = False,
) -> None:
    """Check a pack, let its networks answer once, and copy it to the packs of this user.

    docs/models.md says what a manifest holds. With --from, the detector it names is taken from there if need be.
    """
    from faces.packs.add import add as add_pack
    from faces.packs.sources import source_of
    from footfall.config_loading import load_settings
    from footfall.wiring import engine_of, utc_now

    with progress_bar() as bar:
        done = add_pack(
            manifest,
            source_of(source),
            engine=engine_of(load_settings(None)),
            accept_unstated_licence=accept_unstated_licence,
            accept_non_commercial=accept_non_commercial,
            now=utc_now,
            on_file=show_files(bar),
        )
    installed(done, as_json)
    say(f"Next: `footfall models evaluate --pack {done.name}`, then `footfall run --pack {done.name}`.")
