"""Reports as files: opened again by other libraries, they say what the JSON says, and what must not be added."""

import csv
import io
import sys
from datetime import date, time

import openpyxl
import pyarrow.parquet as pq
import pypdf
import pytest
from visitors_on_paper import NewRepository, gap, seen, utc, watched

from analytics.presentation.harmless import harmless
from analytics.presentation.page import Table
from analytics.records.repository import VisitRepository
from analytics.reports.chain_report import ChainReport, build_chain_report
from analytics.reports.render_csv import render_csv
from analytics.reports.render_parquet import render_parquet
from analytics.reports.render_pdf import render_pdf
from analytics.reports.render_xlsx import render_xlsx
from analytics.reports.report import Report, build_report
from analytics.reports.report_json import chain_report_json, report_json
from analytics.reports.report_range import By
from analytics.settings import StoreSettings
from schemas.errors import InputError

EVIL, CHINESE = '=HYPERLINK("http://x")', "上海"
WEEK = (date(2026, 5, 4), date(2026, 5, 10))
NOW = utc("2026-05-20 12:00")


@pytest.fixture
def repository(new_repository: NewRepository) -> VisitRepository:
    kept, _ = new_repository(zone="Europe/Berlin", day_start=time(6))
    sightings, coverage = [], []
    for store in ("shop", EVIL, CHINESE):
        for day in range(4, 11):
            for person in range(day):
                hour = f"2026-05-{day:02} {8 + person % 9:02}"
                sightings.append(seen(person, f"{hour}:10:00", f"{hour}:1{person % 5}:00", store=store))
            coverage.append(
                watched(f"2026-05-{day:02} 07:00", f"2026-05-{day:02} 15:00", store=store, tracks=9, usable=8)
            )
        coverage.append(gap("2026-05-07 15:00", "2026-05-07 19:00", store=store))
    kept.record(sightings, coverage)
    return kept


def of_week(repository: VisitRepository, store: str = "shop", by: By = By.DAY) -> Report:
    return build_report(repository, repository.settings_of(store), *WEEK, by=by, now=NOW)


@pytest.fixture
def report(repository: VisitRepository) -> Report:
    return of_week(repository)


@pytest.fixture
def chain(repository: VisitRepository) -> ChainReport:
    stores: list[StoreSettings] = [repository.settings_of(store) for store in ("shop", EVIL, CHINESE)]
    return build_chain_report(repository, stores, *WEEK, by=By.DAY, now=NOW)


def sheets(content: bytes) -> dict[str, list[tuple]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {sheet.title: list(sheet.values) for sheet in book}


def rows_of(sheet: list[tuple]) -> list[dict]:
    return [dict(zip(sheet[0], row, strict=True)) for row in sheet[1:]]


def test_a_workbook_holds_the_figures_of_the_json(report: Report):
    told, found = report_json(report), sheets(render_xlsx(report))
    figures = dict(found["Figures"])
    for name in ("pv", "uv", "new", "returning", "completeness", "bounce_share", "median_dwell_s", "staff_left_out"):
        assert figures[name] == told[name], name
    rows = rows_of(found["By day"])
    assert [(row["pv"], row["uv"], row["completeness"]) for row in rows] == [
        (one["pv"], one["uv"], one["completeness"]) for one in told["by"]
    ]
    assert rows[0]["began_at"].isoformat() == told["by"][0]["began_at"][:19] == "2026-05-04T06:00:00"
    assert [row["marked"] for row in rows] == ["no", "no", "no", "yes", "no", "no", "no"]
    assert len(rows_of(found["Hours of the week"])) == len(told["heat_map"])
    assert rows_of(found["Cameras"]) == told["cameras"]


def test_a_workbook_of_several_stores_counts_them_together(chain: ChainReport):
    told, found = chain_report_json(chain), sheets(render_xlsx(chain))
    figures = dict(found["Figures"])
    assert (figures["uv"], figures["cross_store"]) == (told["uv"], told["cross_store"])
    assert (figures["uv_estimate_doubt"], figures["uv_estimate_trusted"]) == ("not_measured", "no")
    assert [row["uv"] for row in rows_of(found["Stores"])] == [one["uv"] for one in told["stores"]]
    assert sum(row["uv"] for row in rows_of(found["Stores"])) > told["uv"]


def test_every_file_says_what_it_is_of_and_that_uv_is_never_added(report: Report):
    head = dict(sheets(render_xlsx(report))["About"])
    assert (head["from"], head["to"], head["zone"], head["day_start"]) == (
        "2026-05-04",
        "2026-05-10",
        "Europe/Berlin",
        "06:00",
    )
    assert "never add it" in head["uv"]
    table = pq.read_table(io.BytesIO(render_parquet(report)))
    kept = {name.decode(): value.decode() for name, value in table.schema.metadata.items()}
    assert (kept["footfall.from"], kept["footfall.zone"]) == ("2026-05-04", "Europe/Berlin")
    assert "never add it" in kept["footfall.uv"]
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(render_pdf(report))).pages)
    for said in (
        "Store shop",
        "Mon 4 May 2026 to Sun 10 May 2026",
        "Europe/Berlin",
        "never add it",
        "When do visitors come?",
    ):
        assert said in " ".join(text.split()), said
    (first, *_) = csv.DictReader(io.StringIO(render_csv(report)))
    assert (first["zone"], first["marked"], first["note"]) == ("Europe/Berlin", "no", "never add uv")


