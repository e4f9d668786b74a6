"""The face in a picture, searched among those of a folder, and both shown side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from evaluation.comparison import Match, nearest
from evaluation.comparison_picture import CROP_PX, Shown, draw_comparison
from evaluation.face_set import FaceSet, SeenPicture
from evaluation.portraits import portrait
from evaluation.strangers import tell_of_strangers
from evaluation.wording import count_text
from faces.face_finder import FaceFinder
from faces.packs import Pack
from faces.pictures import encode_png, read_picture
from faces.ports import Detection, Embeddings, Image
from schemas.errors import InputError, StorageError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Probe:
    """The largest face of a picture that holds so many ``faces``."""

    path: Path
    faces: int
    embedding: Embeddings
    portrait: Image
    detect_ms: float
    embed_ms: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """A face of the gallery near the probe: its picture, its place there, and what its distance means."""

    picture: SeenPicture
    detection: Detection
    match: Match


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GallerySearch:
    """What came of a search: ``found`` is nearest first."""

    pack: Pack
    probe: Probe
    gallery: Path
    faces: int
    pictures: int
    found: Sequence[Found]
    search_ms: float


def take_probe(path: Path, pack: Pack) -> Probe:
    """Return the largest face of a picture; raises InputError where there is none, PictureError, ModelError."""
    image = read_picture(path)
    finder = FaceFinder(pack)
    finder.embed(
        image, finder.detect(image)
    )  # a network prepares itself in its first run, which would be taken for the time it needs
    began_s = perf_counter()
    detections = finder.detect(image)
    detected_s = perf_counter()
    if not detections:
        raise InputError(
            f"{path}: no face was found; give a picture in which a face is seen from the front and is wider than "
            f"{pack.default_min_face_px:.0f} pixels"
        )
    (embedding,) = finder.embed(image, detections[:1])
    embedded_s = perf_counter()
    return Probe(
        path=path,
        faces=len(detections),
        embedding=embedding,
        portrait=portrait(image, detections[0], pack.landmark_scheme, size_px=CROP_PX),
        detect_ms=1000 * (detected_s - began_s),
        embed_ms=1000 * (embedded_s - detected_s),
    )


def search_gallery(probe: Probe, seen: FaceSet, gallery: Path, pack: Pack, *, top: int) -> GallerySearch:
    """Search the probe among the faces of a folder; the probe's own file is no answer. Raises InputError for none."""
    own = probe.path.resolve()
    others = [picture for picture in seen.pictures if picture.path.resolve() != own]
    if not others:
        raise InputError(f"{gallery}: holds nothing but the picture itself; give another --gallery")
    rows = [(picture, number) for picture in others for number in range(len(picture.faces))]
    if not rows:
        raise InputError(
            f"{gallery}: no face was found in {count_text(len(others), 'picture')}; give another --gallery"
        )
    embeddings = np.array([picture.faces[number].embedding for picture, number in rows], dtype=np.float32)
    began_s = perf_counter()
    matches = nearest(probe.embedding, embeddings, pack.calibration.of_single_shots(), top=top)
    search_ms = 1000 * (perf_counter() - began_s)
    found = []
    for match in matches:
        picture, number = rows[match.row]
        found.append(Found(picture=picture, detection=picture.faces[number].detection, match=match))
    return GallerySearch(
        pack=pack,
        probe=probe,
        gallery=gallery,
        faces=len(rows),
        pictures=len(seen.pictures),
        found=found,
        search_ms=search_ms,
    )


def judged_by(faces: int) -> str:
    """Return in a sentence what says how near strangers come in a gallery of so many faces."""
    judge = "the faces of the gallery" if tell_of_strangers(faces) else "the pack's calibration: the faces are too few"
    return f"How near strangers come is judged by {judge}."


def write_comparison(search: GallerySearch, out: Path) -> None:
    """Write the picture, a PNG. Raises StorageError where that cannot be done, PictureError where a picture is gone."""
    probe, scheme = search.probe, search.pack.landmark_scheme
    faces = [
        (
            Shown(
                name=one.picture.name,
                portrait=portrait(read_picture(one.picture.path), one.detection, scheme, size_px=CROP_PX),
            ),
            one.match,
        )
        for one in search.found
    ]
    note = "the face searched for" if probe.faces == 1 else f"the largest of {probe.faces} faces"
    image = draw_comparison(
        Shown(name=probe.path.name, portrait=probe.portrait),
        note,
        faces,
        lead=f"{probe.path.name} among the {search.faces:,} faces of {search.gallery.resolve().name}, "
        f"by the {search.pack.name} pack",
        foot=f"Detected in {probe.detect_ms:.0f} ms, embedded in {probe.embed_ms:.0f} ms, "
        f"searched in {search.search_ms:.1f} ms. {judged_by(search.faces)}",
    )
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(encode_png(image))
    except OSError as error:
        raise StorageError(f"{out}: cannot be written ({error.strerror}); give another file with --out") from error
