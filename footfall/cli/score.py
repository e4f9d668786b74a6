"""``footfall score``: what the pipeline found in a simulated day, held against the truth."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footfall.cli.app import app
from footfall.cli.output import escape, print_json, say
from schemas.errors import InputError

if TYPE_CHECKING:
    from simulator.score import Place, Score
    from simulator.truth import Truth


@app.command()
def score(
    truth: Annotated[Path, typer.Option(help="The truth.json of the simulation.")],
    data_dir: Annotated[Path, typer.Option(help="Folder in which the visits lie.")],
    store: Annotated[str | None, typer.Option(help="The store; without it, the one of the truth.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Compare the visits found in a simulated day with the truth."""
    from simulator.score import as_json
    from simulator.truth import load_truth

    known = load_truth(truth)
    result = score_data_dir(known, data_dir, store or known.store)
    if json:
        print_json(as_json(result))
    else:
        _print(result)


def score_data_dir(truth: "Truth", data_dir: Path, store_id: str) -> "Score":
    """Return the score of what a data directory holds of a store. Raises InputError where it holds nothing of it."""
    from analytics.repository import VisitRepository
    from analytics.settings import StoreSettings
    from footfall.data_dir import DataDir
    from simulator.score import FoundVisit
    from simulator.score import score as score_of

    place = DataDir(path=data_dir)
    place.require_data()
    repository = VisitRepository(
        place.database_url, lambda store_id: StoreSettings(store_id=store_id, session_gap=truth.session_gap)
    )
    try:
        if store_id not in repository.stores():
            known = ", ".join(repository.stores()) or "none"
            raise InputError(f"{data_dir}: no store {store_id} was recorded here, but {known}; name one with --store")
        sightings = repository.confirmed_sightings(store_id)
        visits = repository.visits(store_id, datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
    finally:
        repository.close()
    found = [FoundVisit(face_id=visit.face_id, began_at=visit.began_at, ended_at=visit.ended_at) for visit in visits]
    return score_of(truth, sightings, found)


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
