"""``footfall models list`` and ``verify``: which packs are there, and whether they are whole."""

from footfall.cli.models.app import AsJson, answer, models_app
from footfall.cli.output import say


@models_app.command("list")
def list_packs(as_json: AsJson = False) -> None:
    """List the packs, their licences, and whether their files are in place."""
    from faces.packs import default_pack_name, how_to_get, pack_files, pack_licence, pack_names

    default = default_pack_name()
    packs = {
        name: {
            "licence": pack_licence(name),
            "default": name == default,
            "in_place": all(file.found for file in pack_files(name)),
            "files": {file.name: file.found and str(file.found) for file in pack_files(name)},
        }
        for name in pack_names()
    }
    rows = [
        (name, _yes(facts["default"]), _yes(facts["in_place"]), str(facts["licence"])) for name, facts in packs.items()
    ]
    answer({"packs": packs}, ("pack", "default", "in place", "licence"), rows, as_json)
    for name in (name for name, facts in packs.items() if not facts["in_place"]):
        say(f"To get {name}: {how_to_get(name)}.")


@models_app.command()
def verify(as_json: AsJson = False) -> None:
    """Check the files of every pack in place against their checksums, and let its networks answer once."""
    from faces.packs import open_pack, pack_files, pack_names
    from faces.self_test import self_test

    states = {}
    for name in pack_names():
        if all(file.found for file in pack_files(name)):
            self_test(open_pack(name))
            states[name] = "whole"
        else:
            states[name] = "not in place"
    answer({"packs": states}, ("pack", "state"), list(states.items()), as_json)


def _yes(fact: object) -> str:
    return "yes" if fact else "no"
