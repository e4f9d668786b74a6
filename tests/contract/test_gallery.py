"""What every gallery promises, on every gallery there is."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from uuid import UUID, uuid5

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from services.common import free_port

from matcher.chain.gallery import ChainGallery
from matcher.chain.rows import id_bytes
from matcher.chain.search import ChainSizes
from matcher.faiss_gallery import FaissGallery
from matcher.gallery import Gallery, Known
from matcher.milvus_gallery import MilvusGallery
from matcher.numpy_gallery import NumpyGallery
from schemas.errors import TransientError

DIM = 4
NewGallery = Callable[[], Gallery]


# Trained from so few templates on, and comparing a probe with all of them.
SMALL = ChainSizes(exact_up_to=24, short_above=1_000_000, probed=1_000, measured=64, tail=2, room=10_000)


def grown_gallery() -> Gallery:
    """Return a chain's gallery that has trained, and is empty again."""
    gallery = ChainGallery(DIM, SMALL)
    rng = np.random.default_rng(0)
    others = [uid(f"other {number}") for number in range(64)]
    gallery.add_many(others, others, rng.uniform(-50.0, 50.0, (64, DIM)).astype(np.float32))
    gallery.settle()
    assert gallery.lists > 0
    for other in others:
        gallery.remove(other)
    return gallery


def milvus_gallery(folder: Path) -> Gallery:
    """Return an empty collection of Milvus Lite, the engine that needs no server."""
    return MilvusGallery(str(folder / "templates.db"), "templates", DIM)


@pytest.fixture(
    params=[
        lambda _: NumpyGallery(),
        lambda _: FaissGallery(DIM),
        lambda _: ChainGallery(DIM),
        lambda _: grown_gallery(),
        milvus_gallery,
    ],
    ids=["numpy", "faiss", "chain, exact", "chain, trained", "milvus"],
)
def new_gallery(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewGallery]:
    with ExitStack() as opened:

        def new() -> Gallery:
            gallery: Gallery = request.param(tmp_path)
            if isinstance(gallery, MilvusGallery):
                opened.callback(gallery.close)
            return gallery

        yield new


def uid(name: object) -> UUID:
    return uuid5(UUID(int=0), str(name))


def vector(*numbers: float) -> np.ndarray:
    return np.array([*numbers, *[0.0] * (DIM - len(numbers))], dtype=np.float32)


def test_an_empty_gallery_finds_nobody(new_gallery: NewGallery):
    assert new_gallery().search(vector(1.0)[None], 3) == [[]]


def test_no_probe_gives_no_answer(new_gallery: NewGallery):
    gallery = new_gallery()
    gallery.add(uid("t"), uid("ann"), vector(1.0))
    assert gallery.search(np.empty((0, DIM), dtype=np.float32), 3) == []


def test_the_nearest_comes_first_and_each_face_once(new_gallery: NewGallery):
    gallery = new_gallery()
    for number, (name, x) in enumerate([("ann", 1.0), ("ann", 2.0), ("bob", 3.0), ("cem", 9.0)]):
        gallery.add(uid(number), uid(name), vector(x))
    (candidates,) = gallery.search(vector(0.0)[None], 2)
    assert [(candidate.face_id, candidate.distance) for candidate in candidates] == [
        (uid("ann"), pytest.approx(1.0)),
        (uid("bob"), pytest.approx(3.0)),
    ]


def test_many_templates_of_one_face_do_not_hide_the_next_face(new_gallery: NewGallery):
    gallery = new_gallery()
    for number in range(60):
        gallery.add(uid(number), uid("ann"), vector(1.0 + number / 100))
    gallery.add(uid("b"), uid("bob"), vector(50.0))
    (candidates,) = gallery.search(vector(0.0)[None], 2)
    assert [candidate.face_id for candidate in candidates] == [uid("ann"), uid("bob")]


def test_an_add_is_seen_by_the_next_search_and_a_remove_is_complete(new_gallery: NewGallery):
    gallery = new_gallery()
    gallery.add(uid(1), uid("ann"), vector(1.0))
    assert gallery.search(vector(1.0)[None], 1)[0][0].face_id == uid("ann")
    gallery.remove(uid(1))
    gallery.remove(uid(1))
    assert (gallery.search(vector(1.0)[None], 1), len(gallery), list(gallery.templates_of(uid("ann")))) == ([[]], 0, [])


def test_faces_are_counted_once_however_many_templates_they_have(new_gallery: NewGallery):
    gallery = new_gallery()
    for number, name in enumerate(["ann", "ann", "bob"]):
        gallery.add(uid(number), uid(name), vector(number))
    assert gallery.face_count() == 2
    gallery.remove(uid(2))
    assert gallery.face_count() == 1


