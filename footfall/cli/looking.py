"""What the commands for people who look share: the faces of a folder, with a progress bar."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from footfall.cli.output import escape, progress_bar, say

if TYPE_CHECKING:
    from evaluation.face_set import FaceSet, SeenPicture
    from faces.packs import Pack

_PROBLEMS_SHOWN = 20


def look_at_folder(folder: Path, pack: "Pack", *, no_cache: bool) -> "FaceSet":
    """Find and embed all faces of a folder, and name what cannot be read.

    Raises InputError for a folder without pictures, ModelError, StorageError.
    """
    from evaluation.face_cache import FaceCache
    from evaluation.face_set import faces_of_folder, pictures_in

    paths = pictures_in(folder)
    began_s, pictures, faces = perf_counter(), 0, 0
    with ExitStack() as stack:
        cache = None if no_cache else stack.enter_context(FaceCache(pack, today=datetime.now(UTC).date()))
        bar = stack.enter_context(progress_bar())
        task = bar.add_task("looking at pictures", total=len(paths), note="")

        def show(seen: "SeenPicture") -> None:
            nonlocal pictures, faces
            pictures, faces = pictures + 1, faces + len(seen.faces)
            rate = pictures / (perf_counter() - began_s)
            bar.update(task, advance=1, note=f"{rate:.1f} pictures a second, {faces} faces")

        seen = faces_of_folder(folder, paths, pack, cache, on_picture=show)
    say_problems([f"[yellow]{escape(picture.name)}[/yellow]: {escape(picture.problem)}" for picture in seen.unreadable])
    return seen


def say_problems(lines: Sequence[str]) -> None:
    """Say what is wrong with pictures that cannot be read, a line with Rich markup for each: of many the first."""
    from evaluation.wording import count_text

    for line in lines[:_PROBLEMS_SHOWN]:
        say(line)
    if len(lines) > _PROBLEMS_SHOWN:
        say(f"and {count_text(len(lines) - _PROBLEMS_SHOWN, 'more picture')} that cannot be read")


@contextmanager
def timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    """Add how long a step takes, in seconds, to ``seconds``."""
    began_s = perf_counter()
    yield
    seconds[step] = round(perf_counter() - began_s, 3)
