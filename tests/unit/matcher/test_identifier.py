"""The matcher's handler on crops whose colour says who it is."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import colour_crops
import numpy as np
import pytest
from colour_crops import BLUE, DARK_BLUE, DARK_RED, GREEN, RED, Colour, face_crop
from hypothesis import given
from hypothesis import strategies as st

from matcher.id_index import IdIndex, folded
from matcher.identifier import Identifier
from matcher.numpy_gallery import NumpyGallery
from matcher.partition_state import PartitionState
from matcher.policy import TOO_FEW_SHOTS
from matcher.presence import Presence
from schemas.errors import InvalidRecord
from schemas.messages import Decision, FaceCrop, IdentityEvent, Message, Phase, Sighting, Template
from schemas.received import Received


class OnePartition(PartitionState):
    """A partition of which the log holds these templates, and whose crops were settled by these sightings."""

    def __init__(self, settled: Iterable[UUID] = (), templates: Iterable[Template] = ()) -> None:
        known = IdIndex()
        for number, event_id in enumerate(settled):
            known.put(folded(event_id), number)
        undecided = [template for template in templates if known.get(folded(template.event_id)) is None]
        super().__init__(settled=known, undecided=undecided, new_gallery=self._open, presence=Presence())
        self._templates = [template for template in templates if template not in undecided]

    def _open(self, store_id: str) -> None:
        self.galleries[store_id] = NumpyGallery()
        for template in self._templates:
            embedding = np.frombuffer(template.embedding, dtype="<f4")
            self.galleries[store_id].add(template.template_id, template.face_id, embedding)


def new_identifier(partition: PartitionState | None = None) -> Identifier:
    partition = partition or OnePartition()
    return colour_crops.new_identifier(lambda number: partition)


def crop(number: int, colours: Sequence[Colour], phase: Phase = Phase.CONFIRMED, detector: str = "any") -> Received:
    message = face_crop(number, colours, phase=phase, detector=detector)
    return Received(message=message, topic="crops", partition=0, offset=number)


def sightings(stages: Sequence[Sequence[Message]]) -> list[Sighting]:
    return [message for message in stages[1] if isinstance(message, Sighting)]


def templates(stages: Sequence[Sequence[Message]]) -> list[Template]:
    return [message for message in stages[0] if isinstance(message, Template)]


def test_a_stranger_is_minted_and_known_when_he_comes_back():
    identifier = new_identifier()
    first, second = sightings(identifier([crop(1, [RED] * 3), crop(2, [RED] * 3)]))
    assert (first.decision, second.decision) == (Decision.MINTED, Decision.MATCHED)
    assert first.face_id == second.face_id
    assert first.shots == 3


def test_the_template_and_the_minting_are_in_an_earlier_stage_than_the_sighting():
    grounds, told = new_identifier()([crop(1, [RED] * 3)])
    assert [type(message) for message in grounds] == [Template, IdentityEvent]
    assert [type(message) for message in told] == [Sighting]


def test_a_track_of_few_shots_is_rejected_with_its_reason_and_leaves_no_template():
    grounds, (sighting,) = new_identifier()([crop(1, [RED] * 2)])
    assert isinstance(sighting, Sighting)
    assert (sighting.decision, sighting.reason, sighting.face_id) == (Decision.REJECTED, TOO_FEW_SHOTS, None)
    assert list(grounds) == []


def test_a_provisional_crop_is_matched_but_never_mints():
    identifier = new_identifier()
    (unknown,) = sightings(identifier([crop(1, [RED], Phase.PROVISIONAL)]))
    (minted,) = sightings(identifier([crop(1, [RED] * 3)]))
    (known,) = sightings(identifier([crop(2, [RED], Phase.PROVISIONAL)]))
    assert unknown.decision is Decision.REJECTED
    assert unknown.sighting_id == minted.sighting_id, "the confirmed sighting replaces the provisional one"
    assert (known.decision, known.face_id) == (Decision.MATCHED, minted.face_id)


def test_the_same_batch_again_gives_the_same_outputs():
    identifier = new_identifier()
    batch = [crop(1, [RED] * 3), crop(2, [BLUE] * 3), crop(3, [RED] * 3)]
    assert identifier(batch) == identifier(batch)


def test_crops_of_another_detector_are_refused_by_name():
    with pytest.raises(InvalidRecord, match="same model pack") as caught:
        new_identifier()([crop(1, [RED] * 3, detector="other")])
    assert caught.value.field == "detector_id"


def test_a_damaged_jpeg_is_an_invalid_record_and_changes_nothing():
    identifier = new_identifier()
    good, bad = crop(1, [RED] * 3), crop(2, [RED] * 3)
    assert isinstance(bad.message, FaceCrop)
    broken = bad.message.shots[0].jpeg[:200]
    object.__setattr__(bad.message.shots[1], "jpeg", broken)
    with pytest.raises(InvalidRecord) as caught:
        identifier([good, bad])
    assert caught.value.field == "shots[1].jpeg"
    (sighting,) = sightings(identifier([good]))
    assert sighting.decision is Decision.MINTED


colours = st.lists(st.sampled_from([RED, BLUE, GREEN, DARK_RED, DARK_BLUE]), min_size=1, max_size=12)


def decisions(found: Sequence[Sighting]) -> list[tuple[UUID, Decision, UUID | None]]:
    return [(sighting.sighting_id, sighting.decision, sighting.face_id) for sighting in found]


@given(colours, st.data())
def test_dying_anywhere_between_template_and_commit_changes_no_decision(people, data):
    crops = [crop(number, [colour] * 3) for number, colour in enumerate(people)]
    undisturbed = decisions(sightings(new_identifier()(crops)))

    committed = data.draw(st.integers(0, len(crops)))
    in_log_templates = data.draw(st.integers(committed, len(crops)))
    in_log_sightings = data.draw(st.integers(committed, in_log_templates))
    before = new_identifier()
    found, kept = [], []
    for received in crops:
        stages = before([received])
        kept.append(templates(stages))
        found.append(sightings(stages)[0])

    settled = {sighting.event_id for sighting in found[:in_log_sightings]}
    in_log = [template for some in kept[:in_log_templates] for template in some]
    after = new_identifier(OnePartition(settled, in_log))
    resumed = found[:in_log_sightings] + sightings(after(crops[committed:]))
    assert decisions(resumed) == undisturbed


def test_an_event_concluded_long_ago_is_passed_over_like_one_that_is_settled():
    identifier = new_identifier()
    first = crop(0, [RED] * 3)
    identifier([first])
    for number in range(1, 5_000, 100):
        identifier([crop(number + more, [BLUE], Phase.PROVISIONAL) for more in range(100)])
    assert list(identifier([first])) == [[], []]


def test_a_sighting_says_how_far_the_face_moved_and_how_alive_its_shots_look_together():
    message = face_crop(1, [RED, RED, RED])
    scored = [replace(shot, liveness=score) for shot, score in zip(message.shots, (0.9, None, 0.3), strict=True)]
    told = Received(message=replace(message, shots=tuple(scored), moved=0.4), topic="crops", partition=0, offset=1)
    (sighting,) = sightings(new_identifier()([told]))
    assert (sighting.moved, sighting.liveness) == (0.4, pytest.approx(0.6))
    (unscored,) = sightings(new_identifier()([crop(2, [RED, RED, RED])]))
    assert (unscored.moved, unscored.liveness) == (None, None)


def test_the_best_shot_of_a_sighting_is_of_whom_most_shots_show():
    message = face_crop(1, [BLUE, RED, RED, RED])
    shots = [
        replace(shot, quality=quality, captured_at=shot.captured_at + timedelta(seconds=number))
        for number, (shot, quality) in enumerate(zip(message.shots, (0.9, 0.8, 0.7, 0.6), strict=True))
    ]
    slipped = replace(message, shots=tuple(shots), ended_at=shots[-1].captured_at)
    stages = new_identifier()([Received(message=slipped, topic="crops", partition=0, offset=1)])
    (sighting,), (template,) = sightings(stages), templates(stages)
    assert (sighting.shots, sighting.quality, sighting.best_shot_at) == (3, 0.8, shots[1].captured_at)
    assert (template.quality, template.captured_at) == (0.8, shots[1].captured_at)