def test_templates_of_a_face_come_in_the_order_of_their_adding(new_gallery: NewGallery):
    gallery = new_gallery()
    for number in (3, 1, 2):
        gallery.add(uid(number), uid("ann"), vector(number))
    assert [template[0] for template in gallery.templates_of(uid("ann"))] == [3.0, 1.0, 2.0]


def test_a_template_that_is_given_to_another_face_is_found_under_it_and_keeps_its_place(new_gallery: NewGallery):
    gallery = new_gallery()
    for number, name in enumerate(["ann", "bob", "ann"]):
        gallery.add(uid(number), uid(name), vector(number))
    gallery.give(uid(1), uid("ann"))
    gallery.give(uid(7), uid("ann"))
    assert (gallery.face_count(), len(gallery)) == (1, 3)
    assert [template[0] for template in gallery.templates_of(uid("ann"))] == [0.0, 1.0, 2.0]
    assert [one.face_id for one in gallery.search(vector(1.0)[None], 3)[0]] == [uid("ann")]
    gallery.give(uid(1), uid("bob"))
    assert gallery.search(vector(1.0)[None], 1)[0][0].face_id == uid("bob")


steps = st.lists(
    st.tuples(
        st.sampled_from(["add", "give", "remove", "search"]), st.integers(0, 7), st.integers(0, 3), st.integers(-50, 50)
    ),
    max_size=40,
)


@given(steps)
def test_any_sequence_of_changes_and_searches_agrees_with_brute_force(steps):
    agree(steps, NumpyGallery(), FaissGallery(DIM))


def agree(steps, reference: Gallery, gallery: Gallery) -> None:
    """Take both through the steps and compare what they find."""
    for verb, template, face, x in steps:
        if verb == "add":
            for one in (reference, gallery):
                one.add(uid(template), uid(f"face {face}"), vector(x, x % 7))
        elif verb == "give":
            for one in (reference, gallery):
                one.give(uid(template), uid(f"face {face}"))
        elif verb == "remove":
            for one in (reference, gallery):
                one.remove(uid(template))
        else:
            expected, found = (one.search(vector(x + 0.25)[None], 3)[0] for one in (reference, gallery))
            assert [c.distance for c in found] == pytest.approx([c.distance for c in expected], abs=1e-4)
            nearest = {c.face_id: c.distance for c in expected}
            assert all(c.distance == pytest.approx(nearest.get(c.face_id, c.distance), abs=1e-4) for c in found)
        assert len(reference) == len(gallery)


@pytest.fixture(scope="module")
def milvus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusGallery]:
    gallery = MilvusGallery(str(tmp_path_factory.mktemp("milvus") / "templates.db"), "any_sequence", DIM)
    yield gallery
    gallery.close()


@settings(max_examples=10)
@given(steps)
def test_any_sequence_agrees_with_brute_force_in_a_vector_engine_too(milvus: MilvusGallery, steps):
    for template in range(8):
        milvus.remove(uid(template))
    agree(steps, NumpyGallery(), milvus)


def test_a_vector_engine_is_brought_to_hold_what_the_log_says_and_nothing_else(tmp_path: Path):
    address, names = str(tmp_path / "templates.db"), ["ann", "bob", "cem"]
    before = MilvusGallery(address, "templates", DIM)
    for name in names:
        before.add(uid(name), uid(f"face of {name}"), vector(len(name), 1.0))
    before.close()
    known = Known(
        template_ids=id_bytes([uid("bob"), uid("cem"), uid("dee")]),
        face_ids=id_bytes([uid("face of bob"), uid("face of bob"), uid("face of dee")]),
        embeddings=np.stack([vector(2.0), vector(3.0), vector(4.0)]),
    )
    with closing(MilvusGallery.filled(address, "templates", DIM, [known])) as after:
        assert (len(after), after.face_count()) == (3, 2)
        assert len(after.templates_of(uid("face of bob"))) == 2
        assert after.templates_of(uid("face of ann")) == []
        assert after.search(vector(4.0)[None], 1)[0][0].face_id == uid("face of dee")


def test_a_vector_engine_that_is_away_is_named_without_its_password():
    with pytest.raises(TransientError) as failure:
        MilvusGallery(f"http://eve:secret@127.0.0.1:{free_port()}", "templates", DIM)
    assert "127.0.0.1" in str(failure.value)
    assert "secret" not in str(failure.value)
