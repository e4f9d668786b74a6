"""``footfall score``: what the pipeline found in a simulated day, held against the truth."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footfall.cli.app import app
from footfall.cli.output import escape, print_json, say

if TYPE_CHECKING:
    from simulator.score import Place, Score


@app.command()
def score(
    truth: Annotated[Path, typer.Option(help="The truth.json of the simulation.")],
    data_dir: Annotated[Path, typer.Option(help="Folder in which the visits lie.")],
    store: Annotated[
        str | None,
        typer.Option(
            help="The store in the data; without it, the one of the truth, which is demo where it was simulated."
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Compare the visits found in a simulated day with the truth."""
    from footfall.scoring import score_data_dir
    from simulator.score import as_json
    from simulator.truth import load_truth

    known = load_truth(truth)
    result = score_data_dir(known, data_dir, store or known.store)
    if json:
        print_json(as_json(result))
    else:
        _print(result)


def _print(result: "Score") -> None:
    say(f"{'':14}truth  measured  error")
    say(f"PV{result.true_pv:17}{result.measured_pv:10}{result.pv_error:+7.1%}")
    say(f"UV{result.true_uv:17}{result.measured_uv:10}{result.uv_error:+7.1%}")
    say(
        f"pair precision {result.pair_precision:.4f}, recall {result.pair_recall:.4f}, false mints {result.false_mints}"
    )
    say(f"{result.assigned} of {result.sightings} sightings show a true visitor")
    if result.sightings and not result.assigned:
        say("None fits the truth: were the films run with their --start and their camera names from truth.json?")
    for name, places in (("missed", result.missed_visits), ("false", result.false_visits)):
        for place in places:
            say(f"{name} visit: {_line(place)}")


def _line(place: "Place") -> str:
    x, y, width, height = place.box
    return escape(
        f"{place.who} at {place.camera}, {place.began_at:%H:%M:%S} to {place.ended_at:%H:%M:%S}, "
        f"box {x:.0f}, {y:.0f}, {width:.0f} x {height:.0f}"
    )
