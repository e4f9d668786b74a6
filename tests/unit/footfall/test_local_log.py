"""The local log beyond what every log promises: time, damage, disks and a second member."""

import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from footfall.local_log import database as database_module
from footfall.local_log.database import Database
from footfall.local_log.log import SqliteEventLog
from schemas.errors import ConfigError, StorageError, TransientError
from schemas.topics import CROPS, IDENTITY, TEMPLATES, Topic

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.db"


@pytest.fixture
def log(path: Path, clock: Clock) -> Iterator[SqliteEventLog]:
    with closing(SqliteEventLog(path, now=clock)) as log:
        yield log


def append(log: SqliteEventLog, topic: Topic, *records: tuple[str, bytes | None]) -> None:
    for key, value in records:
        log.append(topic, key, value)
    log.flush()


def contents(log: SqliteEventLog, topic: Topic) -> list[tuple[str, bytes | None]]:
    return [(record.key, record.value) for record in log.replay(topic)]


def edit(path: Path, statement: str, *parameters: object) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement, parameters)


# Retention and compaction


def test_records_past_their_retention_are_removed_and_younger_ones_kept(log: SqliteEventLog, clock: Clock):
    append(log, CROPS, ("shop", b"old"))
    clock.now = NOW + timedelta(hours=23)
    append(log, CROPS, ("shop", b"young"))
    log.maintain(NOW + CROPS.retention)
    assert contents(log, CROPS) == [("shop", b"old"), ("shop", b"young")]
    log.maintain(NOW + CROPS.retention + timedelta(microseconds=1))
    assert contents(log, CROPS) == [("shop", b"young")]


def test_many_expired_records_are_removed_in_one_go(log: SqliteEventLog, clock: Clock):
    append(log, CROPS, *(("shop", b"%d" % number) for number in range(450)))
    log.maintain(NOW + timedelta(days=2))
    assert contents(log, CROPS) == []


def test_a_topic_without_retention_keeps_its_records(log: SqliteEventLog):
    append(log, IDENTITY, ("face", b"minted"))
    log.maintain(NOW + timedelta(days=10_000))
    assert contents(log, IDENTITY) == [("face", b"minted")]


def test_offsets_are_not_given_out_again_when_all_records_are_gone(log: SqliteEventLog):
    append(log, CROPS, ("shop", b"a"), ("shop", b"b"))
    log.maintain(NOW + timedelta(days=2))
    append(log, CROPS, ("shop", b"c"))
    assert [(record.offset, record.value) for record in log.replay(CROPS)] == [(2, b"c")]


def test_a_reader_who_slept_through_the_retention_goes_on_with_what_is_left(log: SqliteEventLog):
    append(log, CROPS, ("shop", b"a"))
    subscription = log.subscribe([CROPS], "readers")
    log.maintain(NOW + timedelta(days=2))
    assert subscription.lag() == 0
    append(log, CROPS, ("shop", b"b"))
    assert subscription.lag() == 1
    assert [record.value for record in subscription.poll(max_records=9, timeout_s=1)] == [b"b"]
    subscription.close()


def test_compaction_keeps_the_last_record_of_each_key_where_it_lay(log: SqliteEventLog):
    append(log, TEMPLATES, ("a", b"1"), ("b", b"1"), ("a", b"2"), ("a", b"3"))
    offsets = {record.value: record.offset for record in log.replay(TEMPLATES) if record.key == "a"}
    log.maintain(NOW)
    assert sorted(contents(log, TEMPLATES)) == [("a", b"3"), ("b", b"1")]
    assert {record.offset for record in log.replay(TEMPLATES) if record.key == "a"} == {offsets[b"3"]}


def test_only_compacted_topics_are_compacted(log: SqliteEventLog):
    append(log, CROPS, ("shop", b"1"), ("shop", b"2"))
    log.maintain(NOW)
    assert contents(log, CROPS) == [("shop", b"1"), ("shop", b"2")]


def test_a_tombstone_erases_its_key_at_once_and_itself_after_a_day(log: SqliteEventLog):
    append(log, TEMPLATES, ("a", b"1"), ("b", b"1"), ("a", None))
    log.maintain(NOW)
    assert sorted(contents(log, TEMPLATES), key=repr) == [("a", None), ("b", b"1")]
    log.maintain(NOW + timedelta(days=1, seconds=1))
    assert contents(log, TEMPLATES) == [("b", b"1")]


