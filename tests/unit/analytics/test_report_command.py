"""``footfall report`` as it is typed."""

import json
from dataclasses import replace
from datetime import time
from pathlib import Path

import pytest
from typer.testing import CliRunner
from visitors_on_paper import NewRepository, seen, watched

from footfall.cli.app import app
from footfall.cli.report import report as _registered  # noqa: F401
from schemas.errors import InputError, StorageError


@pytest.fixture
def data_dir(new_repository: NewRepository, tmp_path: Path) -> str:
    repository, _ = new_repository()
    repository.record([seen(1, "2026-05-04 09:00:00")], [watched("2026-05-04 09:00", "2026-05-04 10:00")])
    return str(tmp_path)


def run(*arguments: str) -> str:
    """Return what the command wrote on standard output; raise what it raised."""
    done = CliRunner().invoke(app, ["report", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_json_is_all_that_stands_on_standard_output(data_dir: str):
    told = json.loads(run("--store", "shop", "--data-dir", data_dir, "--json"))
    assert (told["store"], told["pv"], told["uv"], told["from"]) == ("shop", 1, 1, "2026-05-04")


def test_every_format_can_be_written_to_a_file(data_dir: str, tmp_path: Path):
    signs = {"table": "Visits (PV)", "json": '"pv": 1', "csv": "store,zone", "html": "<!doctype html>"}
    for form, sign in signs.items():
        file = tmp_path / "reports" / f"report.{form}"
        assert run("--store", "shop", "--data-dir", data_dir, "--format", form, "--out", str(file)) == ""
        assert sign in file.read_text(encoding="utf-8")


def test_without_a_store_the_only_one_is_taken_and_named(new_repository: NewRepository, tmp_path: Path):
    repository, _ = new_repository()
    repository.record([seen(1, "2026-05-04 09:00:00", store="harbour")])
    done = CliRunner().invoke(app, ["report", "--data-dir", str(tmp_path), "--json"], catch_exceptions=False)
    assert json.loads(done.stdout)["store"] == "harbour"
    assert "Store harbour, the only one" in " ".join(done.stderr.split())


def test_without_a_store_several_are_named(new_repository: NewRepository, tmp_path: Path):
    repository, _ = new_repository()
    repository.record([seen(1, "2026-05-04 09:00:00", store=store) for store in ("harbour", "market")])
    with pytest.raises(InputError, match="name one with --store: harbour, market"):
        run("--data-dir", str(tmp_path))


def test_several_stores_or_the_whole_chain_are_one_report(new_repository: NewRepository, tmp_path: Path):
    repository, _ = new_repository()
    repository.record([seen(1, "2026-05-04 09:00:00", store=store) for store in ("harbour", "market", "north")])
    where = ["--data-dir", str(tmp_path), "--json"]
    two = json.loads(run("--store", "market", "--store", "north", *where))
    assert ([one["store"] for one in two["stores"]], two["pv"], two["uv"]) == (["market", "north"], 2, 1)
    chain = json.loads(run("--chain", *where))
    assert (len(chain["stores"]), chain["pv"], chain["uv"], chain["cross_store"]) == (3, 3, 1, 1)
    with pytest.raises(InputError, match="--chain takes all stores"):
        run("--chain", "--store", "market", *where)


def test_a_chain_without_a_store_says_how_to_get_one(new_repository: NewRepository, tmp_path: Path):
    new_repository()[0].stores()
    with pytest.raises(InputError, match="holds no store yet"):
        run("--chain", "--data-dir", str(tmp_path))


def test_a_range_is_compared_with_the_one_before_or_with_another(data_dir: str, new_repository: NewRepository):
    new_repository()[0].record(
        [seen(person, f"2026-05-05 09:00:0{person}") for person in (1, 2, 3)],
        [watched("2026-05-05 09:00", "2026-05-05 10:00")],
    )
    where = ["--store", "shop", "--data-dir", data_dir, "--from", "2026-05-05", "--to", "2026-05-05", "--json"]
    for asked in ("previous", "2026-05-04..2026-05-04"):
        told = json.loads(run(*where, "--compare", asked))["compared_with"]
        assert (told["from"], told["pv"], told["change_percent"]["pv"]) == ("2026-05-04", 1, 200.0)


def test_by_day_and_a_range_are_taken(data_dir: str):
    told = run(
        "--store", "shop", "--data-dir", data_dir, "--from", "2026-05-03", "--to", "2026-05-05", "--by", "day", "--json"
    )
    assert [row["pv"] for row in json.loads(told)["by"]] == [0, 1, 0]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--store", "elsewhere"], "elsewhere.*shop"),
        (["--from", "04.05.2026"], "--from 04.05.2026 is not a day"),
        (["--from", "2026-05-05", "--to", "2026-05-04"], "before it begins"),
        (["--compare", "before"], "--compare before cannot be meant"),
        (["--compare", "2026-05-04..x"], "--compare x is not a day"),
        (["--as-of", "yesterday"], "--as-of yesterday is not a time"),
    ],
)
def test_what_cannot_be_reported_is_said(data_dir: str, arguments: list[str], says: str):
    with pytest.raises(InputError, match=says):
        run("--store", "shop", "--data-dir", data_dir, *arguments)


def test_a_report_counts_by_the_settings_that_are_kept_with_the_visits(data_dir: str, new_repository: NewRepository):
    repository, settings = new_repository()
    repository.apply_settings([replace(settings, zone="Asia/Shanghai", day_start=time(6))])
    told = json.loads(run("--data-dir", data_dir, "--json"))
    assert (told["zone"], told["day_start"]) == ("Asia/Shanghai", "06:00")


def test_a_report_says_which_setting_it_did_not_apply_and_leaves_the_visits_alone(data_dir: str, tmp_path: Path):
    config = tmp_path / "other.toml"
    config.write_text('[store]\nsession_gap_minutes = 60\nzone = "UTC"\n')
    before = run("--data-dir", data_dir, "--json")
    done = CliRunner().invoke(
        app, ["report", "--data-dir", data_dir, "--json", "--config", str(config)], catch_exceptions=False
    )
    assert done.stdout == before
    said = " ".join(done.stderr.split())
    assert "Not applied: store.session_gap_minutes = 60 (it is 30); store shop is counted as footfall run" in said
    assert "zone" not in said  # it is as it is kept


def test_a_folder_without_visits_says_how_to_get_some(tmp_path: Path):
    with pytest.raises(InputError, match="footfall run"):
        run("--store", "shop", "--data-dir", str(tmp_path / "nothing"))


def test_a_file_that_cannot_be_written_is_named(data_dir: str):
    with pytest.raises(StorageError, match="cannot be written"):
        run("--store", "shop", "--data-dir", data_dir, "--out", f"{data_dir}/visits.sqlite/report.txt")
