"""The page of an evaluation: one file that needs no server, with the pairs that went most wrong."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from analytics.presentation.assets import asset, chart_library, style
from analytics.presentation.language import install
from evaluation.comparisons import Distances
from evaluation.embedding_set import EmbeddingSet
from evaluation.measurement import Evaluation
from evaluation.pictures import read_picture
from evaluation.report_sections import sections_of
from faces.errors import PictureError
from faces.pictures import encode_jpeg
from schemas.errors import StorageError

_PAIRS_SHOWN = 8
_SIDE_PX = 120
_MARGIN = 0.35

GLOSSARY = {
    "FMR": "false match rate: share of the comparisons of different people that are accepted",
    "FNMR": "false non-match rate: share of the comparisons of one person that are refused",
    "FPIR": "share of the searches by people who are not in the gallery that return somebody; two visitors become one",
    "FNIR": "share of the searches by people in the gallery that do not return them; one visitor becomes two",
    "UV": "distinct visitors: here the FaceIds given, and (UV - people) / people its error",
    "pair precision": "of the pairs of visits with one FaceId, the share that are of one person",
    "pair recall": "of the pairs of visits of one person, the share that have one FaceId",
    "fused": "averaged by quality, as the matcher does with shots of one track that differ",
    "gates": "the least quality a crop must have; what they refuse is in none of the error rates",
    "interval": "where the figure would lie, 95 times in 100, had other people been photographed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PicturePair:
    """Two faces side by side: their names, and the pictures as data addresses."""

    one: str
    other: str
    distance: float
    pictures: tuple[str, str]


def write_page(evaluation: Evaluation, folder: Path) -> Path:
    """Write ``<pack>.html`` into a folder, made if need be, and return its path; raises StorageError.

    It holds pictures of faces, blurred until asked for, and is to be kept like them.
    """
    worst = _worst(evaluation)
    page = _environment().get_template("evaluation.html")
    html = page.render(
        title=f"How well {evaluation.pack.name} tells people apart",
        lead=(
            f"{_named(evaluation.folder)}: {evaluation.pictures:,} pictures of {evaluation.people:,} people. Model "
            f"{evaluation.pack.model_id}, licence {evaluation.pack.licence}."
        ),
        sections=list(sections_of(evaluation)),
        worst=worst,
        footnote="This page holds pictures of people: keep it as you would keep those." if worst else "",
        style=style(),
        chart_library=chart_library(),
        charts_script=asset("js/charts.js"),
    )
    place = folder / f"{evaluation.pack.name}.html"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        place.write_text(html, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{place}: cannot be written ({error.strerror}); name another folder with --out") from error
    return place


@cache
def _environment() -> Environment:
    made = Environment(
        loader=ChoiceLoader([PackageLoader("evaluation"), PackageLoader("analytics.presentation")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["glossary"] = GLOSSARY
    install(made)
    return made


def _named(folder: Path) -> str:
    """Return the last two folders of a path: the last alone is often called "images"."""
    return "/".join(folder.resolve().parts[-2:])


def _worst(evaluation: Evaluation) -> Mapping[str, list[PicturePair]]:
    """Return the mated pairs farthest apart and the non-mated nearest, of single shots; each two people once."""
    singles = evaluation.fused.get(1)
    if singles is None:
        return {}
    row_of_sample = np.flatnonzero(evaluation.faces.passed)[singles.rows[:, 0]]
    found = {}
    for title, pairs, nearest_first in (
        ("One person, taken for two", singles.comparisons.mated, False),
        ("Two people, taken for one", singles.comparisons.non_mated, True),
    ):
        shown = [
            _pair(evaluation, int(row_of_sample[one]), int(row_of_sample[other]), distance)
            for one, other, distance in _of_different_people(pairs, nearest_first=nearest_first)
        ]
        found[title] = [pair for pair in shown if pair is not None]
    return {title: pairs for title, pairs in found.items() if pairs}


def _of_different_people(pairs: Distances, *, nearest_first: bool) -> Iterator[tuple[int, int, float]]:
    seen: set[tuple[int, ...]] = set()
    order = range(len(pairs)) if nearest_first else range(len(pairs) - 1, -1, -1)
    for place in order:
        people = tuple(sorted(pairs.people[place].tolist()))
        if people in seen:
            continue
        seen.add(people)
        one, other = pairs.rows[place].tolist()
        yield one, other, float(pairs.distance[place])
        if len(seen) == _PAIRS_SHOWN:
            return


def _pair(evaluation: Evaluation, one: int, other: int, distance: float) -> PicturePair | None:
    faces = evaluation.faces
    try:
        pictures = _face(faces, evaluation.folder, one), _face(faces, evaluation.folder, other)
    except PictureError:
        return None  # moved away since it was embedded
    return PicturePair(one=str(faces.names[one]), other=str(faces.names[other]), distance=distance, pictures=pictures)


def _face(faces: EmbeddingSet, folder: Path, row: int) -> str:
    image = read_picture(folder / str(faces.names[row]))
    x, y, width, height = faces.boxes[row].tolist()
    side = (1 + 2 * _MARGIN) * max(width, height)
    left, top = int(x + width / 2 - side / 2), int(y + height / 2 - side / 2)
    around = int(side)
    padded = cv2.copyMakeBorder(image, around, around, around, around, cv2.BORDER_CONSTANT)
    square = padded[top + around : top + 2 * around, left + around : left + 2 * around]
    small = cv2.resize(square, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA)
    jpeg = encode_jpeg(np.asarray(small, dtype=np.uint8), 85)
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
