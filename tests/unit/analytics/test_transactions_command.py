"""``footfall transactions import`` as it is typed."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner
from visitors_on_paper import NewRepository, seen, utc

import footfall.cli  # noqa: F401 - registers the commands
from footfall.cli.app import app
from schemas.errors import InputError

GOOD = "time,id,amount\n2026-05-04T09:30,1,12.50\n2026-05-04T09:40,2,\n"
DAY = (utc("2026-05-04 00:00"), utc("2026-05-05 00:00"))


@pytest.fixture
def kept(new_repository: NewRepository):
    repository, _ = new_repository()
    repository.record([seen(1, "2026-05-04 09:00:00")])
    return repository


def run(tmp_path: Path, content: str | bytes, *options: str):
    file = tmp_path / "till.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    arguments = ["transactions", "import", str(file), "--store", "shop", "--data-dir", str(tmp_path), *options]
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done


def test_a_file_is_taken_up_and_again_changes_nothing(kept, tmp_path: Path):
    wanted = {"store": "shop", "new": 2, "changed": 0, "unchanged": 0, "faults": []}
    assert json.loads(run(tmp_path, GOOD, "--json").stdout) == wanted
    assert "0 transactions are new, 0 were changed, 2 were there already" in " ".join(
        run(tmp_path, GOOD).stderr.split()
    )
    assert kept.transactions("shop", *DAY) == 2


def test_of_a_file_with_a_faulty_row_nothing_is_kept_unless_asked(kept, tmp_path: Path):
    faulty = GOOD.encode() + b"2026-05-04T09:50,\xe4,1\nyesterday,4,1\n"
    with pytest.raises(
        InputError, match=r"till.csv: 2 rows .*nothing was kept.*the 2 good ones(.|\n)*line 4(.|\n)*line 5"
    ):
        run(tmp_path, faulty)
    assert kept.transactions("shop", *DAY) == 0
    told = json.loads(run(tmp_path, faulty, "--keep-good", "--json").stdout)
    assert (told["new"], [fault["line"] for fault in told["faults"]]) == (2, [4, 5])
    assert kept.transactions("shop", *DAY) == 2


def test_what_a_spreadsheet_saves_is_read(kept, tmp_path: Path):
    run(tmp_path, b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert kept.transactions("shop", *DAY) == 2


def test_a_store_or_file_that_is_not_there_is_named(kept, tmp_path: Path):
    with pytest.raises(InputError, match=r"store elsewhere.*shop"):
        run(tmp_path, GOOD, "--store", "elsewhere")
    with pytest.raises(InputError, match=r"till.csv: line 1"):
        run(tmp_path, "a,b\n")
    with pytest.raises(InputError, match=r"no.csv cannot be read"):
        CliRunner().invoke(
            app,
            ["transactions", "import", "no.csv", "--store", "shop", "--data-dir", str(tmp_path)],
            catch_exceptions=False,
        )
