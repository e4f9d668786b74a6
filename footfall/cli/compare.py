"""``footfall compare``: a face beside the nearest of a gallery."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from footfall.cli.app import app
from footfall.cli.looking import look_at_folder, timed
from footfall.cli.output import escape, print_json, say, say_table
from schemas.errors import InputError

if TYPE_CHECKING:
    from evaluation.gallery_search import GallerySearch


@app.command()
def compare(
    picture: Annotated[Path, typer.Argument(metavar="PICTURE", help="A JPEG, PNG or WebP; its largest face is taken.")],
    gallery: Annotated[Path, typer.Option(help="Folder of pictures to compare with, at any depth.")],
    top: Annotated[int, typer.Option(min=1, max=50, help="How many of the nearest faces are shown.")] = 5,
    pack: Annotated[str | None, typer.Option(help="Model pack; without it, the best one in place.")] = None,
    out: Annotated[Path, typer.Option(help="The picture that is written, a PNG.")] = Path("out/comparison.png"),
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Keep no faces for the next time.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Find the faces of a gallery nearest to the one in a picture, and write them side by side."""
    from evaluation.gallery_search import search_gallery, take_probe, write_comparison
    from faces.packs import default_pack_name, open_pack

    if out.suffix.lower() != ".png":
        raise InputError(f"--out {out}: the picture is a PNG; give a name that ends in .png")
    opened = open_pack(pack or default_pack_name())
    probe = take_probe(picture, opened)
    if probe.faces > 1:
        say(f"{escape(str(picture))}: {probe.faces} faces; the largest is taken")
    seconds: dict[str, float] = {}
    with timed(seconds, "gallery"):
        seen = look_at_folder(gallery, opened, no_cache=no_cache)
    search = search_gallery(probe, seen, gallery, opened, top=top)
    with timed(seconds, "write"):
        write_comparison(search, out)
    if json:
        print_json(_facts(search, [picture.name for picture in seen.unreadable], seconds, out))
    else:
        _show(search, out)


def _show(search: "GallerySearch", out: Path) -> None:
    from evaluation.comparison_picture import headline_of, rate_text
    from evaluation.wording import count_text

    say(f"[bold]{escape(headline_of([(one.picture.name, one.match) for one in search.found]))}[/bold]")
    table = Table("", "picture", "distance", "", "verdict", box=None, pad_edge=False)
    for rank, one in enumerate(search.found, start=1):
        match = one.match
        table.add_row(str(rank), one.picture.name, f"{match.distance:.3f}", rate_text(match.fmr), match.verdict)
    say_table(table)
    probe = search.probe
    say(
        f"detected in {probe.detect_ms:.0f} ms, embedded in {probe.embed_ms:.0f} ms, "
        f"searched among {count_text(search.faces, 'face')} in {search.search_ms:.1f} ms"
    )
    say(f"Picture: [bold]{escape(str(out))}[/bold]")


def _facts(search: "GallerySearch", unreadable: list[str], seconds: dict[str, float], out: Path) -> dict[str, Any]:
    probe = search.probe
    return {
        "pack": search.pack.name,
        "picture": str(probe.path),
        "faces_in_picture": probe.faces,
        "gallery": {"pictures": search.pictures, "faces": search.faces, "unreadable": unreadable},
        "matches": [
            {
                "path": one.picture.name,
                "box": [round(value) for value in one.detection.box],
                "distance": round(one.match.distance, 4),
                "fmr": one.match.fmr,
                "verdict": one.match.verdict,
            }
            for one in search.found
        ],
        "milliseconds": {
            "detect": round(probe.detect_ms, 2),
            "embed": round(probe.embed_ms, 2),
            "search": round(search.search_ms, 3),
        },
        "seconds": seconds,
        "out": str(out),
    }
