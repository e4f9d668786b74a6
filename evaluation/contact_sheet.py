"""Clusters for people who look: a page in one file with a row for each cluster, and a table for programs."""

import csv
import io
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from analytics.presentation.assets import style
from evaluation.clusters import UNCLUSTERED, Clusters
from evaluation.links import Groups
from evaluation.wording import count_text
from faces.ports import Detection

# A portrait takes 4 kB of the page, and a browser should open it: what is left out stands in the table.
_SHOWN_OF_A_CLUSTER, _SHOWN_CLUSTERS, _SHOWN_UNCLUSTERED = 24, 500, 240


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Entry:
    """A clustered face: the name of its picture, and where it is from a picture, its place there and its portrait."""

    name: str
    detection: Detection | None = None
    portrait: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A face on the sheet; ``portrait`` is base64."""

    name: str
    short_name: str
    portrait: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """A cluster on the sheet: what is shown of it, and how many faces more it has."""

    title: str
    note: str
    shown: Sequence[Tile]
    more: int


def render_contact_sheet(
    title: str,
    lead: str,
    entries: Sequence[Entry],
    clusters: Clusters,
    *,
    without_face: Sequence[str] = (),
    unreadable: Sequence[tuple[str, str]] = (),
) -> str:
    """Return the page; ``entries`` are the clustered faces, in the order of the clusters' rows. All texts are escaped.

    ``unreadable`` are (name, problem). The page asks nobody for anything.
    """
    shown = clusters.members[:_SHOWN_CLUSTERS]
    alone = clusters.unclustered
    return (
        _environment()
        .get_template("contact_sheet.html")
        .render(
            title=title,
            lead=lead,
            style=style(),
            rows=[_cluster_row(number, rows, entries) for number, rows in enumerate(shown, start=1)],
            clusters_left_out=len(clusters.members) - len(shown),
            unclustered=_row("Not in a cluster", alone, entries, _SHOWN_UNCLUSTERED) if len(alone) else None,
            without_face=without_face,
            unreadable=unreadable,
        )
    )


def render_clusters_csv(entries: Sequence[Entry], clusters: Clusters) -> str:
    """Return a line for each face: path, box (x, y, width, height in pixels) and cluster, from 1; none is empty."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(("path", "x", "y", "width", "height", "cluster"))
    for entry, label in zip(entries, clusters.labels.tolist(), strict=True):
        box = [round(value) for value in entry.detection.box] if entry.detection else [""] * 4
        lines.writerow((entry.name, *box, "" if label == UNCLUSTERED else label + 1))
    return text.getvalue()


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("evaluation"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _cluster_row(number: int, rows: Groups, entries: Sequence[Entry]) -> SheetRow:
    return _row(f"Cluster {number}", rows, entries, _SHOWN_OF_A_CLUSTER)


def _row(title: str, rows: Groups, entries: Sequence[Entry], most: int) -> SheetRow:
    pictures = len({entries[row].name for row in rows})
    return SheetRow(
        title=title,
        note=f"{count_text(len(rows), 'face')} in {count_text(pictures, 'picture')}",
        shown=[_tile(entries[row]) for row in rows[:most]],
        more=max(0, len(rows) - most),
    )


def _tile(entry: Entry) -> Tile:
    short_name = entry.name.rpartition("/")[2]
    return Tile(name=entry.name, short_name=short_name, portrait=b64encode(entry.portrait).decode())
