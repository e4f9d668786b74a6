"""``footfall models calibrate``: which threshold stands for which false match rate, measured on one's own people."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from footfall.cli.models.app import AsJson, models_app
from footfall.cli.models.looking import Threads, look_at, use_cores
from footfall.cli.output import escape, print_json, say, say_table
from schemas.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evaluation.bootstrap import Interval
    from evaluation.calibration import Group
    from faces.calibration import Repeats


@models_app.command()
def calibrate(
    data: Annotated[
        list[Path],
        typer.Option(help="Folder with one folder of pictures for each person; once for each group of people."),
    ],
    pack_name: Annotated[
        str | None, typer.Option("--pack", help="The pack; without it, the one a run would take.")
    ] = None,
    group: Annotated[
        list[str] | None, typer.Option(help="Name of the group of each --data; without any, the names of the folders.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="File for the calibration; without it, where the pack will find it.")
    ] = None,
    threads: Threads = 1,
    seed: Annotated[int, typer.Option(help="Another seed deals other visits.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Measure how near different people come, group by group, and let the pack's thresholds follow from it."""
    use_cores(threads)
    from evaluation.calibration import as_toml, calibration_of, measure_group
    from evaluation.pictures import find_pictures
    from evaluation.repeats import measure_repeats
    from evaluation.wording import count_text
    from faces.own_calibration import make_place, own_calibration_file, write_own_calibration
    from faces.packs import default_pack_name, open_as_brought

    names = group or [folder.resolve().name for folder in data]
    if len(names) != len(data) or len(set(names)) < len(names):
        raise typer.BadParameter("every --data needs a --group of its own, or none of them one", param_hint="--group")
    pictures = {name: find_pictures(folder) for name, folder in zip(names, data, strict=True)}
    pack = open_as_brought(pack_name or default_pack_name())  # what was measured before is replaced, even if damaged
    place = out or own_calibration_file(pack.name)
    with _writing(place):  # found out now: the measuring takes minutes
        make_place(place)
    faces = {name: look_at(pictures[name], folder, pack, threads) for name, folder in zip(names, data, strict=True)}
    say("[dim]drawing people anew for the intervals[/dim]")
    fused = {name: measure_group(faces[name], name, seed=seed) for name in names}
    singles = {name: measure_group(faces[name], name, shots=1, seed=seed) for name in names}
    people = ", ".join(
        f"{name} ({fused[name].people} people, {count_text(fused[name].shots, 'shot')} a visit)" for name in names
    )
    made = calibration_of(fused, single_shots=singles, measured_on=people)
    say("[dim]letting everybody come in, for the matcher's own errors[/dim]")
    made = replace(made, repeats=measure_repeats(list(faces.values()), made, seed=seed))
    with _writing(place):
        write_own_calibration(place, as_toml(made, pack.model_id))
    if as_json:
        print_json(_facts(pack.name, fused, singles, made.repeats, place))
    else:
        _print(fused, singles)
        say(_told(made.repeats))
        say(f"measured on {escape(made.measured_on)}")
        say(f"{escape(str(place))}: the calibration" + ("" if out else f", which pack {pack.name} goes by from now on"))


@contextmanager
def _writing(place: Path) -> Iterator[None]:
    """Turn what hinders the writing of a file into StorageError."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"{place}: cannot be written ({error.strerror}); name another file with --out") from error


def _told(repeats: "Repeats | None") -> str:
    if repeats is None:
        return (
            "fewer than 50 people have six pictures: how often visitors are lost is not known, so UV gets no interval"
        )
    return (
        f"of the visits by {repeats.people} people who were known {repeats.lost:.1%} were lost; of {repeats.newcomers} "
        f"newcomers {repeats.fpir:.2%} were taken for somebody else"
    )


def _facts(
    pack: str, fused: "dict[str, Group]", singles: "dict[str, Group]", repeats: "Repeats | None", place: Path
) -> dict[str, Any]:
    return {
        "pack": pack,
        "repeats": repeats
        and {
            "people": repeats.people,
            "fnir": round(repeats.lost, 4),
            "newcomers": repeats.newcomers,
            "fpir": repeats.fpir,
        },
        "groups": {name: {"fused": _group(fused[name]), "single": _group(singles[name])} for name in fused},
        "file": str(place),
    }


def _group(group: "Group") -> dict[str, Any]:
    return {
        "people": group.people,
        "shots": group.shots,
        "visits": group.visits,
        "pairs": group.pairs,
        "distances": {
            f"{rate:.0e}": [round(number, 4) for number in interval] for rate, interval in group.distances.items()
        },
        "neighbour_gap": _gaps(group.gap),
        "mutual_gap": _gaps(group.mutual_gap),
        "foretold": group.foretold and round(group.foretold, 3),
    }


def _gaps(gaps: "Mapping[float, Interval] | None") -> dict[str, list[float]] | None:
    if gaps is None:
        return None
    return {f"{share:.0e}": [round(number, 4) for number in interval] for share, interval in gaps.items()}


def _print(fused: "dict[str, Group]", singles: "dict[str, Group]") -> None:
    columns = [
        (f"{name}, {label}", groups[name])
        for name in fused
        for label, groups in (("fused", fused), ("single", singles))
    ]
    table = Table("FMR", *(title for title, _ in columns), title="distance, with the 95 % interval over people")
    for rate in columns[0][1].distances:
        intervals = [group.distances[rate] for _, group in columns]
        table.add_row(f"{rate:.0e}", *(f"{at.value:.3f} ({at.low:.3f} to {at.high:.3f})" for at in intervals))
    say_table(table)
    for title, group in columns:
        line = f"{title}: {group.people} people, {group.visits} samples, {group.pairs:,} pairs"
        if group.foretold is not None:
            line += (
                f"; people left out of a fit came as near as its 1e-04 {group.foretold:.2f} times as often as it said"
            )
        say(escape(line))
        for name, measured in (("neighbour gap", group.gap), ("mutual gap", group.mutual_gap)):
            if measured:
                gaps = ", ".join(f"{share:.0e} {gap.value:.3f} (to {gap.high:.3f})" for share, gap in measured.items())
                say(f"  {name} {gaps}")
