"""Pictures recognised, and people enrolled by them, over a real log and the pack that comes with the program."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import cv2
import numpy as np
import pytest
from faces_scene import portrait, scene
from picture_files import file_of, turned_jpeg
from recognition_desks import ANNA, Desks, pack, picture_of

from matcher.api.desk import NEARER_TO_ANOTHER_FACE, NOBODY_NEAR_ENOUGH, score
from matcher.api.errors import (
    ErasedVisitor,
    LooksLike,
    MemberTaken,
    NoFace,
    PoorQuality,
    SeveralFaces,
    UnknownVisitor,
    WithoutConsent,
)
from schemas.errors import StorageError
from schemas.messages import IdentityEvent, IdentityKind, Message


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[Desks]:
    with closing(Desks(tmp_path)) as desks:
        yield desks


def test_whoever_was_enrolled_by_one_picture_is_known_on_another(desks: Desks):
    (stranger,) = desks.recognition.recognise(picture_of(0)).faces
    assert (stranger.face_id, stranger.reason, stranger.distance) == (None, NOBODY_NEAR_ENOUGH, None)
    enrolled = desks.enrol(picture_of(0), member_id="card-1", consent=True)
    (known,) = desks.recognition.recognise(picture_of(0, look=1)).faces
    assert (known.face_id, known.member_id, known.reason) == (enrolled.face_id, "card-1", "")
    assert known.distance is not None
    assert known.threshold is not None
    assert known.distance < known.threshold
    assert desks.who_is_on(picture_of(1)) == [None]


def test_two_faces_of_one_picture_are_never_one_person(desks: Desks):
    anna = desks.enrol(picture_of(0)).face_id
    big, small = (cv2.resize(portrait(0), (side, side)) for side in (260, 200))
    image = scene(width=640)
    image[50:310, 20:280] = big
    image[50:250, 400:600] = small
    faces = desks.recognition.recognise(file_of(image, "png")).faces
    assert sorted(str(face.face_id) for face in faces) == sorted([str(anna), "None"])
    assert sorted(face.reason for face in faces) == ["", NEARER_TO_ANOTHER_FACE]
    known, other = sorted(faces, key=lambda face: face.reason)
    assert known.distance is not None
    assert other.distance is not None
    assert known.distance <= other.distance
    assert faces[0].box.width > faces[1].box.width, "the largest first"


def test_a_telephone_held_askew_makes_no_difference(desks: Desks):
    anna = desks.enrol(turned_jpeg(scene(portrait(0), width=520), 6)).face_id
    assert desks.who_is_on(picture_of(0, look=2)) == [anna]


def test_a_picture_without_a_face_shows_nobody(desks: Desks):
    empty = file_of(scene(), "png")
    assert desks.recognition.recognise(empty).faces == []
    for asked in (lambda: desks.recognition.search(empty, 1), lambda: desks.enrol(empty)):
        with pytest.raises(NoFace, match="send one that shows a face"):
            asked()


def test_a_blurred_face_is_nobody_and_is_not_enrolled(desks: Desks):
    desks.enrol(picture_of(0))
    blurred = file_of(cv2.GaussianBlur(scene(portrait(0), width=520), (0, 0), 8), "png")
    (face,) = desks.recognition.recognise(blurred).faces
    assert (face.face_id, face.reason) == (None, "blurred")
    with pytest.raises(PoorQuality, match="blurred"):
        desks.enrol(blurred)


def test_of_several_faces_none_is_enrolled(desks: Desks):
    with pytest.raises(SeveralFaces, match="shows 2 faces"):
        desks.enrol(picture_of(0, 1))
    assert desks.templates() == {}


def test_a_search_lists_the_nearest_and_says_who_it_is(desks: Desks):
    people = [desks.enrol(picture_of(person)).face_id for person in (0, 2, 3)]
    found = desks.recognition.search(picture_of(2, look=1), 2)
    assert [candidate.same for candidate in found.candidates] == [True, False]
    assert found.candidates[0].face_id == people[1]
    assert found.candidates[0].score > 0.5 > found.candidates[1].score


def test_two_pictures_are_one_persons_or_two(desks: Desks):
    same = desks.recognition.verify(picture_of(0), picture_of(0, look=1))
    other = desks.recognition.verify(picture_of(0), picture_of(1))
    assert (same.same, other.same) == (True, False)
    assert same.threshold == other.threshold
    assert same.false_match_rate < other.false_match_rate
    assert 0.0 < score(same.threshold, same.threshold) == 0.5


def test_the_same_picture_sent_twice_changes_nothing(desks: Desks):
    first = desks.enrol(picture_of(0), member_id="card-1", consent=True)
    again = desks.enrol(picture_of(0), member_id="card-1", consent=True)
    assert again == first
    assert len(desks.templates()) == 1
    assert {entry.kind for entry in desks.entries()} == {IdentityKind.MINTED, IdentityKind.BOUND}
    assert len({entry.event_id for entry in desks.entries()}) == 2


@pytest.mark.parametrize("dies_at", [IdentityKind.MINTED, IdentityKind.BOUND])
def test_an_enrolment_cut_short_is_made_good_by_asking_again(tmp_path: Path, dies_at: IdentityKind):
    def cut(message: Message) -> None:
        if isinstance(message, IdentityEvent) and message.kind is dies_at:
            raise StorageError("the power went")

    with closing(Desks(tmp_path, allow=cut)) as dying, pytest.raises(StorageError):
        dying.enrol(picture_of(0), member_id="card-1", consent=True)
    with closing(Desks(tmp_path)) as desks:
        assert len(desks.templates()) == 1, "the template was there before the entries"
        enrolled = desks.enrol(picture_of(0), member_id="card-1", consent=True)
        assert len(desks.templates()) == 1
    with closing(Desks(tmp_path)) as later:
        (face,) = later.recognition.recognise(picture_of(0, look=1)).faces
        assert (face.face_id, face.member_id) == (enrolled.face_id, "card-1")
        assert {entry.face_id for entry in later.entries()} == {enrolled.face_id}


def test_a_template_says_that_it_was_enrolled_from_no_crop(desks: Desks):
    enrolled = desks.enrol(picture_of(0))
    (template,) = desks.templates().values()
    assert (template.template_id, template.face_id) == (enrolled.template_id, enrolled.face_id)
    assert template.enrolled
    assert (template.source_partition, template.source_offset) == (-1, -1)
    assert template.model_id == pack().model_id


def test_a_further_picture_is_a_further_template_of_the_same_visitor(desks: Desks):
    anna = desks.enrol(picture_of(0)).face_id
    added = desks.enrol(picture_of(0, look=1), face_id=anna)
    assert (added.face_id, added.minted) == (anna, False)
    assert [template.face_id for template in desks.templates().values()] == [anna, anna]
    with pytest.raises(UnknownVisitor):
        desks.enrol(picture_of(2), face_id=uuid4())


def test_whoever_is_known_is_not_enrolled_as_somebody_new(desks: Desks):
    anna = desks.enrol(picture_of(0)).face_id
    with pytest.raises(LooksLike, match=f"face_id={anna}") as refused:
        desks.enrol(picture_of(0, look=1))
    assert refused.value.face_id == anna
    bob = desks.enrol(picture_of(3)).face_id
    with pytest.raises(LooksLike):
        desks.enrol(picture_of(0, look=1), face_id=bob)
    assert len(desks.templates()) == 2


def test_a_twin_is_enrolled_when_somebody_says_so_and_the_two_are_kept_apart(desks: Desks):
    anna = desks.enrol(picture_of(0)).face_id
    twin = desks.enrol(picture_of(0, look=1), apart_from=anna).face_id
    assert twin != anna
    assert desks.people.ledger.barred(anna, twin) is not None


def test_a_member_is_bound_with_consent_alone(desks: Desks):
    with pytest.raises(WithoutConsent, match="consent=true"):
        desks.enrol(picture_of(0), member_id="card-1")
    assert desks.templates() == {}
    anna = desks.enrol(picture_of(0)).face_id
    with pytest.raises(WithoutConsent):
        desks.enrolment.bind(anna, "card-1", ANNA, consent=False)
    assert desks.enrolment.bind(anna, "card-1", ANNA, consent=True).changed
    (binding,) = [entry for entry in desks.entries() if entry.kind is IdentityKind.BOUND]
    assert (binding.actor, binding.reason) == ("anna", "with consent; at the counter")


def test_a_member_is_one_visitor_and_a_visitor_one_member(desks: Desks):
    anna, bob = (desks.enrol(picture_of(person)).face_id for person in (0, 3))
    assert desks.enrolment.bind(anna, "card-1", ANNA, consent=True).changed
    assert not desks.enrolment.bind(anna, "card-1", ANNA, consent=True).changed
    for face_id, member in ((bob, "card-1"), (anna, "card-2")):
        with pytest.raises(MemberTaken, match="unbind"):
            desks.enrolment.bind(face_id, member, ANNA, consent=True)
    assert desks.enrolment.bind(anna, "card-1", ANNA, consent=True, tags=["gold"]).tags == ("gold",)
    assert len([entry for entry in desks.entries() if entry.kind is IdentityKind.BOUND]) == 2
    assert desks.enrolment.unbind(anna, ANNA).changed
    assert not desks.enrolment.unbind(anna, ANNA).changed
    assert desks.enrolment.bind(bob, "card-1", ANNA, consent=True).changed


def test_whoever_was_erased_is_nobody_and_may_be_enrolled_anew(desks: Desks):
    anna = desks.enrol(picture_of(0)).face_id
    desks.say(IdentityKind.ERASED, anna)
    assert desks.who_is_on(picture_of(0)) == [None]
    with pytest.raises(ErasedVisitor):
        desks.enrolment.bind(anna, "card-1", ANNA, consent=True)
    again = desks.enrol(picture_of(0))
    assert again.face_id != anna
    assert desks.who_is_on(picture_of(0)) == [again.face_id]
    assert desks.enrol(picture_of(0)) == again


def test_embeddings_in_the_log_are_those_of_the_picture(desks: Desks):
    desks.enrol(picture_of(0))
    (template,) = desks.templates().values()
    assert np.frombuffer(template.embedding, dtype="<f4").shape == (128,)
    assert desks.recognition.search(picture_of(0), 1).candidates[0].distance == pytest.approx(0.0, abs=1e-3)
