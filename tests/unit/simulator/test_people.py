import numpy as np
import pytest

from faces.packs import open_pack
from schemas.errors import InputError
from simulator.face_space import shipped_face_space, to_row
from simulator.people import PicturedPeople, invent_people, pictured_people


def difference(one, other):
    return np.abs(one.astype(int) - other).mean()


def test_a_person_looks_alike_on_every_visit_and_unlike_everyone_else():
    people = invent_people(shipped_face_space(), 6, np.random.default_rng(1))
    first = [people.portraits(person, 0)[0] for person in range(6)]
    again = [people.portraits(person, 1)[0] for person in range(6)]
    for person in range(6):
        own = difference(first[person], again[person])
        assert 0 < own < min(difference(first[person], again[other]) for other in range(6) if other != person) / 2


def test_a_visit_always_shows_the_same_look():
    people = invent_people(shipped_face_space(), 1, np.random.default_rng(1))
    assert np.array_equal(people.portraits(0, 3)[0], people.portraits(0, 3)[0])


def test_a_portrait_survives_the_way_through_the_face_space():
    space = shipped_face_space()
    look = space.person(np.random.default_rng(2))
    back = (to_row(space.portrait(look)) - space.mean) @ space.components.T / space.deviations
    assert np.corrcoef(back[:50], look[:50])[0, 1] > 0.95


@pytest.mark.parametrize(("pictures", "a_visit"), [(1, 1), (2, 2), (3, 2), (4, 2), (5, 2), (6, 3), (20, 4)])
def test_a_visit_shows_several_pictures_and_the_next_visit_others_as_long_as_there_are_any(pictures, a_visit):
    own = [np.full((2, 2, 3), number, dtype=np.uint8) for number in range(pictures)]
    people = PicturedPeople(names=["someone"], pictures=[own])
    first, second = ([int(picture[0, 0, 0]) for picture in people.portraits(0, visit)] for visit in (0, 1))
    assert len(first) == len(second) == a_visit
    assert len(set(first)) == a_visit
    assert len(set(first) & set(second)) == max(2 * a_visit - pictures, 0)


def test_a_folder_with_too_few_faces_is_refused_with_how_many_there_are(tmp_path):
    (tmp_path / "nobody").mkdir()
    (tmp_path / "nobody" / "broken.jpg").write_bytes(b"not a picture")
    with pytest.raises(InputError, match="0 of its 1 folders hold a picture with a usable face, 2 people"):
        pictured_people(tmp_path, 2, open_pack("dlib"), np.random.default_rng(1))


@pytest.mark.needs_data
def test_real_people_are_taken_from_a_folder_of_folders_each_with_own_pictures(data_dir):
    people = pictured_people(data_dir / "casia_facev5_40" / "images", 2, open_pack("dlib"), np.random.default_rng(1))
    assert len(people.names) == 2
    assert all(len(own) >= 3 for own in people.pictures)
    assert {picture.shape for own in people.pictures for picture in own} == {(256, 256, 3)}
