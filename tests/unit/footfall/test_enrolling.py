"""A folder enrolled: whose each picture is, what came of it, and how it goes on."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest
from recognition_desks import ANNA, Desks, pack, picture_of

from footfall.enrolling import EnrolledFile, FileOutcome, FolderEnrolment
from footfall.folder_enrolment import By, enrolled_in, pictures_by
from schemas.errors import InputError
from schemas.messages import IdentityKind

ENROLLED, IN_THE_LOG, DUPLICATE = FileOutcome.ENROLLED, FileOutcome.IN_THE_LOG, FileOutcome.DUPLICATE


def enrolling(desks: Desks, folder: Path, *, consent: bool = False, by: By = By.FOLDER) -> Iterator[EnrolledFile]:
    enrolment = FolderEnrolment(
        desk=desks.enrolment,
        people=desks.people,
        catch_up=lambda: None,
        enrolled=enrolled_in(desks.log, pack().model_id),
        store_id="shop",
        consent=consent,
        who=ANNA,
    )
    return enrolment.enrol(pictures_by(folder, by))


def outcomes(files: list[EnrolledFile]) -> dict[str, FileOutcome]:
    return {one.file: one.outcome for one in files}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two people with two pictures each."""
    folder = tmp_path / "people"
    for person in (0, 3):
        (folder / f"person-{person}").mkdir(parents=True)
        for look in (0, 1):
            (folder / f"person-{person}" / f"{look}.png").write_bytes(picture_of(person, look=look))
    return folder


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[Desks]:
    with closing(Desks(tmp_path)) as desks:
        yield desks


def test_the_pictures_of_a_folder_are_one_persons(desks: Desks, folder: Path):
    files = list(enrolling(desks, folder, consent=True))
    assert {one.outcome for one in files} == {ENROLLED}
    assert len({one.face_id for one in files}) == 2
    ledger = desks.people.ledger
    assert {one.person: ledger.face_of_member(one.person) for one in files} == {
        one.person: one.face_id for one in files
    }


@pytest.mark.parametrize("done", range(5))
def test_an_interrupted_enrolment_goes_on_where_it_was(tmp_path: Path, folder: Path, done: int):
    with closing(Desks(tmp_path)) as first:
        before = list(islice(enrolling(first, folder), done))
    with closing(Desks(tmp_path)) as second:
        after = list(enrolling(second, folder))
        assert Counter(one.outcome for one in after) == Counter({IN_THE_LOG: done, ENROLLED: 4 - done})
        assert len(second.templates()) == 4
    assert len({one.face_id for one in after}) == 2
    assert {(one.file, one.face_id) for one in before} <= {(one.file, one.face_id) for one in after}


def test_a_picture_added_later_goes_to_the_person_whose_others_are_there(tmp_path: Path, folder: Path, desks: Desks):
    (anna, *_) = enrolling(desks, folder)
    (folder / "person-0" / "!before-the-others.png").write_bytes(picture_of(0, look=2))
    added = next(one for one in enrolling(desks, folder) if one.outcome is ENROLLED)
    assert (added.file, added.face_id) == ("person-0/!before-the-others.png", anna.face_id)


def test_consent_that_comes_later_binds_those_who_are_enrolled(desks: Desks, folder: Path):
    list(enrolling(desks, folder))
    assert desks.people.ledger.face_of_member("person-0") is None
    assert {one.outcome for one in enrolling(desks, folder, consent=True)} == {IN_THE_LOG}
    assert desks.people.ledger.face_of_member("person-0") is not None
    assert len(desks.templates()) == 4


def test_whoever_only_cameras_know_is_enrolled_as_that_visitor(desks: Desks, folder: Path):
    seen = desks.see(3, look=2)
    files = list(enrolling(desks, folder))
    assert {one.face_id for one in files if one.person == "person-3"} == {seen}
    assert {one.outcome for one in files} == {ENROLLED}


def test_who_looks_like_another_person_is_a_duplicate(desks: Desks, folder: Path):
    (folder / "twin").mkdir()
    (folder / "twin" / "look-alike.png").write_bytes(picture_of(0, look=2))
    (folder / "twin" / "the-same-file.png").write_bytes(picture_of(3, look=0))
    for _ in range(2):
        files = {one.file: one for one in enrolling(desks, folder)}
        for name, other in (("look-alike", "person-0"), ("the-same-file", "person-3")):
            twin = files[f"twin/{name}.png"]
            assert (twin.outcome, twin.face_id) == (DUPLICATE, files[f"{other}/0.png"].face_id)
            assert other in twin.said
    assert len(desks.templates()) == 4


def test_a_person_who_was_erased_is_enrolled_anew(desks: Desks, folder: Path, tmp_path: Path):
    anna = next(one.face_id for one in enrolling(desks, folder))
    assert anna is not None
    desks.say(IdentityKind.ERASED, anna)
    again = [one for one in enrolling(desks, folder) if one.person == "person-0"]
    assert {one.outcome for one in again} == {ENROLLED}
    assert anna not in {one.face_id for one in again}


def test_a_file_may_be_named_after_its_person(desks: Desks, tmp_path: Path):
    folder = tmp_path / "flat"
    folder.mkdir()
    for name, person in (("card-4711", 0), ("card-4712", 3)):
        (folder / f"{name}.png").write_bytes(picture_of(person))
    with pytest.raises(InputError, match="--by name"):
        enrolling(desks, folder)
    files = list(enrolling(desks, folder, by=By.NAME, consent=True))
    assert [one.person for one in files] == ["card-4711", "card-4712"]
    assert desks.people.ledger.member_of(files[0].face_id) == "card-4711"
