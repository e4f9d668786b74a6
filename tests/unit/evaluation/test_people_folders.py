"""Folders and files that people give, right and wrong."""

from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import pytest

from evaluation.embedding_cache import EmbeddingCache, Row
from evaluation.pictures import find_pictures, read_groups, read_pairs, read_picture
from faces.errors import PictureError
from schemas.errors import InputError


def draw(path: Path, side: int = 8) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((side, 2 * side, 3), 90, dtype=np.uint8))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("anna/1.jpg", "anna/2.png", "train/ben/1.jpg", "test/ben/2.bmp"):
        draw(tmp_path / "people" / name)
    (tmp_path / "people" / "anna" / "notes.txt").write_text("no picture")
    return tmp_path / "people"


def test_a_picture_shows_the_person_its_own_folder_is_named_after(folder: Path):
    assert [(picture.name, picture.person) for picture in find_pictures(folder)] == [
        ("anna/1.jpg", "anna"),
        ("anna/2.png", "anna"),
        ("test/ben/2.bmp", "ben"),
        ("train/ben/1.jpg", "ben"),
    ]


def test_a_folder_that_is_not_there_and_one_without_pictures_are_named(tmp_path: Path):
    with pytest.raises(InputError, match="nowhere: no such folder"):
        find_pictures(tmp_path / "nowhere")
    with pytest.raises(InputError, match="holds no pictures"):
        find_pictures(tmp_path)


def test_large_pictures_are_brought_to_1200_pixels(tmp_path: Path):
    assert read_picture(draw(tmp_path / "large.png", side=1500)).shape == (600, 1200, 3)


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff\xe0 broken off"])
def test_a_file_that_is_no_picture_is_refused(tmp_path: Path, content: bytes):
    (tmp_path / "no.jpg").write_bytes(content)

    with pytest.raises(PictureError):
        read_picture(tmp_path / "no.jpg")


def test_pairs_name_their_pictures_from_the_folder_or_from_the_one_above(folder: Path, tmp_path: Path):
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("path_a,path_b,same,fold\nanna/1.jpg,people/anna/2.png,1,7\nanna/1.jpg,test/ben/2.bmp,0,8\n")

    assert [(one.one, one.other, one.same, one.fold) for one in read_pairs(pairs, folder, find_pictures(folder))] == [
        ("anna/1.jpg", "anna/2.png", True, "7"),
        ("anna/1.jpg", "test/ben/2.bmp", False, "8"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no pairs with a column path_a"),
        ("a,b\n1,2\n", "no pairs with a column path_a"),
        ("path_a,path_b,same\nanna/1.jpg,anna/2.png,yes\n", "line 2: same is 'yes'"),
        ("path_a,path_b,same\nanna/1.jpg,anna/2.png,1\nanna/1.jpg,anna/9.png,1\n", "line 3: anna/9.png is no picture"),
        (f"path_a,path_b,same\nanna/1.jpg,anna/{'x' * 300}.png,1\n", "line 2: anna/x+.png is no picture"),
    ],
)
def test_pairs_that_cannot_be_used_are_named_by_line(folder: Path, tmp_path: Path, text: str, said: str):
    (tmp_path / "pairs.csv").write_text(text)

    with pytest.raises(InputError, match=said):
        read_pairs(tmp_path / "pairs.csv", folder, find_pictures(folder))


def test_groups_are_read_by_person(tmp_path: Path):
    (tmp_path / "groups.csv").write_text("person,group\nanna,old\nben,young\ncarl,\n")

    assert read_groups(tmp_path / "groups.csv") == {"anna": "old", "ben": "young"}


@pytest.mark.parametrize("text", ["", "name,age\nanna,7\n"])
def test_a_file_without_groups_is_refused(tmp_path: Path, text: str):
    (tmp_path / "groups.csv").write_text(text)

    with pytest.raises(InputError, match="names no groups"):
        read_groups(tmp_path / "groups.csv")


def row(place: float) -> Row:
    return Row(
        embedding=np.array([place], dtype=np.float32),
        quality=(0.5,),
        box=(1.0, 2.0, 3.0, 4.0),
        detect_ms=5.0,
        embed_ms=6.0,
        cpu_ms=7.0,
    )


def looked(cache: EmbeddingCache, digests: dict[str, Row]) -> list[str]:
    """The digests of the pictures that had to be looked at."""
    looked_at: list[str] = []
    with cache:
        for digest, seen in digests.items():

            def look(digest: str = digest, seen: Row = seen) -> Row:
                looked_at.append(digest)
                return seen

            cache.row_of(digest, look)
    return looked_at


def test_a_picture_is_looked_at_once_also_one_without_a_face(tmp_path: Path):
    place = tmp_path / "cache.npz"
    rows = {"a": row(1.0), "b": Row.empty(), "c": row(3.0)}

    assert looked(EmbeddingCache(place), rows) == ["a", "b", "c"]
    assert looked(EmbeddingCache(place), rows) == []
    with EmbeddingCache(place) as again:
        kept = again.row_of("c", Row.empty)
    assert kept.embedding is not None
    assert (kept.embedding.tolist(), kept.box, kept.cpu_ms) == ([3.0], (1.0, 2.0, 3.0, 4.0), 7.0)


def test_what_was_seen_before_an_interruption_is_kept(tmp_path: Path):
    place = tmp_path / "cache.npz"
    with suppress(KeyboardInterrupt), EmbeddingCache(place) as cache:
        cache.row_of("a", lambda: row(1.0))
        raise KeyboardInterrupt

    assert looked(EmbeddingCache(place), {"a": row(1.0), "b": row(2.0)}) == ["b"]


def test_a_damaged_cache_is_made_again(tmp_path: Path):
    place = tmp_path / "cache.npz"
    place.write_bytes(b"PK\x03\x04 and no more")

    assert looked(EmbeddingCache(place), {"a": row(1.0)}) == ["a"]
    assert looked(EmbeddingCache(place), {"a": row(1.0)}) == []


def test_embeddings_are_readable_by_their_owner_alone(tmp_path: Path):
    place = tmp_path / "cache.npz"
    looked(EmbeddingCache(place), {"a": row(1.0)})

    assert place.stat().st_mode & 0o077 == 0
