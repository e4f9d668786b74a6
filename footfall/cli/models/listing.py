"""``footfall models list``: which packs are there."""

from footfall.cli.models.app import AsJson, answer, models_app
from footfall.cli.output import say


@models_app.command("list")
def list_packs(as_json: AsJson = False) -> None:
    """List the packs, their licences, and whether their files are in place."""
    from faces.packs import default_pack_name, how_to_get, known_pack, pack_files, pack_names, shipped_names

    default, packs, rows = default_pack_name(), {}, []
    for name in pack_names():
        pack, files = known_pack(name), pack_files(name)
        in_place, calibrated = all(file.found for file in files), pack.manifest.calibration is not None
        accepted = pack.record.accepted if pack.record else ()
        packs[name] = {
            "licence": pack.licence,
            "accepted": list(accepted),
            "shipped": name in shipped_names(),
            "default": name == default,
            "in_place": in_place,
            "calibrated": calibrated,
            "model_id": pack.model_id,
            "files": {file.name: file.found and str(file.found) for file in files},
        }
        licence = ", accepted: ".join([pack.licence, *accepted])
        rows.append((name, _yes(name == default), _yes(in_place), _yes(calibrated), licence))
    answer({"packs": packs}, ("pack", "default", "in place", "calibrated", "licence"), rows, as_json)
    for name in (name for name, facts in packs.items() if not facts["in_place"]):
        say(f"To get {name}: {how_to_get(name)}.")


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"
