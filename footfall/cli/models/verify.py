"""``footfall models verify``: whether the packs in place are whole."""

from typing import Annotated

import typer

from faces.errors import ModelError, UnwritableCache
from footfall.cli.models.app import AsJson, answer, models_app
from footfall.exit_codes import ExitCode


@models_app.command()
def verify(
    names: Annotated[list[str] | None, typer.Argument(metavar="[PACK]...", help="Without one: all.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check the files of every pack in place against their checksums, and let its networks answer once.

    Ends with exit code 6 when a pack is damaged, or there is none of a name.
    """
    from faces.packs import in_place, open_pack, pack_names, require_known
    from faces.self_test import self_test

    for name in names or ():
        require_known(name)
    states = {}
    for name in names or pack_names():
        try:
            if in_place(name):
                self_test(open_pack(name))
                states[name] = "whole"
            else:
                states[name] = "not in place"
        except UnwritableCache:  # no fault of the pack
            raise
        except ModelError as error:
            states[name] = f"damaged: {error}"
    answer({"packs": states}, ("pack", "state"), list(states.items()), as_json)
    if any(state.startswith("damaged") for state in states.values()):
        raise typer.Exit(ExitCode.MODEL)
