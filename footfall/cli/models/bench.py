"""``footfall models bench``: how fast the packs are on this machine."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from footfall.cli.models.app import AsJson, answer, models_app
from footfall.cli.output import say

if TYPE_CHECKING:
    from faces.ports import Image

_CROPS = 8


@models_app.command()
def bench(
    picture: Annotated[Path | None, typer.Option(help="A JPEG to measure on, brought to 640x360.")] = None,
    min_face_px: Annotated[
        int | None, typer.Option(min=20, max=2000, help="Narrowest face looked for; without it, each pack's own.")
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help="Cores one call may use.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Measure every pack in place on a picture of 640x360, by default a simulated door with somebody in view.

    Times are milliseconds of CPU. Where face_recognition is in place (`make reference`), the dlib pack is set beside
    it, in turns and on the same crops.
    """
    from faces.packs import in_place, pack_names
    from faces.reference import reference_python
    from faces.runtime import cpu_name
    from faces.speed import compare, measure, picture_to_measure_on

    image = next(_stills()) if picture is None else picture_to_measure_on(picture)
    packs = {
        name: _rounded(asdict(measure(name, image, threads=threads, min_face_px=min_face_px)), 2)
        for name in pack_names()
        if in_place(name)
    }
    python = reference_python()
    reference = _rounded(asdict(compare(python, _crops(), threads=threads)), 9) if python else None
    columns = ("faces", "min_face_px", "detect_ms", "embed_ms", "frame_to_embedding_ms", "rss_mb")
    rows = [(name, *(str(figures[column]) for column in columns)) for name, figures in packs.items()]
    facts = {"cpu": cpu_name(), "threads": threads, "packs": packs, "reference": reference}
    answer(facts, ("pack", *columns), rows, as_json)
    if reference is None:
        say("To set the dlib pack beside face_recognition itself: `make reference`, then this again.")
    else:
        say(
            f"face_recognition takes {reference['embed_ms']:.1f} ms for a face, {reference['ratio']:.1f} times as long "
            f"as the dlib pack does here, and {reference['ratio_f32']:.1f} times as long as it does in 32-bit floats, "
            f"where their embeddings differ by {reference['max_abs_diff']:.1e} at most."
        )


def _stills() -> Iterator["Image"]:
    """Yield pictures of a simulated door with one person in view."""
    import numpy as np

    from faces.speed import HEIGHT_PX, WIDTH_PX
    from simulator.scene import View
    from simulator.still import draw_still

    rng = np.random.default_rng(0)
    while True:
        yield draw_still(View(width_px=WIDTH_PX, height_px=HEIGHT_PX), (120,), rng)


def _crops() -> list["Image"]:
    """Return the aligned crops of some such people."""
    from faces.packs import open_pack

    pack = open_pack("dlib")
    detector = pack.make_detector(threads=1)
    crops: list[Image] = []
    for still in _stills():
        crops += [pack.align(still, face.landmarks) for face in detector.detect(still)]
        if len(crops) >= _CROPS:
            break
    return crops[:_CROPS]


def _rounded(figures: dict[str, Any], digits: int) -> dict[str, Any]:
    return {name: round(value, digits) for name, value in figures.items()}
