"""``footfall models bench``: how fast the packs are on this machine."""

import platform
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from footfall.cli.models.app import AsJson, answer, models_app


@models_app.command()
def bench(
    picture: Annotated[Path | None, typer.Option(help="A JPEG to measure on, brought to 640x360.")] = None,
    threads: Annotated[int, typer.Option(min=1, help="Cores one call may use.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Measure every pack in place on a picture of 640x360, by default an empty one.

    "reference" in the JSON is null: face_recognition needs an environment of its own, that of tests/reference.
    """
    from faces.packs import open_pack, pack_files, pack_names
    from faces.speed import measure, picture_to_measure_on

    image = picture_to_measure_on(picture)
    packs = {
        name: {key: round(value, 2) for key, value in asdict(measure(open_pack(name), image, threads=threads)).items()}
        for name in pack_names()
        if all(file.found for file in pack_files(name))
    }
    columns = ("faces", "detect_ms", "embed_ms", "frame_to_embedding_ms", "rss_mb")
    rows = [(name, *(str(figures[column]) for column in columns)) for name, figures in packs.items()]
    facts = {"cpu": platform.processor() or platform.machine(), "threads": threads, "packs": packs, "reference": None}
    answer(facts, ("pack", *columns), rows, as_json)
