"""``footfall cluster``: the faces of a folder of pictures, put together by person."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footfall.cli.app import app
from footfall.cli.looking import look_at_folder, timed
from footfall.cli.output import escape, print_json, say
from schemas.errors import InputError

if TYPE_CHECKING:
    from evaluation.clustering import Material
    from faces.packs import Pack


@app.command()
def cluster(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Folder of pictures, at any depth.", show_default=False)
    ] = None,
    embeddings: Annotated[
        Path | None, typer.Option(help="Cluster stored embeddings instead, an .npz file; see docs/looking.md.")
    ] = None,
    pack: Annotated[str | None, typer.Option(help="Model pack; without it, the best one in place.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for clusters.html and clusters.csv.")] = Path("out/clusters"),
    min_faces: Annotated[int, typer.Option(min=1, help="Fewer faces are no cluster.")] = 2,
    fmr: Annotated[
        float | None,
        typer.Option(
            min=1e-12, max=0.1, show_default="follows from the number of faces",
            help="False match rate of a link: smaller for fewer strangers in a cluster, larger for fewer faces missed.",
        ),
    ] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Keep no faces for the next time.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:  # fmt: skip
    """Put the faces of a folder of pictures together by person; write a page to look at and a table."""
    from evaluation.clustering import cluster_material, lead_of, write_clustering
    from faces.packs import default_pack_name, open_pack

    opened = open_pack(pack or default_pack_name())
    seconds: dict[str, float] = {}
    with timed(seconds, "look"):
        material = _material(folder, embeddings, opened, no_cache)
    with timed(seconds, "cluster"):
        found = cluster_material(material, opened, fmr=fmr, min_faces=min_faces)
    with timed(seconds, "write"):
        html, csv = write_clustering(found, out)
    if not json:
        say(escape(lead_of(found)))
        say(f"Page: [bold]{escape(str(html))}[/bold], table: {escape(str(csv))}")
        return
    precision, recall = found.agreement or (None, None)
    print_json(
        {
            "pack": found.pack,
            "pictures": material.picture_count,
            "unreadable": [name for name, _ in material.unreadable],
            "faces": len(material.entries),
            "clusters": len(found.clusters.members),
            "noise": len(found.clusters.unclustered),
            "fmr": found.clusters.fmr,
            "eps": found.clusters.eps,
            "pair_precision": precision,
            "pair_recall": recall,
            "seconds": seconds,
            "html": str(html),
            "csv": str(csv),
        }
    )


def _material(folder: Path | None, embeddings: Path | None, pack: "Pack", no_cache: bool) -> "Material":
    from evaluation.clustering import material_of_file, material_of_folder
    from evaluation.stored_embeddings import load_embeddings
    from evaluation.wording import count_text

    if folder and not embeddings:
        material = material_of_folder(folder, look_at_folder(folder, pack, no_cache=no_cache))
        if not material.entries:
            pictures = count_text(material.picture_count, "picture")
            raise InputError(f"{folder}: no face was found in {pictures}; give others")
        return material
    if embeddings and not folder:
        return material_of_file(embeddings, load_embeddings(embeddings, pack))
    raise InputError("name either a folder of pictures or, with --embeddings, a file of stored embeddings")