def test_what_is_removed_is_no_longer_in_the_files(log: SqliteEventLog, path: Path):
    append(log, CROPS, ("shop", b"a face that must go" * 1000))
    log.maintain(NOW + timedelta(days=2))
    files = [file for file in path.parent.iterdir() if file.name.startswith(path.name)]
    assert not [file for file in files if b"a face that must go" in file.read_bytes()]


def test_the_file_shrinks_when_records_expire(log: SqliteEventLog, path: Path):
    append(log, CROPS, *(("shop", bytes(60_000)) for _ in range(50)))
    log.maintain(NOW)
    full = path.stat().st_size
    log.maintain(NOW + timedelta(days=2))
    assert path.stat().st_size < full / 2


# Damage


@pytest.mark.parametrize(
    "damage",
    [
        "value = x'00ff'",
        "value = NULL",
        "key = 'another shop'",
        "headers = '{\"reason\": '",
        "checksum = checksum + 1",
        "appended_at_us = 9223372036854775807",
        "key = CAST(x'ff' AS TEXT)",
    ],
)
def test_a_record_damaged_on_disk_is_delivered_as_faulty_and_left_out_of_replays(
    log: SqliteEventLog, path: Path, damage: str
):
    append(log, CROPS, ("shop", b"a"), ("shop", b"b"), ("shop", b"c"))
    edit(path, f'UPDATE records SET {damage} WHERE "offset" = 1')
    subscription = log.subscribe([CROPS], "readers")
    first, second, third = subscription.poll(max_records=9, timeout_s=1)
    assert (first.fault, third.fault) == ("", "")
    assert "damaged on disk" in second.fault
    assert [value for _, value in contents(log, CROPS)] == [b"a", b"c"]
    subscription.close()


def test_a_file_that_is_no_database_is_named_and_left_as_it_is(path: Path):
    path.write_bytes(b"a shopping list" * 1000)
    with pytest.raises(StorageError, match=r"events\.db: it is not an event log: move it away"):
        SqliteEventLog(path)
    assert path.read_bytes() == b"a shopping list" * 1000


def test_the_database_of_another_program_is_not_written_into(path: Path):
    edit(path, "CREATE TABLE visits (id INTEGER)")
    with pytest.raises(StorageError, match="not an event log"):
        SqliteEventLog(path)


def test_a_log_of_a_newer_format_is_refused(log: SqliteEventLog, path: Path):
    edit(path, "PRAGMA user_version = 2")
    with pytest.raises(StorageError, match="format 2, where this program knows 1"):
        SqliteEventLog(path)


def test_a_topic_with_another_number_of_partitions_is_refused(log: SqliteEventLog, path: Path):
    append(log, CROPS, ("shop", b"a"))
    with closing(SqliteEventLog(path)) as other, pytest.raises(ConfigError, match="has 12 partitions"):
        other.append(Topic(name="crops", message=None, key_field="", partitions=3, retention=None), "shop", b"b")


def test_a_file_with_damaged_pages_is_named_with_a_remedy(path: Path):
    with closing(SqliteEventLog(path)) as log:
        append(log, CROPS, *(("shop", bytes(3000)) for _ in range(200)))
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(data)
    with (
        pytest.raises(StorageError, match=r"damaged: copy it, save what can be read"),
        closing(SqliteEventLog(path)) as log,
    ):
        list(log.replay(CROPS))


# Disks


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match=r"file/events\.db: .*data_dir"):
        SqliteEventLog(tmp_path / "file" / "events.db")


def test_the_file_may_be_read_by_its_owner_alone(log: SqliteEventLog, path: Path):
    append(log, CROPS, ("shop", b"a face"))
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_flush_waits_for_the_disk(path: Path):
    with closing(Database(path, durable=True)) as database:
        full = 2
        assert database.rows("PRAGMA synchronous") == [(full,)]
        assert database.rows("PRAGMA journal_mode") == [("wal",)]


