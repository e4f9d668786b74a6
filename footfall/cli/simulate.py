"""``footfall simulate``: a shop door with visitors who do not exist, and the truth about them."""

from enum import StrEnum
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

from footfall.cli.app import app
from footfall.cli.output import escape, print_json, progress_bar, say


class Size(StrEnum):
    """Height of the pictures."""

    HD = "720"
    FULL_HD = "1080"


@app.command()
def simulate(
    *,
    people: Annotated[int, typer.Option(help="How many people come.")] = 30,
    visits: Annotated[int, typer.Option(help="How many visits they make in all; everyone comes at least once.")] = 60,
    minutes: Annotated[float, typer.Option(help="The simulated span of time.")] = 600,
    seed: Annotated[int, typer.Option(help="The same seed gives the same day.")] = 1,
    out: Annotated[Path, typer.Option(help="Folder for door.mp4 and truth.json.")],
    cameras: Annotated[int, typer.Option(help="How many doors, with a camera each.")] = 1,
    faces: Annotated[
        Path | None, typer.Option(help="Real people for measuring: a folder with a folder of pictures for each person.")
    ] = None,
    posters: Annotated[int, typer.Option(help="Faces on the wall.")] = 0,
    visitor_posters: Annotated[int, typer.Option(help="So many of the visitors hang on the wall as well.")] = 0,
    passers_by: Annotated[int, typer.Option(help="People in the street who never come in.")] = 0,
    steady: Annotated[
        bool, typer.Option("--steady", help="As many pictures while nobody is there, like a camera.")
    ] = False,
    size: Annotated[Size, typer.Option(help="Height of the pictures.")] = Size.HD,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Simulate a shop door: films and the truth about who came when."""
    from simulator.simulation import TRUTH_FILE, Simulation
    from simulator.simulation import simulate as simulate_day

    asked = Simulation(
        people=people, visits=visits, minutes=minutes, seed=seed, cameras=cameras, posters=posters,
        visitor_posters=visitor_posters, passers_by=passers_by, height_px=int(size), steady=steady, faces=faces,
    )  # fmt: skip
    began_s = monotonic()
    with progress_bar() as bar:
        task = bar.add_task("simulating", total=1.0, note="")
        truth = simulate_day(asked, out, progress=lambda share: bar.update(task, completed=share))
    seconds = round(monotonic() - began_s, 1)
    films = {camera.camera: str(out / camera.file) for camera in truth.cameras}
    if json:
        print_json(
            {
                "truth": str(out / TRUTH_FILE),
                "cameras": films,
                "start": truth.cameras[0].starts_at.isoformat().replace("+00:00", "Z"),
                "people": truth.uv,
                "visits": truth.pv,
                "seconds": seconds,
            }
        )
        return
    say(f"{truth.pv} visits of {truth.uv} people in {minutes:.0f} minutes, simulated in {seconds} s")
    for film in films.values():
        say(f"  {escape(film)}")
    say(f"  {escape(str(out / TRUTH_FILE))}")
