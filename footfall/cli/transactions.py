"""``footfall transactions``: what the tills of the stores sold."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footfall.cli.app import app
from footfall.cli.asked import Config, given
from footfall.cli.output import escape, print_json, say
from schemas.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from analytics.transactions import Fault, TillFile

transactions = typer.Typer(name="transactions", help="What the tills of the stores sold.", no_args_is_help=True)
app.add_typer(transactions)

_SHOWN = 20


@transactions.callback()
def _group() -> None:
    """Keep the name of the one command there is."""


@transactions.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A CSV file with the columns time, id and, if there is one, amount.")],
    store: Annotated[str, typer.Option(help="The store of the till.")],
    keep_good: Annotated[
        bool, typer.Option("--keep-good", help="Keep the good rows of a file that has faulty ones.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    data_dir: Annotated[Path | None, typer.Option(help="Folder in which the visits lie.")] = None,
    database: Annotated[str | None, typer.Option(metavar="URL", help="Database in which the visits lie.")] = None,
    config: Config = None,
) -> None:
    """Take up the transactions of a till; importing a file again changes nothing.

    Times are by the store's clock unless they end in an offset from UTC. docs/reports.md says more.
    """
    from analytics.reports.report_range import require_known
    from footfall.config_loading import load_settings
    from footfall.data_dir import DataDir
    from footfall.databases import open_repository

    settings = load_settings(config, **given({"data_dir": data_dir, "database": database, "store": {"id": store}}))
    if settings.database is None:
        DataDir(path=settings.data_dir).require_data()
    with closing(open_repository(settings)) as repository:
        require_known([store], repository)
        read = _read(file, repository.settings_of(store).tz)
        if read.faults and not keep_good:
            raise InputError(
                f"{file}: {_rows(read.faults)} cannot be taken up, so nothing was kept; put right what is named, or "
                f"keep the {len(read.transactions)} good ones with --keep-good.\n{_listed(read.faults)}"
            )
        taken = repository.till.take_up(store, read.transactions, now=datetime.now(UTC))
    if read.faults:
        say(escape(f"{_rows(read.faults)} left out:\n{_listed(read.faults)}"))
    if as_json:
        print_json(
            {
                "store": store,
                "new": taken.new,
                "changed": taken.changed,
                "unchanged": taken.unchanged,
                "faults": [{"line": fault.line, "says": fault.says} for fault in read.faults],
            }
        )
    else:
        say(
            f"Store {escape(store)}: {taken.new} transactions are new, {taken.changed} were changed, "
            f"{taken.unchanged} were there already"
        )


def _read(file: Path, zone: "ZoneInfo") -> "TillFile":
    from analytics.transactions import read_till_file

    try:
        # A byte order mark is what spreadsheets begin such a file with; a byte that is no UTF-8 spoils its row alone.
        with file.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as lines:
            return read_till_file(lines, zone)
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}): name a CSV file") from error
    except InputError as error:
        raise InputError(f"{file}: {error}") from error


def _rows(faults: "Sequence[Fault]") -> str:
    return "1 row" if len(faults) == 1 else f"{len(faults)} rows"


def _listed(faults: "Sequence[Fault]") -> str:
    shown = [f"  line {fault.line}: {fault.says}" for fault in faults[:_SHOWN]]
    return "\n".join(shown + [f"  and {len(faults) - _SHOWN} more"] * (len(faults) > _SHOWN))
