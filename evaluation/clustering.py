"""A folder of pictures, or a file of embeddings, clustered and written down."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.clusters import UNCLUSTERED, Clusters, cluster
from evaluation.contact_sheet import Entry, render_clusters_csv, render_contact_sheet
from evaluation.face_set import FaceSet
from evaluation.stored_embeddings import StoredEmbeddings
from evaluation.wording import count_text
from faces.packs import Pack
from faces.ports import Embeddings
from schemas.errors import StorageError
from simulator.score import pair_precision_and_recall


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Material:
    """What is clustered: a row for each face.

    ``pictures`` (n,) numbers the picture of each face, None where that is not known; ``picture_count`` is how many
    were looked at. ``people`` (n,) numbers the person each face is known to show, -1 where that is not known.
    ``unreadable`` are (name, problem).
    """

    source: str
    entries: Sequence[Entry]
    embeddings: Embeddings
    pictures: NDArray[np.int64] | None
    people: NDArray[np.int64]
    picture_count: int
    without_face: Sequence[str]
    unreadable: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clustering:
    """What came of it. ``agreement`` is pair precision and recall against the people known, None where nobody is."""

    pack: str
    material: Material
    clusters: Clusters
    agreement: tuple[float, float] | None


def material_of_folder(folder: Path, seen: FaceSet) -> Material:
    """Take the faces of a folder.

    Where all pictures lie in folders within it, two or more, each is read as a person's: the largest face of a picture
    is known to show that person.
    """
    folders = [picture.name.rpartition("/")[0] for picture in seen.pictures]
    numbers = {name: number for number, name in enumerate(sorted(set(folders)))}
    by_person = all(folders) and len(numbers) > 1
    entries, people = [], []
    for picture, within in zip(seen.pictures, folders, strict=True):
        for rank, face in enumerate(picture.faces):
            entries.append(Entry(name=picture.name, detection=face.detection, portrait=face.portrait))
            people.append(numbers[within] if by_person and rank == 0 else -1)
    return Material(
        source=folder.resolve().name,
        entries=entries,
        embeddings=seen.embeddings,
        pictures=seen.picture_of,
        people=np.array(people, dtype=np.int64),
        picture_count=len(seen.pictures),
        without_face=[picture.name for picture in seen.pictures if not picture.faces and not picture.problem],
        unreadable=[(picture.name, picture.problem) for picture in seen.unreadable],
    )


def material_of_file(path: Path, stored: StoredEmbeddings) -> Material:
    """Take stored embeddings, of which nothing more is known than their names."""
    return Material(
        source=path.name,
        entries=[Entry(name=name) for name in stored.names],
        embeddings=stored.embeddings,
        pictures=None,
        people=np.full(len(stored.names), -1),
        picture_count=0,
        without_face=(),
        unreadable=(),
    )


def cluster_material(material: Material, pack: Pack, *, fmr: float | None, min_faces: int) -> Clustering:
    """Cluster, each face being a single shot; ``fmr`` and ``min_faces`` are as in ``evaluation.clusters.cluster``."""
    clusters = cluster(
        material.embeddings,
        pack.calibration.of_single_shots(),
        pictures=material.pictures,
        fmr=fmr,
        min_faces=min_faces,
    )
    known = material.people >= 0
    return Clustering(
        pack=pack.name,
        material=material,
        clusters=clusters,
        agreement=agreement(clusters.labels[known], material.people[known]) if known.any() else None,
    )


def agreement(labels: NDArray[np.int64], people: NDArray[np.int64]) -> tuple[float, float]:
    """Return pair precision and recall of labels (n,) held against people (n,); a face in no cluster is alone."""
    clusters = np.where(labels == UNCLUSTERED, -1 - np.arange(len(labels)), labels)
    return pair_precision_and_recall(list(zip(people.tolist(), clusters.tolist(), strict=True)))


def write_clustering(found: Clustering, out: Path) -> tuple[Path, Path]:
    """Write ``clusters.html`` and ``clusters.csv`` into the folder ``out`` and return them; raises StorageError."""
    material, clusters = found.material, found.clusters
    html, csv = out / "clusters.html", out / "clusters.csv"
    page = render_contact_sheet(
        f"The faces of {material.source}",
        lead_of(found),
        material.entries,
        clusters,
        without_face=material.without_face,
        unreadable=material.unreadable,
    )
    try:
        out.mkdir(parents=True, exist_ok=True)
        html.write_text(page, encoding="utf-8")
        # With the mark of its encoding, so that a spreadsheet shows Chinese names as they are.
        csv.write_text(render_clusters_csv(material.entries, clusters), encoding="utf-8-sig")
    except OSError as error:
        raise StorageError(
            f"{error.filename or out}: cannot be written ({error.strerror}); give another folder with --out"
        ) from error
    return html, csv


def lead_of(found: Clustering) -> str:
    """Return in a sentence or two what was clustered, by what, and how well that agrees with what is known."""
    clusters = found.clusters
    said = (
        f"{count_text(len(clusters.labels), 'face')}: {count_text(len(clusters.members), 'cluster')}, and "
        f"{count_text(len(clusters.unclustered), 'face')} in none. "
        f"Pack {found.pack}, linked at a false match rate of {clusters.fmr:.1e}, which is a distance of "
        f"{clusters.eps:.3f} for most."
    )
    if found.agreement:
        precision, recall = found.agreement
        said += (
            f" Of the pairs clustered together {precision:.1%} are of one folder, and of the pairs of one folder "
            f"{recall:.1%} are clustered together."
        )
    return said
