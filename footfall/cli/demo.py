"""``footfall demo``: the main job on a simulated shop door, beside the truth."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from footfall.cli.app import app
from footfall.cli.output import escape, print_json, progress_bar, say, say_table
from footfall.cli.run import show_camera

if TYPE_CHECKING:
    from footfall.demo import Demonstration


@app.command()
def demo(
    *,
    people: Annotated[int, typer.Option(help="How many people come.")] = 30,
    visits: Annotated[int, typer.Option(help="How many visits they make in all.")] = 60,
    minutes: Annotated[float, typer.Option(help="The simulated span of time.")] = 600,
    seed: Annotated[int, typer.Option(help="The same seed gives the same day.")] = 1,
    pack: Annotated[str, typer.Option(help="Model pack; see `footfall models list`.")] = "dlib",
    out: Annotated[Path, typer.Option(help="Folder for the film, the data and the report.")] = Path("out/demo"),
    json: Annotated[bool, typer.Option("--json", help="Print the summary as one JSON object.")] = False,
) -> None:
    """Simulate a shop door, count its visitors, and compare with the truth."""
    from footfall.demo import demonstrate, summary_of
    from footfall.logs import configure_logs
    from footfall.shutdown import stop_on_signals
    from simulator.simulation import Simulation

    configure_logs(level="warning", format="text")
    asked = Simulation(people=people, visits=visits, minutes=minutes, seed=seed)
    with stop_on_signals() as stop, progress_bar() as bar:
        simulating = bar.add_task("simulating the door", total=1.0, note=f"{people} people, {visits} visits")
        found = demonstrate(
            asked,
            out,
            pack=pack,
            stop=stop,
            on_simulated=lambda share: bar.update(simulating, completed=share),
            on_progress=show_camera(bar, "counting visitors"),
        )
    if json:
        print_json(summary_of(found))
    else:
        _print(found)


def _print(found: "Demonstration") -> None:
    score = found.score
    table = Table("", "truth", "measured", "error", box=None, pad_edge=False)
    table.add_row("visits (PV)", str(score.true_pv), str(score.measured_pv), f"{score.pv_error:+.1%}")
    table.add_row("visitors (UV)", str(score.true_uv), str(score.measured_uv), f"{score.uv_error:+.1%}")
    say_table(table)
    say(
        f"{score.sightings} sightings, {score.false_mints} false mints, "
        f"pair precision {score.pair_precision:.3f}, pair recall {score.pair_recall:.3f}"
    )
    say(escape(f"Seen with {found.pack}"))
    say("seconds: " + ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in found.seconds.items()))
    say(f"Report: [bold]{escape(str(found.page))}[/bold]")
