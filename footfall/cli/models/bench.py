"""``footfall models bench``: how fast the packs are on this machine."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from faces.errors import ModelError
from footfall.cli.models.app import AsJson, answer, models_app
from footfall.cli.output import escape, say

if TYPE_CHECKING:
    from faces.ports import Image

_CROPS = 8


@models_app.command()
def bench(
    picture: Annotated[Path | None, typer.Option(help="A picture to measure on, brought to 640x360.")] = None,
    min_face_px: Annotated[
        int | None, typer.Option(min=20, max=2000, help="Narrowest face looked for; without it, each pack's own.")
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help="Cores one call may use.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Measure every pack in place on a picture of 640x360, by default a simulated door with somebody in view.

    A damaged pack is named and passed over; where that leaves none, the exit code is 6.
    Times are milliseconds of CPU. Where face_recognition is in place (`make reference`), the dlib pack is set beside
    it, in turns and on the same crops.
    """
    from faces.reference import reference_python
    from faces.runtime import cpu_name
    from faces.speed import compare, picture_to_measure_on

    image = next(_stills()) if picture is None else picture_to_measure_on(picture)
    packs, damaged = _measured(image, threads, min_face_px)
    python = reference_python()
    reference = _rounded(asdict(compare(python, _crops(), threads=threads)), 9) if python and "dlib" in packs else None
    columns = ("faces", "min_face_px", "detect_ms", "embed_ms", "frame_to_embedding_ms", "rss_mb")
    rows = [(name, *(str(figures[column]) for column in columns)) for name, figures in packs.items()]
    facts = {"cpu": cpu_name(), "threads": threads, "packs": packs, "damaged": damaged, "reference": reference}
    answer(facts, ("pack", *columns), rows, as_json)
    for name, damage in damaged.items():
        say(f"Pack {name} is damaged: {escape(damage)}.")
    if not packs:
        raise ModelError("no pack could be measured: `footfall models list` says which there are and how to get them")
    if python is None:
        say("To set the dlib pack beside face_recognition itself: `make reference`, then this again.")
    if reference is not None:
        say(
            f"face_recognition takes {reference['embed_ms']:.1f} ms for a face, {reference['ratio']:.1f} times as long "
            f"as the dlib pack does here, and {reference['ratio_f32']:.1f} times as long as it does in 32-bit floats, "
            f"where their embeddings differ by {reference['max_abs_diff']:.1e} at most."
        )


def _measured(
    image: "Image", threads: int, min_face_px: int | None
) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Return the figures of each pack in place, and of those that are damaged what is wrong with them."""
    from faces.packs import in_place, pack_names
    from faces.speed import measure

    packs, damaged = {}, {}
    for name in pack_names():
        try:
            if in_place(name):
                packs[name] = _rounded(asdict(measure(name, image, threads=threads, min_face_px=min_face_px)), 2)
        except ModelError as error:
            damaged[name] = str(error)
    return packs, damaged


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
