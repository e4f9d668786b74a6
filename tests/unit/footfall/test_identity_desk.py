"""In which words the desk says who stands for whom."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from analytics.records.repository import VisitRepository
from analytics.settings import StoreSettings
from footfall.event_logs import local_log_url, open_event_log
from footfall.identity_desk import IdentityDesk
from schemas.errors import InputError
from schemas.messages import IdentityEvent, IdentityKind

ANNA, BOB, CLEO, DORA = (UUID(f"{digit * 8}-0000-4000-8000-000000000000") for digit in "abcd")
FIRST = datetime(2026, 5, 4, 9, tzinfo=UTC)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[IdentityDesk]:
    """A desk that knows four people."""
    url = f"sqlite:///{tmp_path / 'visits.sqlite'}"
    with (
        closing(open_event_log(local_log_url(tmp_path / "log.sqlite"))) as log,
        closing(VisitRepository(url, lambda store_id: StoreSettings(store_id=store_id))) as kept,
    ):
        minted = [
            IdentityEvent(
                event_id=UUID(int=one.int + 1), kind=IdentityKind.MINTED, face_id=one, at=FIRST, actor="x", reason=""
            )
            for one in (ANNA, BOB, CLEO, DORA)
        ]
        kept.record([], entries=minted)
        yield IdentityDesk(log=log, repository=kept, actor="eve", reason="", now=lambda: FIRST)


def test_whoever_was_merged_already_is_named_with_the_one_that_stands_for_them(desk: IdentityDesk):
    assert desk.merge("aaaaaaaa", "bbbbbbbb").sentence.startswith("aaaaaaaa stands for bbbbbbbb from now on")
    chained = desk.merge("bbbbbbbb", "cccccccc")
    assert chained.sentence.startswith("aaaaaaaa, which stands for bbbbbbbb, stands for cccccccc from now on")


def test_a_bar_between_others_who_are_one_with_those_asked_for_says_whom_it_is_about(desk: IdentityDesk):
    bar = desk.not_the_same("bbbbbbbb", "dddddddd").entries[0]
    with pytest.raises(InputError, match=f"says entry {str(bar.event_id)[:8]} of eve, 2026-05-04 09:00 UTC; undo"):
        desk.merge("bbbbbbbb", "dddddddd")
    desk.merge("aaaaaaaa", "bbbbbbbb")
    with pytest.raises(InputError, match="about bbbbbbbb and dddddddd, who are one with them; undo that first"):
        desk.merge("aaaaaaaa", "dddddddd")


def test_other_tags_are_said_of_whom_agreed_and_not_of_whoever_was_merged_with_them(desk: IdentityDesk):
    desk.bind("bbbbbbbb", "card-1", consent=True)
    merge = desk.merge("aaaaaaaa", "bbbbbbbb").entries[0]
    tagged = desk.bind("bbbbbbbb", "card-1", consent=True, tags=["gold"])
    assert [entry.face_id for entry in tagged.entries] == [BOB]
    desk.undo(str(merge.event_id))
    assert [desk.ledger.member_of(one) for one in (ANNA, BOB)] == [None, "card-1"]
    assert desk.ledger.tags_of(BOB) == ("gold",)


def test_whoever_undoes_a_binding_that_was_said_once_more_with_tags_is_told_that_it_holds_still(desk: IdentityDesk):
    first = desk.bind("aaaaaaaa", "card-1", consent=True).entries[0]
    desk.bind("aaaaaaaa", "card-1", consent=True, tags=["gold"])
    said = desk.undo(str(first.event_id)).sentence
    assert "what was said later binds aaaaaaaa to card-1 still; unbind ends that" in said
    assert desk.ledger.member_of(ANNA) == "card-1"
    desk.unbind("aaaaaaaa")
    assert desk.ledger.member_of(ANNA) is None
