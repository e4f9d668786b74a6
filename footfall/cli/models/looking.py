"""Pictures looked at for a measurement: with a progress bar, on as many cores as were granted."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footfall.cli.looking import say_problems
from footfall.cli.output import escape, progress_bar

if TYPE_CHECKING:
    from evaluation.embedding_set import EmbeddingSet
    from evaluation.pictures import Picture
    from faces.packs import Pack

Threads = Annotated[int, typer.Option(min=1, help="Cores it may use.")]


def use_cores(threads: int) -> None:
    """Bound what numerical libraries take; before they are loaded, for they look at it then."""
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(variable, str(threads))


def look_at(pictures: "list[Picture]", folder: Path, pack: "Pack", threads: int) -> "EmbeddingSet":
    """Return the faces of the pictures, as looked at now or kept from an earlier time; name what cannot be read."""
    from evaluation.embedding_cache import cache_of
    from evaluation.embedding_set import embed_pictures

    with progress_bar() as bar:
        task = bar.add_task(f"{pack.name}: {len(pictures):,} pictures of {folder.name}", total=len(pictures), note="")
        faces = embed_pictures(
            pictures, pack, cache_of(folder, pack), threads=threads, on_picture=lambda: bar.advance(task)
        )
    say_problems([escape(problem) for problem in faces.unreadable.values()])
    return faces
