"""``footfall models list``: which packs are there."""

from typing import Any

from faces.errors import ModelError
from footfall.cli.models.app import AsJson, answer, models_app
from footfall.cli.output import escape, say


@models_app.command("list")
def list_packs(as_json: AsJson = False) -> None:
    """List the packs, their licences, and whether their files are in place."""
    from faces.own_calibration import own_calibration_file
    from faces.packs import default_pack_name, how_to_get, known_pack, pack_files, pack_names, shipped_names

    default, rows = default_pack_name(), []
    packs: dict[str, dict[str, Any]] = {}
    for name in pack_names():
        try:
            pack, files = known_pack(name), pack_files(name)
        except ModelError as error:
            packs[name] = {"default": False, "in_place": False, "damaged": str(error)}
            rows.append((name, "no", "damaged", "", ""))
            continue
        in_place = all(file.found for file in files)
        calibrated = pack.manifest.calibration is not None or own_calibration_file(name).is_file()
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
    for name, facts in packs.items():
        if damage := facts.get("damaged"):
            say(f"Pack {escape(name)} is damaged: {escape(damage)}.")
        elif not facts["in_place"]:
            say(f"To get {escape(name)}: {escape(how_to_get(name))}.")


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"
