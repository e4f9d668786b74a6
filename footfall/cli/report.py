"""``footfall report``: the visitors of a store, or of several together, over a range of days."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, redirect_stdout
from dataclasses import replace
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from footfall.cli.app import app
from footfall.cli.output import escape, print_for_people, print_json, say
from schemas.errors import InputError, StorageError

if TYPE_CHECKING:
    from analytics.records.repository import VisitRepository
    from analytics.reports.chain_report import ChainReport
    from analytics.reports.report import Report
    from footfall.config import Settings


class Form(StrEnum):
    """How a report is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    HTML = "html"
    XLSX = "xlsx"
    PARQUET = "parquet"
    PDF = "pdf"


_OF_BYTES = (Form.XLSX, Form.PARQUET, Form.PDF)


class Stretch(StrEnum):
    """By what a report counts."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@app.command()
def report(
    store: Annotated[
        list[str] | None,
        typer.Option(help="A store, or several by repeating it; without it, the one that is set or the only one."),
    ] = None,
    chain: Annotated[bool, typer.Option("--chain", help="All stores together.")] = False,
    from_day: Annotated[str | None, typer.Option("--from", help="First business day, such as 2026-05-04.")] = None,
    to_day: Annotated[str | None, typer.Option("--to", help="Last business day, included.")] = None,
    by: Annotated[Stretch, typer.Option(help="Count by this stretch of time.")] = Stretch.HOUR,
    form: Annotated[Form, typer.Option("--format", help="How it is printed.")] = Form.TABLE,
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="ISO",
            help="Count by what was known at this time, by the clock of the (first) store unless it ends in an offset "
            "from UTC.",
        ),
    ] = None,
    compare: Annotated[
        str | None,
        typer.Option(metavar="previous|FROM..TO", help="Say what has changed since as many days before, or a range."),
    ] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Folder in which the visits lie.")] = None,
    database: Annotated[str | None, typer.Option(metavar="URL", help="Database in which the visits lie.")] = None,
    out: Annotated[Path | None, typer.Option(help="File to write instead of standard output.")] = None,
    config: Annotated[Path | None, typer.Option(help="Settings, a TOML file.")] = None,
) -> None:
    """Print visits (PV), distinct visitors (UV) and what they rest on; without a range, all that is known.

    Of several stores a visitor to two of them is counted once. docs/reports.md says what each figure means.
    """
    form = Form.JSON if json else form
    if form is Form.HTML and out is None and sys.stdout.isatty():
        raise InputError("an HTML report is 5 MB in one line: name a file with --out, or redirect the output")
    if form in _OF_BYTES and out is None and sys.stdout.isatty():
        raise InputError(f"{form.value} is no text: name a file with --out, or redirect the output")
    if store and chain:
        raise InputError("--chain takes all stores: leave --store out, or name stores without --chain")
    asked: dict[str, Any] = {"store": {"id": store[0]}} if store else {}
    if data_dir:
        asked["data_dir"] = data_dir
    if database:
        asked["database"] = database
    what = _Asked(_day(from_day, "--from"), _day(to_day, "--to"), by, as_of, compare)
    counted = _count(config, asked, store or [], chain, what)
    if form in _OF_BYTES:
        _write(_as_bytes(counted, form), out)
        return
    with _standard_output_to(out):
        _print(counted, form)
    if out:
        say(f"Report written to {escape(str(out))}")


class _Asked(NamedTuple):
    """For when a report is asked, and by what."""

    first: date | None
    last: date | None
    by: Stretch
    as_of: str | None
    compare: str | None


def _count(
    config: Path | None, asked: dict[str, Any], named: list[str], chain: bool, what: _Asked
) -> "Report | ChainReport":
    from analytics.reports.chain_report import build_chain_report
    from analytics.reports.comparison import compared
    from analytics.reports.report import build_report
    from analytics.reports.report_range import By
    from footfall.cli.asked import moment_of
    from footfall.config_loading import load_settings
    from footfall.data_dir import DataDir
    from footfall.databases import open_repository
    from footfall.store_settings import not_applied

    settings = load_settings(config, **asked)
    if settings.database is None:
        DataDir(path=settings.data_dir).require_data()
    with closing(open_repository(settings)) as repository, ExitStack() as state:
        if what.as_of is None:  # what was known then does not change, and may take long to be put together
            state.enter_context(repository.one_state())
        store_ids = _stores(repository, settings, named, chain)
        stores = [repository.settings_of(store_id) for store_id in store_ids]
        for store in stores:
            # Of a chain the settings name one store, and say nothing of the others.
            if (len(stores) == 1 or store.store_id == settings.store.id) and (
                told := not_applied(settings.store, store)
            ):
                say(escape(told))
        moment = None if what.as_of is None else moment_of(what.as_of, "--as-of", stores[0].tz)
        source = repository if moment is None else repository.as_of(moment)
        ranged: dict[str, Any] = {"by": By(what.by), "now": moment or datetime.now(UTC), "as_of": moment}
        together = chain or len(stores) > 1

        def build(first: date | None, last: date | None) -> "Report | ChainReport":
            if together:
                return build_chain_report(source, stores, first, last, **ranged)
            return build_report(source, stores[0], first, last, **ranged)

        counted = build(what.first, what.last)
        if what.compare is None:
            return counted
        earlier = build(*_compared_range(what.compare, counted))
        return replace(counted, comparison=compared(counted, earlier))


def _compared_range(text: str, counted: "Report | ChainReport") -> tuple[date | None, date | None]:
    from analytics.reports.comparison import range_before

    if text == "previous":
        return range_before(counted.from_day, counted.to_day)
    first, dots, last = text.partition("..")
    if not dots:
        raise InputError(f"--compare {text} cannot be meant: write previous, or a range such as 2026-05-04..2026-05-10")
    return _day(first, "--compare"), _day(last, "--compare")


def _stores(repository: "VisitRepository", settings: "Settings", named: list[str], chain: bool) -> list[str]:
    """Return the ids of the stores that are meant, at least one."""
    place = str(settings.database or settings.data_dir)
    if named:
        return list(dict.fromkeys(named))
    if chain:
        if not (known := repository.stores()):
            raise InputError(f"{place} holds no store yet: record some visits with `footfall run` first")
        return known
    if "id" in settings.store.model_fields_set:
        return [settings.store.id]
    return [_only_store(repository, place) or settings.store.id]


def _only_store(repository: "VisitRepository", place: str) -> str | None:
    stores = repository.stores()
    if len(stores) > 1:
        raise InputError(
            f"{place} holds several stores: name one with --store: {', '.join(stores)}; or take all with --chain"
        )
    if not stores:
        return None
    say(f"Store {escape(stores[0])}, the only one in {escape(place)}")
    return stores[0]


def _print(counted: "Report | ChainReport", form: Form) -> None:
    if form is Form.JSON:
        from analytics.reports.report import Report
        from analytics.reports.report_json import chain_report_json, report_json

        print_json(report_json(counted) if isinstance(counted, Report) else chain_report_json(counted))
    elif form is Form.CSV:
        from analytics.reports.render_csv import render_csv

        sys.stdout.write(render_csv(counted))
    elif form is Form.HTML:
        from analytics.reports.render_html import render_html

        sys.stdout.write(render_html(counted))
    else:
        from analytics.reports.render_table import render_table

        print_for_people(render_table(counted))


def _as_bytes(counted: "Report | ChainReport", form: Form) -> bytes:
    from analytics.reports.file_format import FileFormat
    from analytics.reports.files import report_file

    return report_file(counted, FileFormat(form.value)).content


def _write(content: bytes, path: Path | None) -> None:
    if path is None:
        sys.stdout.buffer.write(content)
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise StorageError(f"{path} cannot be written ({error.strerror}): give another with --out") from error
    say(f"Report written to {escape(str(path))}")


def _day(text: str | None, option: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{option} {text} is not a day: write it as 2026-05-04") from error


@contextmanager
def _standard_output_to(path: Path | None) -> Iterator[None]:
    if path is None:
        yield
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8") as file, redirect_stdout(file):
            yield
    except OSError as error:
        raise StorageError(f"{path} cannot be written ({error.strerror}): give another with --out") from error