def test_what_was_flushed_is_in_the_files_without_the_process(log: SqliteEventLog, path: Path, tmp_path: Path):
    append(log, CROPS, ("shop", b"a"))
    log.append(CROPS, "shop", b"not flushed")
    shutil.copytree(tmp_path, tmp_path / "copy", ignore=shutil.ignore_patterns("*-shm", "copy"))
    with closing(SqliteEventLog(tmp_path / "copy" / path.name)) as copy:
        assert contents(copy, CROPS) == [("shop", b"a")]


def fill(disk: Path) -> None:
    with suppress(OSError), (disk / "hog").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def test_a_full_disk_is_said_and_loses_nothing(small_disk: Path):
    path = small_disk / "events.db"
    log = SqliteEventLog(path)
    append(log, CROPS, ("shop", b"before"))
    fill(small_disk)
    for number in range(3):
        log.append(CROPS, "shop", b"%d" % number + bytes(50_000))
    for _ in range(2):
        with pytest.raises(StorageError, match=r"events\.db: the disk (is|failed or is) full") as caught:
            log.flush()
        assert not isinstance(caught.value, TransientError)
    assert contents(log, CROPS) == [("shop", b"before")]
    (small_disk / "hog").unlink()
    log.close()
    with closing(SqliteEventLog(path)) as again:
        assert [value[:6] for _, value in contents(again, CROPS) if value] == [
            b"before",
            b"0" + bytes(5),
            b"1" + bytes(5),
            b"2" + bytes(5),
        ]


def test_a_new_log_on_a_full_disk_is_refused_with_a_sentence(small_disk: Path):
    fill(small_disk)
    with pytest.raises(StorageError, match=r"events\.db: .*full"):
        SqliteEventLog(small_disk / "events.db")


def test_a_disk_that_may_only_be_read_is_said(small_disk: Path):
    with closing(SqliteEventLog(small_disk / "events.db")):
        pass
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(StorageError, match=r"events\.db: it cannot be (written|opened)"):
        SqliteEventLog(small_disk / "events.db")


# Company


def test_the_member_who_joins_last_has_the_group_and_the_former_one_is_told(log: SqliteEventLog):
    append(log, CROPS, ("shop", b"a"), ("shop", b"b"))
    former = log.subscribe([CROPS], "matcher")
    former.poll(max_records=1, timeout_s=1)
    former.commit()
    former.poll(max_records=1, timeout_s=1)
    latter = log.subscribe([CROPS], "matcher")
    with pytest.raises(StorageError, match="another process has taken over the consumer group 'matcher'"):
        former.commit()
    with pytest.raises(StorageError, match="another process"):
        former.poll(max_records=1, timeout_s=0)
    assert [record.value for record in latter.poll(max_records=9, timeout_s=1)] == [b"b"]
    latter.commit()
    former.close()
    latter.close()


def test_two_members_of_a_group_with_different_topics_leave_each_other_alone(log: SqliteEventLog):
    append(log, CROPS, ("shop", b"a"))
    append(log, IDENTITY, ("face", b"b"))
    crops, identity = log.subscribe([CROPS], "readers"), log.subscribe([IDENTITY], "readers")
    assert [record.value for record in crops.poll(max_records=9, timeout_s=1)] == [b"a"]
    assert [record.value for record in identity.poll(max_records=9, timeout_s=1)] == [b"b"]
    crops.commit()
    identity.commit()
    crops.close()
    identity.close()


def test_a_log_that_stays_locked_is_worth_another_try(log: SqliteEventLog, path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(database_module, "_BUSY_TIMEOUT_S", 0.05)
    with closing(SqliteEventLog(path)) as impatient:
        impatient.append(CROPS, "shop", b"a")
        impatient.flush()
        impatient.append(CROPS, "shop", b"b")
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(TransientError, match=r"events\.db: another process has held it locked"):
                impatient.flush()
        impatient.flush()
        assert contents(impatient, CROPS) == [("shop", b"a"), ("shop", b"b")]


def test_what_is_handed_over_between_two_flushes_is_bounded(log: SqliteEventLog, path: Path):
    for number in range(2500):
        log.append(CROPS, "shop", b"%d" % number)
    with closing(SqliteEventLog(path)) as other:
        assert len(contents(other, CROPS)) == 2000
    log.flush()
    assert [int(value) for _, value in contents(log, CROPS) if value] == list(range(2500))
