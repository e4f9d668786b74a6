"""``footfall identity`` as it is typed, over both logs and both databases."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from test_visit_repository import START, face, sighting
from typer.testing import CliRunner

from analytics.records.repository import VisitRepository
from analytics.settings import StoreSettings
from footfall.cli import app
from footfall.data_dir import DataDir
from footfall.event_logs import open_event_log
from footfall.publisher import Publisher
from footfall.snapshot_file import SNAPSHOT_FILE
from schemas.codec import decode
from schemas.errors import InputError
from schemas.ids import identity_event_id, template_id
from schemas.messages import IdentityEvent, IdentityKind, Template
from schemas.topics import IDENTITY, TEMPLATES, TOPICS

ANNA, BOB, CARL = face(1), face(2), face(3)
SEEN = [
    sighting(1, face_id=ANNA),
    sighting(2, face_id=BOB, at_s=600),
    sighting(3, face_id=CARL, at_s=900),
    sighting(4, face_id=CARL, at_s=9000),
]


class Shop:
    """A log and a database in which three visitors were recorded, and the command line over both."""

    def __init__(self, folder: Path, log_url: str | None, database_url: str | None) -> None:
        self.folder = folder
        place = DataDir(path=folder)
        self.log_url = log_url or place.log_url
        self.database_url = database_url or place.database_url
        self._named = ["--data-dir", str(folder)]
        self._log_named = ["--log", log_url] if log_url else []
        self._database_named = ["--database", database_url] if database_url else []

    def fill(self) -> None:
        with closing(open_event_log(self.log_url)) as log, closing(self.repository()) as kept:
            log.create(TOPICS)
            publisher = Publisher(log)
            entries = []
            for one in SEEN:
                assert one.face_id is not None
                publisher.publish(template(one.event_id, one.face_id))
                minted = identity_event_id(one.event_id, "minted")
                entries.append(
                    IdentityEvent(
                        event_id=minted, kind=IdentityKind.MINTED, face_id=one.face_id, at=START, actor="m", reason=""
                    )
                )
                publisher.publish(entries[-1])
            publisher.flush()
            kept.record(SEEN, entries=entries)

    def repository(self) -> VisitRepository:
        return VisitRepository(self.database_url, lambda store_id: StoreSettings(store_id=store_id))

    def identity(self, *arguments: object) -> Any:
        """What the command printed as JSON; raise what it raised."""
        command = ["identity", *map(str, arguments), "--json", *self._named, *self._log_named, *self._database_named]
        return self._run(command)

    def report(self, *arguments: str) -> Any:
        return self._run(["report", "--json", "--by", "day", *arguments, *self._named, *self._database_named])

    def counts(self, *arguments: str) -> tuple[int, int, int]:
        """PV, UV and the visits of staff that were left out."""
        told = self.report(*arguments)
        return told["pv"], told["uv"], told["staff_left_out"]

    def messages(self, topic: Any) -> list[Any]:
        with closing(open_event_log(self.log_url)) as log:
            latest = {
                record.key + ("" if topic.compacted else str(record.offset)): record for record in log.replay(topic)
            }
        return [decode(record.value) for record in latest.values() if record.value is not None]

    def _run(self, command: list[str]) -> Any:
        done = CliRunner().invoke(app, command, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)


def template(event_id: UUID, face_id: UUID) -> Template:
    return Template(
        template_id=template_id(event_id), face_id=face_id, store_id="north", model_id="test", embedding=b"\x00" * 16,
        quality=0.5, captured_at=START, event_id=event_id, source_partition=0, source_offset=0,
    )  # fmt: skip


@pytest.fixture(params=["files", pytest.param("servers", marks=[pytest.mark.needs_kafka, pytest.mark.needs_postgres])])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Shop:
    if request.param == "files":
        filled = Shop(tmp_path, None, None)
    else:
        server = request.getfixturevalue("kafka_url")
        log_url = f"{server}{'&' if '?' in server else '?'}prefix={uuid4().hex[:8]}-"
        filled = Shop(tmp_path, log_url, request.getfixturevalue("postgres_url"))
    filled.fill()
    return filled


def short(face_id: UUID) -> str:
    return str(face_id)[:8]


def test_merging_undoing_and_keeping_apart_restate_the_report_each_time(shop: Shop):
    assert shop.counts() == (4, 3, 0)
    merge = shop.identity("merge", short(ANNA), BOB, "--actor", "eve", "--reason", "twins?")
    assert shop.counts() == (3, 2, 0)
    entry = merge["entries"][0]
    assert (merge["changed"], entry["actor"], entry["reason"]) == (True, "eve", "twins?")
    assert not shop.identity("merge", BOB, ANNA)["changed"]
    with pytest.raises(InputError, match=f"are one.*footfall identity undo {entry['event_id'][:8]}"):
        shop.identity("not-the-same", ANNA, BOB)
    shop.identity("undo", entry["event_id"][:8])
    assert shop.counts() == (4, 3, 0)
    assert not shop.identity("undo", entry["event_id"])["changed"]
    bar = shop.identity("not-the-same", ANNA, BOB)["entries"][0]["event_id"]
    with pytest.raises(InputError, match=f"not the same.*footfall identity undo {bar[:8]}"):
        shop.identity("merge", ANNA, BOB)
    shop.identity("undo", bar)
    shop.identity("merge", ANNA, BOB)
    assert shop.counts() == (3, 2, 0)
    assert [one["kind"] for one in shop.identity("history")["entries"]] == [
        "merged", "undone", "not_the_same", "undone", "merged",
    ]  # fmt: skip


def test_the_past_is_told_as_it_was_known(shop: Shop):
    before = datetime.now(UTC).isoformat()
    old = shop.report()
    shop.identity("merge", ANNA, CARL)
    shop.identity("staff", BOB)
    assert shop.counts() == (2, 1, 1)
    then = shop.report("--as-of", before)
    assert then.pop("as_of") is not None
    assert old.pop("as_of") is None
    assert then == old


def test_staff_is_left_out_of_past_days_and_counted_again_when_the_mark_is_taken_back(shop: Shop):
    shop.identity("staff", CARL)
    assert shop.counts() == (2, 2, 2)
    assert not shop.identity("staff", CARL)["changed"]
    shop.identity("staff", CARL, "--not")
    assert shop.counts() == (4, 3, 0)


def test_a_split_gives_some_sightings_a_visitor_of_their_own_until_it_is_undone(shop: Shop):
    with pytest.raises(InputError, match="these are all 2 sightings"):
        shop.identity("split", CARL, "--sightings", f"{SEEN[2].sighting_id},{SEEN[3].sighting_id}")
    with pytest.raises(InputError, match="no sighting of"):
        shop.identity("split", CARL, "--sightings", SEEN[0].sighting_id)
    entry = shop.identity("split", CARL, "--sightings", str(SEEN[3].sighting_id)[:8])["entries"][0]
    assert shop.counts() == (4, 4, 0)
    of_other = shop.identity("show", entry["other_face_id"])
    assert [one["sighting_id"] for one in of_other["sightings"]] == [str(SEEN[3].sighting_id)]
    assert of_other["not_the_same"] == [str(CARL)]
    shop.identity("undo", entry["event_id"])
    assert shop.counts() == (4, 3, 0)


def test_a_member_is_one_visitor_at_a_time(shop: Shop):
    shop.identity("bind", ANNA, "m-1", "--consent")
    assert not shop.identity("bind", ANNA, "m-1", "--consent")["changed"]
    with pytest.raises(InputError, match=f"member m-1 is {short(ANNA)}.*merge"):
        shop.identity("bind", BOB, "m-1", "--consent")
    with pytest.raises(InputError, match="unbind first"):
        shop.identity("bind", ANNA, "m-2", "--consent")
    assert shop.identity("show", ANNA)["member"] == "m-1"
    shop.identity("unbind", ANNA)
    assert shop.identity("show", ANNA)["member"] is None
    assert not shop.identity("unbind", ANNA)["changed"]


def test_tags_of_a_member_are_said_anew_by_binding_again_and_come_back_with_its_undoing(shop: Shop):
    shop.identity("bind", ANNA, "m-1", "--consent", "--tag", "gold", "--tag", " likes tea ")
    assert shop.identity("show", ANNA)["tags"] == ["gold", "likes tea"]
    for same in ([], ["--tag", "gold", "--tag", "likes tea"]):
        assert not shop.identity("bind", ANNA, "m-1", "--consent", *same)["changed"]
    (taken,) = shop.identity("bind", ANNA, "m-1", "--consent", "--tag", "", "--reason", "asked for it")["entries"]
    assert (taken["tags"], taken["reason"], shop.identity("show", ANNA)["tags"]) == ([], "asked for it", [])
    shop.identity("undo", taken["event_id"])
    assert shop.identity("show", ANNA)["tags"] == ["gold", "likes tea"]
    with pytest.raises(InputError, match="longer than 64"):
        shop.identity("bind", ANNA, "m-1", "--consent", "--tag", "x" * 65)


def test_an_erased_visitor_leaves_counts_and_nothing_else(shop: Shop):
    shop.identity("merge", ANNA, BOB)
    shop.identity("bind", BOB, "m-1", "--consent", "--tag", "gold")
    (shop.folder / SNAPSHOT_FILE).write_bytes(b"embeddings")
    receipt = shop.identity("erase", BOB)
    assert receipt["face_ids"] == sorted([str(ANNA), str(BOB)])
    assert (receipt["templates"], receipt["templates_left"], receipt["visits"]) == (2, 0, 1)
    assert receipt["snapshots"] == [str(shop.folder / SNAPSHOT_FILE)]
    assert {one.face_id for one in shop.messages(TEMPLATES)} == {CARL}
    told = shop.report()
    assert (told["pv"], told["uv"]) == (3, 2)
    assert not {str(ANNA), str(BOB)} & {visit["face_id"] for visit in told["visits"]}
    shown = shop.identity("show", ANNA)
    assert (shown["visits"], shown["tags"]) == ([], [])
    assert not [one for one in shown["entries"] if one["member_id"] or one["tags"]]
    for refused in (["merge", CARL, ANNA], ["staff", BOB], ["bind", ANNA, "m-2", "--consent"]):
        with pytest.raises(InputError, match="was erased"):
            shop.identity(*refused)
    erasure = [one for one in shop.messages(IDENTITY) if one.kind is IdentityKind.ERASED]
    with pytest.raises(InputError, match="cannot be undone"):
        shop.identity("undo", erasure[0].event_id)
    again = shop.identity("erase", ANNA)
    assert (again["entries"], again["templates"]) == ([], 0)


def test_an_erasure_may_take_the_visits_out_of_the_counts(shop: Shop):
    assert shop.identity("erase", CARL, "--visits-too")["visits"] == 2
    assert shop.counts() == (2, 2, 0)


def test_what_is_unknown_or_not_an_id_is_said_with_what_to_do(shop: Shop):
    for arguments, says in (
        (["merge", ANNA, "00000000"], "no visitor is known.*footfall report --json"),
        (["staff", "anna"], "is no id: give it as printed"),
        (["undo", "00000000"], "footfall identity history lists them"),
        (["undo", identity_event_id(SEEN[0].event_id, "minted")], "nothing to undo"),
        (["not-the-same", ANNA, ANNA], "name the same FaceId"),
        (["bind", ANNA, " "], "a member without an id"),
        (["bind", ANNA, "m-1"], "consent alone.*--consent"),
    ):
        with pytest.raises(InputError, match=says):
            shop.identity(*arguments)


def test_entries_are_in_the_order_in_which_they_were_made_whatever_the_clock_says(shop: Shop):
    ahead = IdentityEvent(
        event_id=uuid4(), kind=IdentityKind.MERGED, face_id=ANNA, other_face_id=BOB,
        at=datetime.now(UTC) + timedelta(hours=1), actor="a clock that is ahead", reason="",
    )  # fmt: skip
    with closing(shop.repository()) as kept:
        kept.record([], entries=[ahead])
    shop.identity("undo", ahead.event_id)
    assert shop.counts() == (4, 3, 0)


def test_analytics_that_read_the_log_come_to_the_same(shop: Shop, tmp_path: Path):
    shop.identity("merge", ANNA, BOB)
    entries = shop.messages(IDENTITY)
    url = f"sqlite:///{tmp_path / 'other.sqlite'}"
    with closing(VisitRepository(url, lambda store_id: StoreSettings(store_id=store_id))) as other:
        other.record([], entries=entries)
        other.record(SEEN)
        with closing(shop.repository()) as kept:
            always = (START - timedelta(days=1), START + timedelta(days=1))
            assert other.visits("north", *always) == kept.visits("north", *always)


def test_without_a_log_or_visits_the_folder_is_named(tmp_path: Path):
    with pytest.raises(InputError, match="holds no visits"):
        Shop(tmp_path, None, None).identity("history")
    with closing(Shop(tmp_path, None, None).repository()):
        pass
    assert Shop(tmp_path, None, None).identity("history") == {"entries": []}  # looking takes the database alone
    with pytest.raises(InputError, match="holds no event log"):
        Shop(tmp_path, None, None).identity("staff", ANNA)
