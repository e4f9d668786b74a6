"""``footfall identity reconcile`` and ``review`` as they are typed, on the files of one machine."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from known_visitors import Seen
from typer.testing import CliRunner

from analytics.records.repository import VisitRepository
from analytics.settings import StoreSettings
from faces.packs import open_pack
from footfall.cli import app
from footfall.config_loading import load_settings
from footfall.data_dir import DataDir
from footfall.event_logs import open_event_log
from footfall.identity_desk import IdentityDesk
from footfall.publisher import Publisher
from footfall.reconciling import Reconciler
from footfall.wiring import utc_now
from matcher.reconciliation.proposals import parting
from schemas.errors import InputError
from schemas.event_log import EventLog
from schemas.topics import TOPICS

ANN, ANN_AGAIN, BEN, BEN_PERHAPS = (UUID(int=number << 96) for number in (1, 2, 3, 4))
SURE, PERHAPS = (open_pack("dlib").calibration.loosest_threshold_for(fmr) for fmr in (1e-9, 1e-4))


class Shop:
    """A data directory in which Ann is known twice for sure, Ben perhaps, and forty others once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with self.opened() as (log, kept):
            log.create(TOPICS)
            publisher = Publisher(log)
            seen = visitors()
            for message in (*seen.templates, *seen.sightings):
                publisher.publish(message)
            publisher.flush()
            kept.record(seen.sightings)

    @contextmanager
    def opened(self) -> Iterator[tuple[EventLog, VisitRepository]]:
        place = DataDir(path=self._folder)
        with (
            closing(open_event_log(place.log_url)) as log,
            closing(VisitRepository(place.database_url, lambda store: StoreSettings(store_id=store))) as kept,
        ):
            yield log, kept

    def identity(self, *arguments: str) -> Any:
        done = CliRunner().invoke(
            app, ["identity", *arguments, "--json", "--data-dir", str(self._folder)], catch_exceptions=False
        )
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    def uv(self) -> int:
        done = CliRunner().invoke(app, ["report", "--json", "--data-dir", str(self._folder), "--store", "a"])
        return int(json.loads(done.stdout)["uv"])


def visitors() -> Seen:
    """Faces as the dlib pack gives them: strangers are 0.8 apart."""
    rng = np.random.default_rng(3)
    seen = Seen(model_id=open_pack("dlib").model_id)

    def face(beside: Any = None, apart: float = 0.0) -> Any:
        drawn = rng.standard_normal(128)
        drawn /= np.linalg.norm(drawn)
        return (0.8 / np.sqrt(2) * drawn if beside is None else beside + apart * drawn).astype(np.float32)

    ann, ben = face(), face()
    for number, (face_id, embedding) in enumerate(
        [(ANN, ann), (ANN_AGAIN, face(ann, SURE)), (BEN, ben), (BEN_PERHAPS, face(ben, PERHAPS))]
        + [(UUID(int=number << 64), face()) for number in range(5, 45)]
    ):
        seen.add(number, face_id, embedding, minutes=10.0 * number)
    return seen


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_what_is_sure_is_made_once_and_what_is_likely_waits(shop: Shop):
    dry = shop.identity("reconcile", "--dry-run")
    assert shop.uv() == 44

    made = shop.identity("reconcile")

    assert [one["event_id"] for one in made["entries"]] == [one["event_id"] for one in dry["entries"]]
    assert [(one["kind"], one["face_id"], one["actor"]) for one in made["entries"]] == [
        ("merged", str(ANN), "reconciliation")
    ]
    assert shop.uv() == 43
    again = shop.identity("reconcile")
    assert again["entries"] == []
    assert again["to_review"] == made["to_review"]
    (waiting,) = made["to_review"]
    assert (waiting["face_id"], waiting["other_face_id"]) == (str(BEN), str(BEN_PERHAPS))
    assert 0.95 <= waiting["confidence"] < 0.995
    assert shop.identity("review") == {"entries": [], "to_review": [waiting]}


def test_an_accepted_proposal_is_made_by_who_accepts_it(shop: Shop):
    shop.identity("reconcile")
    (waiting,) = shop.identity("review")["to_review"]

    told = shop.identity("review", "--accept", waiting["proposal_id"][:8], "--actor", "eve", "--reason", "same scar")

    (entry,) = told["entries"]
    assert (entry["kind"], entry["actor"], entry["reason"]) == ("merged", "eve", "same scar")
    assert told["to_review"] == []
    assert shop.uv() == 42


def test_a_refused_proposal_is_never_made_again_even_when_nothing_else_is_known(shop: Shop):
    (waiting,) = shop.identity("review")["to_review"]

    (entry,) = shop.identity("review", "--refuse", waiting["proposal_id"])["entries"]

    assert entry["kind"] == "not_the_same"
    assert shop.identity("review")["to_review"] == []
    assert len(shop.identity("reconcile")["entries"]) == 1
    assert shop.uv() == 43


def test_a_refused_parting_leaves_who_is_who_and_is_known_from_then_on(shop: Shop):
    with shop.opened() as (log, kept):
        desk = IdentityDesk(log=log, repository=kept, actor="eve", reason="a mirror", now=utc_now)
        pack = open_pack("dlib")
        reconciler = Reconciler(log=log, desk=desk, pack=pack, matcher=load_settings(None).matcher)
        proposal = parting(ANN, (visitors().sightings[0].track_id,), confidence=0.97, why="nearer to another")

        undoing = reconciler.refuse(proposal)

        assert (undoing.kind, undoing.actor, undoing.reason) == ("undone", "eve", "a mirror")
        assert desk.ledger.is_undone(proposal.event_id)
        assert desk.ledger.moved_sightings() == {}


def test_a_merge_that_was_taken_back_stays_so(shop: Shop):
    (entry,) = shop.identity("reconcile")["entries"]
    shop.identity("undo", entry["event_id"])

    assert shop.identity("reconcile")["entries"] == []
    assert shop.uv() == 44


def test_what_cannot_be_is_refused_with_what_to_do(shop: Shop):
    (waiting,) = shop.identity("review")["to_review"]
    proposal = waiting["proposal_id"]
    with pytest.raises(InputError, match=r"no visitor of store nowhere is known here, but of: a; name one with"):
        shop.identity("reconcile", "--store", "nowhere")
    with pytest.raises(InputError, match=r"abcd: names no single proposal .* footfall identity review lists them"):
        shop.identity("review", "--accept", "abcd")
    with pytest.raises(InputError, match="is to be accepted and refused: say one of them"):
        shop.identity("review", "--accept", proposal, "--refuse", proposal)
    assert shop.identity("review")["to_review"] == [waiting]
