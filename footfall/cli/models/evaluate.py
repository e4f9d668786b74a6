"""``footfall models evaluate``: how well a pack tells people apart, measured on pictures of anyone's choice."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footfall.cli.models.app import AsJson, models_app
from footfall.cli.models.looking import Threads, look_at, use_cores
from footfall.cli.output import escape, print_json, say

if TYPE_CHECKING:
    from evaluation.measurement import Evaluation

_OUT = Path("out/evaluation")


@models_app.command()
def evaluate(
    data: Annotated[Path, typer.Option(help="Folder with one folder of pictures for each person.")],
    pack_name: Annotated[
        str | None, typer.Option("--pack", help="The pack; without it, the one a run would take.")
    ] = None,
    pairs: Annotated[
        Path | None, typer.Option(help="CSV of pairs: path_a,path_b,same and, if there are any, fold.")
    ] = None,
    by: Annotated[Path | None, typer.Option(help="CSV that names the group of people: person,group.")] = None,
    shots: Annotated[str, typer.Option(help="How many shots are fused to a visit, one number or several.")] = "1,2,3",
    out: Annotated[Path, typer.Option(help="Folder for the page.")] = _OUT,
    threads: Threads = 1,
    seed: Annotated[int, typer.Option(help="Another seed deals other visits.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Measure a pack on pictures of known people: error rates with intervals, counting, large galleries, a page."""
    use_cores(threads)
    from evaluation.as_json import as_json as facts_of
    from evaluation.measurement import evaluate as measure
    from evaluation.pictures import find_pictures, read_groups, read_pairs
    from evaluation.report_page import write_page
    from faces.packs import default_pack_name, open_pack

    numbers = _numbers(shots)
    pictures = find_pictures(data)
    chosen = read_pairs(pairs, data, pictures) if pairs else []
    groups = read_groups(by) if by else {}
    pack = open_pack(pack_name or default_pack_name())
    faces = look_at(pictures, data, pack, threads)
    result = measure(
        faces,
        pack,
        data,
        shots=numbers,
        pairs=chosen,
        groups=groups,
        seed=seed,
        on_step=lambda step: say(f"[dim]{step}[/dim]"),
    )
    page = write_page(result, out)
    if as_json:
        print_json(facts_of(result, page))
    else:
        _print(result, page)


def _numbers(shots: str) -> list[int]:
    try:
        numbers = sorted({int(number) for number in shots.split(",")})
    except ValueError:
        numbers = []
    if not numbers or numbers[0] < 1:
        raise typer.BadParameter(f"{shots!r}: give whole numbers above 0 with commas between them, such as 1,2,3")
    return numbers


def _print(result: "Evaluation", page: Path) -> None:
    say(f"{result.pictures:,} pictures of {result.people:,} people, pack {result.pack.name}")
    say(f"no face found {result.failure_to_detect:.1%}, refused by the gates {result.rejected_by_quality:.1%}")
    if result.pairs_accuracy:
        accuracy = result.pairs_accuracy
        say(f"pairs answered rightly {accuracy.value:.2%} ({accuracy.low:.2%} to {accuracy.high:.2%})")
    for shots, fused in result.fused.items():
        told = [
            f"{rate:.0e} {found.fnmr.value:.2%} ({found.fnmr.low:.2%} to {found.fnmr.high:.2%})"
            for rate, found in fused.rates.items()
            if found is not None
        ]
        say(
            f"FNMR, {shots} shot{'' if shots == 1 else 's fused'}, at FMR "
            + (", ".join(told) or "nothing: too few pairs")
        )
    if result.minting:
        minting = result.minting
        say(
            f"UV {minting.uv} of {minting.people} people ({minting.uv_error:+.1%}), pair precision "
            f"{minting.pair_precision:.3f}, recall {minting.pair_recall:.3f}"
        )
    if result.open_set:
        told = [f"{size.size:,}: {size.fpir.value:.2%}" for size in result.open_set.sizes if size.fpir]
        say("FPIR with so many templates " + ", ".join(told))
    say(f"the page: {escape(str(page))}")
