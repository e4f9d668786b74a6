"""What a till's file says, row by row."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.transactions import Fault, TillFile, Transaction, read_till_file
from schemas.errors import InputError

BERLIN = ZoneInfo("Europe/Berlin")


def read(text: str) -> TillFile:
    return read_till_file(text.splitlines(keepends=True), BERLIN)


def faults(text: str) -> dict[int, str]:
    return {fault.line: fault.says for fault in read(f"time,id,amount\n{text}").faults}


def test_columns_may_stand_in_any_order_among_others_and_times_are_the_stores():
    found = read("clerk,ID,Amount, time \nanna,7,12.50,2026-05-04 09:30\nbert,8,,2026-05-04T09:30:00Z\n")
    assert found == TillFile(
        transactions=(
            Transaction(transaction_id="7", at=datetime(2026, 5, 4, 7, 30, tzinfo=UTC), amount="12.50"),
            Transaction(transaction_id="8", at=datetime(2026, 5, 4, 9, 30, tzinfo=UTC), amount=None),
        ),
        faults=(),
    )


def test_a_file_without_amounts_is_enough():
    assert [one.amount for one in read("time,id\n2026-05-04T09:30,1\n").transactions] == [None]


@pytest.mark.parametrize("text", ["", "when,id\n", "time,amount\n", "time,id,id\n", "time;id\n", 'time,"i\n'])
def test_a_file_that_does_not_name_its_columns_is_refused_whole(text):
    with pytest.raises(InputError, match=r"line 1: .*must name the columns"):
        read(text)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("2026-05-04T09:30,7", "2 fields where the first line has 3"),
        ("yesterday,7,1", "time 'yesterday' is none"),
        ("2026-05-04,7,1", "time '2026-05-04' is none"),
        ("1066-05-04T09:30,7,1", "outside the years"),
        ("2026-03-29T02:30,7,1", "did not exist in Europe/Berlin"),
        ("2026-05-04T09:30,,1", "the id is missing"),
        (f"2026-05-04T09:30,{'x' * 201},1", "201 characters"),
        ("2026-05-04T09:30,a\udce4,1", "no text in UTF-8"),
        ("2026-05-04T09:30,7,twelve", "amount 'twelve' is no number"),
        ("2026-05-04T09:30,7,nan", "amount 'nan' is no number"),
        ("2026-05-04T09:30,7,1e999999", "no number that can be kept"),
    ],
)
def test_a_faulty_row_is_named_by_its_line_and_spoils_no_other(row, says):
    text = f"2026-05-04T09:00,1,1\n\n{row}\n2026-05-04T10:00,2,2\n"
    found = faults(text)
    assert found.keys() == {4}
    assert says in found[4]
    assert [one.transaction_id for one in read(f"time,id,amount\n{text}").transactions] == ["1", "2"]


def test_a_row_that_stands_twice_counts_once_and_of_an_id_with_other_contents_the_first_stands():
    found = read("time,id\n2026-05-04T09:30,1\n2026-05-04T09:30,1\n2026-05-04T09:31,1\n")
    assert len(found.transactions) == 1
    assert found.faults == (Fault(line=4, says="id '1' stands in line 2 with other contents"),)


def test_a_fault_after_a_field_of_several_lines_is_named_by_the_line_on_which_it_begins():
    assert faults('2026-05-04T09:30,1,1\n2026-05-04T09:31,"a\nb",x\nx,3,1\n').keys() == {3, 5}


@given(st.text())
def test_whatever_the_file_holds_every_row_is_taken_or_named(text):
    rows = text.replace("\r", "").replace('"', "").split("\n")
    found = read_till_file(["time,id,amount\n", *(f"{row}\n" for row in rows)], BERLIN)
    assert len(found.faults) + len(found.transactions) <= len(rows)
    assert {fault.line for fault in found.faults} >= {
        number for number, row in enumerate(rows, start=2) if row and row.count(",") != 2
    }
