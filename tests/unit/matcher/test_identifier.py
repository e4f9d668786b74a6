"""The matcher's handler on crops whose colour says who it is."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faces.calibration import Calibration
from matcher.identifier import Identifier
from matcher.numpy_gallery import NumpyGallery
from matcher.policy import TOO_FEW_SHOTS, Policy
from matcher.recognition import Recogniser
from schemas import ids
from schemas.errors import InvalidRecord
from schemas.messages import Decision, FaceCrop, IdentityEvent, Message, Phase, Shot, Sighting, Template
from schemas.received import Received

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


ALWAYS_0_3 = Calibration(
    measured_on="nobody",
    groups={"all": ((1e-9, 0.3), (1.0, 0.3 + 1e-9))},
    neighbour_gap=((1e-9, 1.0 + 1e-9), (1.0, 1.0)),
)


class ColourEmbedder:
    """Sees the mean colour of a crop, in units of 100 grey levels."""

    model_id = "colour-v1"
    dim = 3

    def embed(self, aligned: Sequence[np.ndarray]) -> np.ndarray:
        return np.array([image.mean(axis=(0, 1)) / 100 for image in aligned], dtype=np.float32).reshape(-1, 3)


def new_identifier() -> Identifier:
    return Identifier(
        embedder=ColourEmbedder(),
        align=lambda image, landmarks: image,
        recogniser=Recogniser(calibration=ALWAYS_0_3, policy=Policy()),
        detector_id="any",
        new_gallery=lambda dim: NumpyGallery(),
        now=lambda: START,
    )


def shot(colour: tuple[int, int, int], at: datetime) -> Shot:
    _, jpeg = cv2.imencode(".jpg", np.full((32, 32, 3), colour, dtype=np.uint8))
    return Shot(captured_at=at, jpeg=jpeg.tobytes(), box=(0, 0, 9, 9), landmarks=(0.0,) * 10, quality=0.8)


def crop(
    number: int, colours: Sequence[tuple[int, int, int]], phase: Phase = Phase.CONFIRMED, detector: str = "any"
) -> Received:
    began = START + timedelta(minutes=number)
    track = ids.track_id("s", "door", began, number)
    message = FaceCrop(
        event_id=ids.crop_event_id(track, phase),
        track_id=track,
        store_id="s",
        camera_id="door",
        phase=phase,
        began_at=began,
        ended_at=began + timedelta(seconds=4),
        detector_id=detector,
        detections=len(colours),
        shots=tuple(shot(colour, began) for colour in colours),
        produced_at=START,
    )
    return Received(message=message, topic="crops", partition=0, offset=number)


RED, BLUE, GREEN = (0, 0, 200), (200, 0, 0), (0, 200, 0)


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


colours = st.lists(st.sampled_from([RED, BLUE, GREEN, (0, 0, 180), (180, 0, 0)]), min_size=1, max_size=12)


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

    after = new_identifier()
    settled = {sighting.event_id for sighting in found[:in_log_sightings]}
    in_log = [template for some in kept[:in_log_templates] for template in some]
    done = [template for template in in_log if template.event_id in settled]
    after.restore(settled=settled, in_force=done, undecided=[template for template in in_log if template not in done])
    resumed = found[:in_log_sightings] + sightings(after(crops[committed:]))
    assert decisions(resumed) == undisturbed
