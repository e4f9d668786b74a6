"""What a data directory holds, held against the truth of a simulated day."""

from pathlib import Path

from analytics.records.repository import VisitRepository
from analytics.settings import StoreSettings
from analytics.visits import visits_of
from footfall.data_dir import DataDir
from schemas.errors import InputError
from simulator.score import FoundVisit, Score
from simulator.score import score as score_of
from simulator.truth import Truth


def score_data_dir(truth: Truth, data_dir: Path, store_id: str) -> Score:
    """Return the score of what a data directory holds of a store. Raises InputError where it holds nothing of it."""

    place = DataDir(path=data_dir)
    place.require_data()
    repository = VisitRepository(place.database_url, lambda store_id: StoreSettings(store_id=store_id))
    try:
        if store_id not in repository.stores():
            known = ", ".join(repository.stores()) or "none"
            raise InputError(f"{data_dir}: no store {store_id} was recorded here, but {known}; name one with --store")
        sightings = repository.confirmed_sightings(store_id)
        # By the session gap of the truth, whatever the store's is: what is kept stays as it is.
        visits = visits_of(sightings, session_gap=truth.session_gap, ledger=repository.identities.ledger())
    finally:
        repository.close()
    found = [FoundVisit(face_id=visit.face_id, began_at=visit.began_at, ended_at=visit.ended_at) for visit in visits]
    return score_of(truth, sightings, found)
