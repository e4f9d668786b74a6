"""``footfall models remove``: takes a pack away."""

from pathlib import Path
from typing import Annotated

import typer

from footfall.cli.models.app import AsJson, models_app
from footfall.cli.output import escape, print_json, say
from schemas.errors import InputError


@models_app.command()
def remove(
    name: Annotated[str, typer.Argument(metavar="PACK")],
    data_dir: Annotated[Path | None, typer.Option(help="Folder whose visitors may have been learnt by it.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Remove it although it is in use.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete a pack that was pulled or added; with one that was added, the calibration that was measured for it here.

    Refused for the pack by which the visitors in the data directory were learnt, or which the settings name.
    """
    from faces.packs import removal
    from footfall.config_loading import load_settings
    from footfall.packs_in_use import use_of_pack

    settings = load_settings(None, **({} if data_dir is None else {"data_dir": data_dir}))
    if not force and (use := use_of_pack(name, settings)):
        raise InputError(f"pack {name} is in use: {use}; remove it all the same with --force")
    gone = removal.remove(name)
    if as_json:
        print_json({"pack": name, "removed": str(gone.folder), "calibration": gone.calibration})
    else:
        say(f"Pack {escape(name)} is removed from {escape(str(gone.folder))}.")
        if gone.calibration:
            say(f"So is the calibration that was measured for it: {escape(str(gone.calibration))}.")
