"""Cameras that are added while the program runs: tested first, followed, left, and their passwords told to nobody."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from clips import even_times_s, numbered, write_clip

from analytics.records.kept_cameras import KeptCamera
from analytics.records.repository import VisitRepository
from analytics.settings import StoreSettings
from faces.packs import open_pack
from faces.pictures import decode_picture
from footfall.camera_crew import CameraCrew
from footfall.camera_desk import CameraDesk
from footfall.config import Settings
from footfall.config_loading import load_settings
from schemas.errors import InputError, StorageError
from schemas.messages import Coverage, FaceCrop

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
NOWHERE = "rtsp://anna:very-secret@127.0.0.1:9/door"


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[VisitRepository]:
    url = f"sqlite:///{tmp_path / 'visits.sqlite'}"
    with closing(VisitRepository(url, lambda store: StoreSettings(store_id=store))) as opened:
        yield opened


@pytest.fixture
def film(tmp_path: Path) -> Path:
    times_s = even_times_s(60)
    pictures = [numbered(number, width=960, height=540) for number in range(len(times_s))]
    return write_clip(tmp_path / "door.mp4", times_s, pictures=pictures)


def settings_of(tmp_path: Path, **more: object) -> Settings:
    return load_settings(None, data_dir=tmp_path, **more)


def kept(address: str, *, store: str = "harbour", name: str = "door", at: datetime = START) -> KeptCamera:
    return KeptCamera(
        store_id=store, camera_id=name, address=address, shown_as="shown", start=START, kept_at=at
    )  # fmt: skip


def until(holds: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end_s
        time.sleep(0.05)


def test_a_film_that_gives_a_picture_is_kept_once_it_was_seen(tmp_path: Path, repository: VisitRepository, film: Path):
    desk = CameraDesk(settings_of(tmp_path), repository)
    tried = desk.try_out("harbour", " door ", f" {film} ", START)
    assert (tried.camera_id, tried.is_film, tried.width_px, tried.height_px) == ("door", True, 960, 540)
    assert decode_picture(tried.picture).shape[1] == 480
    assert repository.cameras.all() == []
    desk.keep(tried.ticket, "olga")
    (camera,) = repository.cameras.all()
    assert (camera.store_id, camera.address, camera.start) == ("harbour", str(film), START)
    (entry,) = repository.access.audit.latest(1)
    assert (entry.actor, entry.action, entry.subject) == ("olga", "camera add", "harbour/door")
    with pytest.raises(InputError, match="test it again"):
        desk.keep(tried.ticket, "olga")


def test_a_ticket_holds_for_a_quarter_of_an_hour(tmp_path: Path, repository: VisitRepository, film: Path):
    clock = [START]
    desk = CameraDesk(settings_of(tmp_path), repository, now=lambda: clock[0])
    ticket = desk.try_out("harbour", "door", str(film), START).ticket
    clock[0] += timedelta(minutes=16)
    with pytest.raises(InputError, match="test it again"):
        desk.keep(ticket, "olga")
    assert repository.cameras.all() == []


@pytest.mark.parametrize(
    ("name", "address", "says"),
    [
        ("door", "nowhere.mp4", "there is no such file"),
        ("door", "http://192.0.2.7/x", "not a kind of camera known here"),
        ("door", "", "address"),
        ("a/b", "door.mp4", "name"),
        ("", "door.mp4", "name"),
        ("back", "nowhere.mp4", "one of the configuration"),
        ("door", NOWHERE, "nothing listens on port 9"),
        ("door", "anna:very-secret@192.0.2.7:554/stream", "write rtsp:// before it"),
    ],
)
def test_what_cannot_be_watched_is_refused_in_a_sentence_without_a_password(
    tmp_path: Path, repository: VisitRepository, name: str, address: str, says: str
):
    settings = settings_of(tmp_path, store={"id": "harbour"}, camera=[{"name": "back", "url": "back.mp4"}])
    with pytest.raises(InputError, match=says) as refused:
        CameraDesk(settings, repository).try_out("harbour", name, address, None)
    assert "secret" not in str(refused.value)
    assert "anna" not in str(refused.value)


def test_a_camera_of_that_name_is_replaced_and_taken_away_and_both_are_written_down(repository: VisitRepository):
    repository.cameras.keep(kept("one.mp4"), by="olga")
    repository.cameras.keep(kept(NOWHERE, at=START + timedelta(seconds=1)), by="vera")
    (camera,) = repository.cameras.all()
    assert camera.address == NOWHERE
    assert "secret" not in repr(camera)
    repository.cameras.remove("harbour", "door", by="olga", at=START)
    assert repository.cameras.all() == []
    with pytest.raises(InputError, match="no camera door was added"):
        repository.cameras.remove("harbour", "door", by="olga", at=START)
    told = [(entry.actor, entry.action) for entry in repository.access.audit.latest(9)]
    assert sorted(told) == [("olga", "camera add"), ("olga", "camera remove"), ("vera", "camera change")]
    assert "secret" not in str(repository.access.audit.latest(9))


def test_what_is_added_is_watched_in_its_store_and_a_film_is_read_once(
    tmp_path: Path, repository: VisitRepository, film: Path, caplog: pytest.LogCaptureFixture
):
    published: list[FaceCrop | Coverage] = []
    caplog.set_level(logging.INFO)
    crew = CameraCrew(settings_of(tmp_path), open_pack("dlib"), repository, published.append, holder="one")
    with crew:
        assert not crew.at_work
        repository.cameras.keep(kept(str(film)), by="olga")
        repository.cameras.keep(kept("gone.mp4", name="till"), by="olga")
        repository.cameras.keep(kept(NOWHERE, store="market"), by="olga")
        until(lambda: all(one.through_at for one in repository.cameras.all() if one.address == str(film)))
        until(lambda: bool(crew.fare()["market", "door"].problem))
        fare = crew.fare()
        assert fare["harbour", "door"].fraction_done == 1.0
        assert "no such file" in fare["harbour", "till"].problem
        assert "nothing listens" in fare["market", "door"].problem
        repository.cameras.remove("market", "door", by="olga", at=START)
        until(lambda: ("market", "door") not in crew.fare())
    watched = {(one.store_id, one.camera_id) for one in published}
    assert watched - {("market", "door")} == {("harbour", "door")}  # one that never answers may tell of its gap
    assert not {"very-secret", "anna"} & set(caplog.text.replace(":", " ").replace("@", " ").split())
    before = len(published)
    with CameraCrew(settings_of(tmp_path), open_pack("dlib"), repository, published.append, holder="one") as again:
        until(lambda: ("harbour", "till") in again.fare())
        assert ("harbour", "door") not in again.fare()
    assert len(published) == before


def test_a_camera_that_the_configuration_names_is_that_of_the_configuration(
    tmp_path: Path, repository: VisitRepository, film: Path
):
    repository.cameras.keep(kept(str(film)), by="olga")
    settings = settings_of(tmp_path, store={"id": "harbour"}, camera=[{"name": "door", "url": str(film)}])
    crew = CameraCrew(settings, open_pack("dlib"), repository, lambda _: None, holder="one")
    crew.look()
    assert crew.fare() == {}


def test_of_two_programs_over_one_database_each_camera_is_watched_by_one_and_taken_over_when_that_one_ends(
    tmp_path: Path, repository: VisitRepository, film: Path
):
    settings, pack = settings_of(tmp_path), open_pack("dlib")
    seen: dict[str, list[FaceCrop | Coverage]] = {"one": [], "other": []}
    one, other = (CameraCrew(settings, pack, repository, seen[name].append, holder=name) for name in seen)
    repository.cameras.keep(kept(str(film)), by="olga")
    with one:
        until(lambda: ("harbour", "door") in one.fare())
        other.look()
        assert other.fare()["harbour", "door"].is_elsewhere
        assert other.at_work
    with other:
        until(lambda: ("harbour", "door") in other.fare() and not other.fare()["harbour", "door"].is_elsewhere)
        until(lambda: all(camera.through_at for camera in repository.cameras.all()))
    assert seen["other"]


def test_a_camera_that_one_program_cannot_reach_is_left_to_another(tmp_path: Path, repository: VisitRepository):
    repository.cameras.keep(kept("gone.mp4"), by="olga")
    settings, pack = settings_of(tmp_path), open_pack("dlib")
    one, other = (CameraCrew(settings, pack, repository, lambda _: None, holder=name) for name in ("one", "other"))
    one.look()
    assert "no such file" in one.fare()["harbour", "door"].problem
    one.look()
    other.look()
    assert not other.fare()["harbour", "door"].is_elsewhere


def test_a_camera_is_watched_on_while_the_database_is_away(
    tmp_path: Path, repository: VisitRepository, monkeypatch: pytest.MonkeyPatch
):
    repository.cameras.keep(kept(NOWHERE), by="olga")
    crew = CameraCrew(settings_of(tmp_path), open_pack("dlib"), repository, lambda _: None, holder="one")
    with crew:
        until(lambda: ("harbour", "door") in crew.fare())
        asked = []

        def away() -> list[KeptCamera]:
            asked.append("again")
            raise StorageError("away")

        monkeypatch.setattr(repository.cameras, "all", away)
        until(lambda: len(asked) > 1)
        assert ("harbour", "door") in crew.fare()


@pytest.mark.parametrize("shown", [True, False])
def test_what_a_camera_last_saw_is_shown_unless_the_settings_leave_it_out(
    tmp_path: Path, repository: VisitRepository, film: Path, shown: bool
):
    settings = settings_of(tmp_path, web={"camera_pictures": shown})
    repository.cameras.keep(kept(str(film)), by="olga")
    repository.cameras.keep(kept("gone.mp4", name="till"), by="olga")
    with CameraCrew(settings, open_pack("dlib"), repository, lambda _: None, holder="one") as crew:
        until(lambda: repository.cameras.all()[0].through_at is not None and ("harbour", "till") in crew.fare())
        pictures = CameraDesk(settings, repository, workers=crew.workers).work().pictures()
        if not shown:
            assert pictures == {}
            return
        assert list(pictures) == [("harbour", "door")]
        picture = pictures["harbour", "door"]
        assert (picture.faces, picture.usable_faces) == (0, 0)
        assert timedelta(seconds=2) < picture.captured_at - START < timedelta(seconds=3)
        assert decode_picture(picture.jpeg()).shape[1] == 480
