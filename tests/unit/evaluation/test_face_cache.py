from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from evaluation.face_cache import FaceCache
from evaluation.face_finder import Face
from faces.packs import Pack, open_pack
from faces.ports import Detection
from schemas.errors import StorageError

TODAY = date(2026, 3, 2)
DIGEST = b"the digest of a picture"


@pytest.fixture(scope="module")
def dlib() -> Pack:
    return open_pack("dlib")


def face(number: int) -> Face:
    landmarks = np.arange(10, dtype=np.float32).reshape(5, 2) + number
    detection = Detection(box=(1.5, 2.0, 30.0, 40.0 + number), score=0.9, landmarks=landmarks)
    return Face(detection=detection, embedding=np.full(4, number, dtype=np.float32), portrait=b"jpeg %d" % number)


def kept(pack: Pack, place: Path, *, on: date = TODAY) -> list[Face] | None:
    with FaceCache(pack, today=on, place=place) as cache:
        return cache.faces_of(DIGEST)


def keep(pack: Pack, place: Path, faces: list[Face]) -> None:
    with FaceCache(pack, today=TODAY, place=place) as cache:
        cache.keep(DIGEST, faces)


def test_faces_come_back_as_they_were_seen(tmp_path: Path, dlib: Pack):
    keep(dlib, tmp_path / "faces", [face(1), face(2)])
    back = kept(dlib, tmp_path / "faces")
    assert back is not None
    for seen, known in zip([face(1), face(2)], back, strict=True):
        assert seen.detection.box == known.detection.box
        assert (seen.detection.landmarks == known.detection.landmarks).all()
        assert (seen.embedding == known.embedding).all()
        assert seen.portrait == known.portrait


def test_a_picture_without_a_face_is_known_too(tmp_path: Path, dlib: Pack):
    assert kept(dlib, tmp_path / "faces") is None
    keep(dlib, tmp_path / "faces", [])
    assert kept(dlib, tmp_path / "faces") == []


def test_a_picture_kept_twice_has_its_faces_once(tmp_path: Path, dlib: Pack):
    keep(dlib, tmp_path / "faces", [face(1), face(2)])
    keep(dlib, tmp_path / "faces", [face(3)])
    back = kept(dlib, tmp_path / "faces")
    assert back is not None
    assert [known.portrait for known in back] == [b"jpeg 3"]


@pytest.mark.needs_models
def test_what_one_pack_saw_is_unknown_to_another(tmp_path: Path, dlib: Pack):
    keep(dlib, tmp_path / "faces", [face(1)])
    assert kept(open_pack("retail"), tmp_path / "faces") is None


def test_what_nobody_asked_for_in_a_month_is_erased(tmp_path: Path, dlib: Pack):
    place = tmp_path / "faces"
    keep(dlib, place, [face(1)])
    day = TODAY
    for _ in range(3):  # asked for now and then it stays
        day += timedelta(days=20)
        assert kept(dlib, place, on=day)
    assert b"jpeg 1" in place.read_bytes()
    assert kept(dlib, place, on=day + timedelta(days=31)) is None
    assert b"jpeg 1" not in place.read_bytes()


def test_the_file_is_for_its_owner_alone(tmp_path: Path, dlib: Pack):
    keep(dlib, tmp_path / "faces", [face(1)])
    assert (tmp_path / "faces").stat().st_mode & 0o077 == 0


def test_a_damaged_file_is_made_anew(tmp_path: Path, dlib: Pack):
    (tmp_path / "faces").write_bytes(b"Dear Sir or Madam, this is no database at all.\n" * 100)
    assert kept(dlib, tmp_path / "faces") is None
    keep(dlib, tmp_path / "faces", [face(1)])
    assert kept(dlib, tmp_path / "faces")


def test_a_place_that_cannot_be_written_is_named_with_a_way_out(tmp_path: Path, dlib: Pack):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=r"file/faces: .*--no-cache"):
        kept(dlib, tmp_path / "file" / "faces")