def test_a_parquet_file_has_types_and_the_rows_of_the_json(report: Report):
    table = pq.read_table(io.BytesIO(render_parquet(report)))
    names = ("began_at", "business_day", "pv", "completeness", "marked")
    types = ["timestamp[us, tz=UTC]", "date32[day]", "int64", "double", "bool"]
    assert [str(table.schema.field(name).type) for name in names] == types
    told = report_json(report)["by"]
    rows = table.to_pylist()
    assert [(row["pv"], row["uv"], row["completeness"]) for row in rows] == [
        (one["pv"], one["uv"], one["completeness"]) for one in told
    ]
    assert [row["business_day"] for row in rows][:1] == [date(2026, 5, 4)]


def test_parquet_without_its_library_says_how_to_get_it(report: Report, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InputError, match=r"pip install 'footfall\[parquet\]'"):
        render_parquet(report)


def test_figures_on_paper_are_those_of_the_report_marks_included(report: Report):
    reader = pypdf.PdfReader(io.BytesIO(render_pdf(report)))
    text = " ".join(" ".join(page.extract_text().split()) for page in reader.pages)
    figures = report.figures
    assert f"{figures.pv} visits by {figures.uv} visitors" in text
    assert "66.7 %*" in text
    assert "Incomplete" not in text or "*" in text


@pytest.mark.parametrize("by", list(By))
def test_every_stretch_and_several_stores_fit_on_paper_chinese_names_too(
    repository: VisitRepository, chain: ChainReport, by: By
):
    for report in (of_week(repository, CHINESE, by), chain):
        pages = pypdf.PdfReader(io.BytesIO(render_pdf(report))).pages
        assert CHINESE in pages[0].extract_text()
        assert len(pages) <= 6


def test_a_name_that_is_a_formula_is_text_everywhere(repository: VisitRepository):
    report = of_week(repository, EVIL)
    (first, *_) = csv.reader(io.StringIO(render_csv(report).partition("\n")[2]))
    assert first[0] == f"'{EVIL}"
    book = openpyxl.load_workbook(io.BytesIO(render_xlsx(report)))
    for sheet in book:
        assert not [cell for row in sheet.rows for cell in row if cell.data_type == "f"]
    assert book["By day"]["A2"].value == f"'{EVIL}"
    assert "%27%3D1" in Table(columns=("a",), rows=(("=1",),)).csv_url


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\r=1"])
def test_what_begins_a_formula_stands_behind_an_apostrophe(text: str):
    assert harmless(text) == f"'{text}"
    assert harmless("a=1") == "a=1"
