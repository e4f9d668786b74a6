"""Reports over HTTP: of the stores that are theirs, and in the words that the document describes."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin

import pytest
from access_site import FOREIGN, OWN, Site, access_site
from pydantic import BaseModel
from visitors_on_paper import seen, watched

from analytics.access.roles import Role
from analytics.records.repository import VisitRepository
from analytics.settings import StoreSettings
from analytics.web.report_answers import ChainReportAnswer, ReportAnswer


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    kept = VisitRepository(f"sqlite:///{tmp_path / 'visits.sqlite'}", lambda one: StoreSettings(store_id=one))
    kept.record(
        [
            seen(person, f"2026-05-0{1 + person} 08:00:00", store=store)
            for person in range(3)
            for store in (OWN, FOREIGN)
        ],
        [watched("2026-05-01 07:00", "2026-05-04 08:00", store=store) for store in (OWN, FOREIGN)],
    )
    kept.close()
    with access_site(tmp_path) as opened:
        yield opened


def ask(site: Site, role: Role, **params: Any):
    return site.client.get("/api/reports", params=params, headers=site.key(role)[1])


def test_several_stores_are_counted_together_and_a_manager_gets_those_that_are_theirs(site: Site):
    chain = ask(site, Role.ADMIN, by="day").json()
    assert (chain["uv"], [one["uv"] for one in chain["stores"]]) == (3, [3, 3])
    mine = ask(site, Role.MANAGER, by="day")
    assert (mine.json()["store"], FOREIGN in mine.text) == (OWN, False)


def test_a_store_that_is_not_theirs_is_refused_whether_it_is_there_or_not(site: Site):
    for store in (FOREIGN, "none"):
        for asked in ([store], [OWN, store]):
            assert ask(site, Role.MANAGER, store=asked).status_code == 403
    assert ask(site, Role.ADMIN, store="none").status_code == 404


def test_a_range_is_set_beside_another_and_counted_as_it_was_known(site: Site):
    told = ask(site, Role.ADMIN, store=OWN, **{"from": "2026-05-02", "to": "2026-05-02", "compare": "previous"}).json()
    assert told["compared_with"]["from"] == "2026-05-01"
    then = ask(site, Role.ADMIN, store=OWN, as_of="2026-05-02T00:00:00", by="day").json()
    assert (then["uv"], then["as_of"]) == (1, "2026-05-02T00:00:00+00:00")


@pytest.mark.parametrize(
    "asked", [{"compare": "yesterday"}, {"as_of": "0001-01-01T00:00"}, {"from": "2026-05-04", "to": "1"}]
)
def test_what_cannot_be_meant_is_refused_with_a_sentence(site: Site, asked: Mapping[str, str]):
    answer = ask(site, Role.ADMIN, **asked)
    assert answer.status_code == 422
    assert answer.json()["error"]


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet", "pdf"])
def test_a_report_comes_as_a_file(site: Site, ending: str):
    answer = site.client.get(f"/api/stores/{OWN}/report.{ending}?by=day", headers=site.key(Role.MANAGER)[1])
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == f"attachment; filename=report-2026-05-01-2026-05-04.{ending}"
    assert len(answer.content) > 100


def test_the_document_names_every_field_of_a_report_and_no_other(site: Site):
    more = {"from": "2026-05-01", "to": "2026-05-03", "compare": "2026-04-28..2026-04-30"}
    _same_names(ReportAnswer, ask(site, Role.ADMIN, store=OWN, **more).json())
    _same_names(ChainReportAnswer, ask(site, Role.ADMIN, store=[OWN, FOREIGN], **more).json())


def _same_names(model: type[BaseModel], told: Mapping[str, Any]) -> None:
    fields = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
    assert fields.keys() == told.keys(), model.__name__
    for name, kind in fields.items():
        value = told[name]
        inner = list(_models(kind))
        if inner and value:
            _same_names(inner[0], value[0] if isinstance(value, list) else value)


def _models(kind: Any) -> Iterator[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    elif get_origin(kind) in (list, UnionType):
        for one in get_args(kind):
            yield from _models(one)
