"""The chain's gallery while it grows: beside brute force, across changes of everything it is made of."""

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from uuid import UUID, uuid5

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.chain.file import chain_pieces, learnt_pieces, read_chain, read_learnt
from matcher.chain.gallery import ChainGallery
from matcher.chain.growth import Growth
from matcher.chain.products import MANY
from matcher.chain.rows import id_bytes
from matcher.chain.search import ChainSizes
from matcher.gallery import Known
from matcher.numpy_gallery import NumpyGallery
from matcher.snapshot import SnapshotRefused
from schemas.errors import InputError

DIM = 16
EVERYTHING = {"probed": 1_000.0, "measured": 1_000, "room": 20_000}
ENOUGH = {"probed": 1_000.0, "measured": 50, "room": 20_000}
EXACT = ChainSizes(exact_up_to=20_000, short_above=20_000, tail=3, **EVERYTHING)
TRAINED = ChainSizes(exact_up_to=30, short_above=20_000, tail=3, **EVERYTHING)
SHORT = ChainSizes(exact_up_to=150, short_above=150, tail=3, **EVERYTHING)
# Embeddings are about 5.6 apart, and of three bits for each of so few dimensions no more can be asked.
RIGHT_TO = {EXACT: 2e-3, TRAINED: 2e-3, SHORT: 1.8}


def uid(name: object) -> UUID:
    return uuid5(UUID(int=0), str(name))


def vectors(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, DIM)).astype(np.float32)


def filled(sizes: ChainSizes, count: int, seed: int = 0) -> tuple[ChainGallery, NumpyGallery]:
    ids = [uid(number) for number in range(count)]
    galleries = ChainGallery(DIM, sizes), NumpyGallery()
    for gallery in galleries:
        gallery.add_many(ids, [uid(f"face {number % (count // 2)}") for number in range(count)], vectors(count, seed))
    return galleries


def assert_agree(gallery: ChainGallery, reference: NumpyGallery, probes: np.ndarray, k: int, right_to: float) -> None:
    assert (len(gallery), gallery.face_count()) == (len(reference), reference.face_count())
    for found, all_faces in zip(gallery.search(probes, k), reference.search(probes, len(reference)), strict=True):
        distances = {candidate.face_id: candidate.distance for candidate in all_faces}
        assert [one.distance for one in found] == pytest.approx([one.distance for one in all_faces[:k]], abs=right_to)
        assert [one.distance for one in found] == pytest.approx([distances[one.face_id] for one in found], abs=right_to)
        assert len({one.face_id for one in found}) == len(found)


def restarted(gallery: ChainGallery, reference: NumpyGallery, sizes: ChainSizes) -> ChainGallery:
    """Return a gallery as the next process has it: of what there is, and of what was learnt."""
    rows = [
        (template_id, face_id, embedding)
        for face_id in {owner for owner, _ in reference.templates.values()}
        for template_id, (owner, embedding) in reference.templates.items()
        if owner == face_id
    ]
    if not rows:
        return ChainGallery.filled(DIM, [], learnt=gallery.learnt(), sizes=sizes)
    templates, faces, embeddings = zip(*rows, strict=True)
    everybody = Known(template_ids=id_bytes(templates), face_ids=id_bytes(faces), embeddings=np.array(embeddings))
    return ChainGallery.filled(DIM, [everybody], learnt=gallery.learnt(), sizes=sizes)


steps = st.lists(
    st.tuples(
        st.sampled_from(["add", "add many", "give", "remove", "search", "settle", "restart"]),
        st.integers(0, 59),
        st.integers(0, 9),
    ),
    max_size=20,
)


@pytest.mark.parametrize("sizes", [EXACT, TRAINED, SHORT], ids=["exact", "trained", "short codes"])
@settings(max_examples=15, deadline=None)
@given(begin=st.integers(0, 40), steps=steps)  # with 40 it has trained before, with 0 it trains on the way or never
def test_any_sequence_of_changes_and_searches_agrees_with_brute_force(sizes, begin, steps):
    gallery, reference = filled(sizes, begin + (200 if sizes is SHORT else 2))
    for number, (verb, template, face) in enumerate(steps):
        for one in (gallery, reference):
            if verb == "add":
                one.add(uid(template), uid(f"face {face}"), vectors(1, number)[0])
            elif verb == "add many":
                ids = [uid(template + place) for place in range(face)]
                one.add_many(ids, [uid(f"face {face}")] * face, vectors(face, number))
            elif verb == "give":
                one.give(uid(template), uid(f"face {face}"))
            elif verb == "remove":
                one.remove(uid(template))
        if verb == "settle":
            gallery.settle()
        elif verb == "restart":
            gallery = restarted(gallery, reference, sizes)
        elif verb == "search":
            assert_agree(gallery, reference, vectors(2, template), 1 + face, RIGHT_TO[sizes])
    gallery.settle()
    assert_agree(gallery, reference, vectors(2, 99), 5, RIGHT_TO[sizes])
    for face in range(10):
        kept, expected = (one.templates_of(uid(f"face {face}")) for one in (gallery, reference))
        assert len(kept) == len(expected)
        nearest = [min(np.linalg.norm(one - other) for other in kept) for one in expected]  # their order may differ
        assert all(distance < 4 * RIGHT_TO[sizes] for distance in nearest)


def test_it_grows_from_exact_search_to_more_and_more_lists_and_then_to_short_codes():
    sizes = ChainSizes(exact_up_to=300, short_above=2_500, tail=50, **ENOUGH)
    gallery, seen = ChainGallery(DIM, sizes), []
    embeddings = vectors(3_000)
    for begin in range(0, 3_000, 100):
        ids = [uid(number) for number in range(begin, begin + 100)]
        gallery.add_many(ids, ids, embeddings[begin : begin + 100])
        gallery.settle()
        seen.append(gallery.lists)
    assert (seen[1], seen[2] > 0, seen[-1] >= 4 * seen[2], sorted(seen) == seen) == (0, True, True, True)
    found = gallery.search(embeddings, 1)
    assert [one[0].face_id for one in found] == [uid(number) for number in range(3_000)]


@pytest.mark.parametrize("sizes", [TRAINED, SHORT, ChainSizes(exact_up_to=30, tail=3, probed=1.0, room=20_000)])
def test_many_probes_at_once_find_what_each_finds_alone(sizes):
    gallery, _ = filled(sizes, 3_000)
    gallery.settle()
    probes = vectors(2 * MANY + 1, seed=1)
    together = gallery.search(probes, 3)
    alone = [gallery.search(probe[None, :], 3)[0] for probe in probes]
    assert [[one.face_id for one in found] for found in together] == [[one.face_id for one in found] for found in alone]
    assert [one.distance for found in together for one in found] == pytest.approx(
        [one.distance for found in alone for one in found], abs=1e-3
    )


def test_what_is_removed_or_given_away_while_others_search_and_lists_are_trained_is_so_at_once():
    sizes = ChainSizes(exact_up_to=500, short_above=1_500, tail=40, **ENOUGH)
    gallery, embeddings = ChainGallery(DIM, sizes), vectors(2_000)

    def search_for(number: int) -> UUID:
        return gallery.search(embeddings[number][None], 1)[0][0].face_id

    with ThreadPoolExecutor(1) as others:
        for begin in range(0, 2_000, 100):
            numbers = range(begin, begin + 100)
            ids = [uid(number) for number in numbers]
            gallery.add_many(ids, ids, embeddings[numbers.start : numbers.stop])
            searched = others.submit(gallery.search, embeddings[begin : begin + 100], 3)
            gallery.remove(ids[0])
            gallery.give(ids[1], uid("other"))
            assert search_for(begin) != ids[0]
            assert search_for(begin + 1) == uid("other")
            assert search_for(begin + 2) == ids[2]
            assert all(len(found) == 3 for found in searched.result())
    gallery.settle()
    assert (len(gallery), gallery.face_count(), gallery.lists > 0) == (1_980, 1_961, True)
    assert len(gallery.templates_of(uid("other"))) == 20


def test_rows_of_templates_that_are_gone_are_used_again():
    ids = [uid(number) for number in range(100)]
    gallery, _ = filled(ChainSizes(exact_up_to=150, tail=20, **ENOUGH), 200)
    for round_of in range(12):
        for number in range(100):
            gallery.add(uid(number), uid(number), vectors(1, 1000 * round_of + number)[0])
        gallery.settle()
    with gallery.parts() as parts:
        assert len(parts.stamps) < 700  # of 1,400 that were added
    # What is put where something was removed is found by its code, among the nearest quarter of the lists' codes.
    assert [gallery.search(vectors(1, 11_000 + number), 1)[0][0].face_id for number in range(100)] == ids


@pytest.mark.parametrize("dim", [3, 10, 70])
def test_embeddings_of_any_length_are_found(dim):
    gallery, ids = ChainGallery(dim, SHORT), [uid(number) for number in range(200)]
    embeddings = np.random.default_rng(dim).standard_normal((200, dim)).astype(np.float32)
    gallery.add_many(ids, ids, embeddings)
    gallery.settle()
    found = gallery.search(embeddings, 1)
    assert gallery.lists > 0
    assert sum(one.face_id == face_id for (one,), face_id in zip(found, ids, strict=True)) > 0.9 * len(ids)


def test_exact_search_forgets_the_rows_of_what_is_gone_too():
    gallery, reference = filled(EXACT, 600)
    for number in range(0, 600, 2):
        gallery.remove(uid(number))
        reference.remove(uid(number))
    gallery.settle()
    with gallery.parts() as parts:
        assert len(parts.waiting) < 400
    assert_agree(gallery, reference, vectors(5, 3), 4, RIGHT_TO[EXACT])


def test_rows_that_go_while_blocks_are_put_in_order_are_used_again_too(monkeypatch):
    gallery, _ = filled(EXACT, 600)
    gallery.settle()

    merge = Growth._merge

    def more_goes_first(*parts):
        for number in range(300, 500):
            gallery.remove(uid(number))
        merge(*parts)

    monkeypatch.setattr(Growth, "_merge", more_goes_first)
    for number in range(100):
        gallery.remove(uid(number))
    gallery.settle()
    with gallery.parts() as parts:
        assert (len(parts.waiting), len(gallery)) == (300, 300)


def test_a_gallery_without_room_says_so_and_keeps_what_it_has():
    sizes = ChainSizes(room=10)
    gallery = ChainGallery(DIM, sizes)
    ids = [uid(number) for number in range(11)]
    with pytest.raises(InputError, match="has room for 10 templates and is full"):
        gallery.add_many(ids, ids, vectors(11))
    gallery.add_many(ids[:10], ids[:10], vectors(10))
    with pytest.raises(InputError):
        gallery.add(ids[10], ids[10], vectors(1)[0])
    assert gallery.search(vectors(10), 1)[9][0].face_id == ids[9]


@pytest.mark.parametrize("sizes", [EXACT, TRAINED, SHORT], ids=["exact", "trained", "short codes"])
def test_a_gallery_read_from_its_file_answers_as_before_and_has_nothing_to_train(sizes):
    gallery, _ = filled(sizes, 400)
    gallery.settle()
    gallery.add(uid("late"), uid("late"), vectors(1, 5)[0])
    gallery.remove(uid(3))
    restored = read_chain(BytesIO(b"".join(chain_pieces(gallery, "m"))), model_id="m", sizes=sizes)
    assert (restored.lists, len(restored), restored.face_count()) == (gallery.lists, 400, gallery.face_count())
    for found, expected in zip(restored.search(vectors(50, 7), 4), gallery.search(vectors(50, 7), 4), strict=True):
        assert [one.face_id for one in found] == [one.face_id for one in expected]
        assert [one.distance for one in found] == pytest.approx([one.distance for one in expected], abs=0.1)
    restored.add(uid(3), uid("again"), vectors(1, 6)[0])
    assert restored.search(vectors(1, 6), 1)[0][0].face_id == uid("again")


@given(st.data())
@settings(max_examples=20, deadline=None)
def test_a_file_that_is_damaged_anywhere_is_refused(data):
    gallery, _ = filled(TRAINED, 60)
    gallery.settle()
    whole = b"".join(chain_pieces(gallery, "m"))
    place = data.draw(st.integers(0, len(whole) - 1))
    damaged = bytearray(whole)
    damaged[place] ^= 1 << data.draw(st.integers(0, 7))
    for broken in (bytes(damaged), whole[:place]):
        with pytest.raises(SnapshotRefused):
            read_chain(BytesIO(broken), model_id="m", sizes=TRAINED)


def test_a_file_of_another_model_is_refused():
    gallery, _ = filled(TRAINED, 60)
    file = BytesIO(b"".join(chain_pieces(gallery, "m")))
    with pytest.raises(SnapshotRefused, match="of the model m, not of other"):
        read_chain(file, model_id="other", sizes=TRAINED)


def known(numbers: list[int], embeddings: np.ndarray) -> list[Known]:
    """Return templates in pieces of twenty."""
    ids = id_bytes([uid(number) for number in numbers])
    return [
        Known(template_ids=ids[piece], face_ids=ids[piece], embeddings=embeddings[piece])
        for piece in (slice(begin, begin + 20) for begin in range(0, len(numbers), 20))
    ]


@pytest.mark.parametrize("sizes", [EXACT, TRAINED, SHORT], ids=["exact", "trained", "short codes"])
def test_a_gallery_filled_at_once_answers_before_it_has_trained_and_while_more_come(sizes):
    gallery, reference = ChainGallery.filled(DIM, known([*range(300)], vectors(300)), sizes=sizes), NumpyGallery()
    for number, embedding in enumerate(vectors(300)):
        reference.add(uid(number), uid(number), embedding)
    assert_agree(gallery, reference, vectors(3, 9), 4, RIGHT_TO[sizes])
    for one in (gallery, reference):
        one.add(uid("late"), uid("late"), vectors(1, 5)[0])
        one.remove(uid(7))
    assert_agree(gallery, reference, vectors(3, 9), 4, RIGHT_TO[sizes])
    gallery.settle()
    assert (gallery.lists > 0) == (sizes is not EXACT)
    assert_agree(gallery, reference, vectors(3, 9), 4, RIGHT_TO[sizes])


@pytest.mark.parametrize("sizes", [TRAINED, SHORT], ids=["trained", "short codes"])
def test_what_was_learnt_serves_a_gallery_that_has_changed_since(sizes):
    before, _ = filled(sizes, 400)
    before.settle()
    before.add(uid("late"), uid("late"), vectors(1, 5)[0])  # not in the lists
    file = BytesIO(b"".join(learnt_pieces(before.learnt(), "m")))
    embeddings = vectors(500)
    embeddings[:400] = vectors(400)
    embeddings[50] = vectors(1, 77)[0]  # another picture under the same id
    numbers = [number for number in range(500) if number % 9]  # some are gone, a hundred are new
    after, reference = (
        ChainGallery.filled(
            DIM, known(numbers, embeddings[numbers]), learnt=read_learnt(file, model_id="m"), sizes=sizes
        ),
        NumpyGallery(),
    )
    for number in numbers:
        reference.add(uid(number), uid(number), embeddings[number])
    assert after.lists == before.lists
    with after.parts() as parts:
        assert len(parts.waiting) <= 101, "what the lists have is not waiting"
    for _ in range(2):
        assert_agree(after, reference, vectors(3, 9), 4, RIGHT_TO[sizes])
        found = after.search(embeddings[numbers], 1)
        assert [one.face_id for (one,) in found] == [uid(number) for number in numbers]
        after.settle()
    with after.parts() as parts:
        assert np.count_nonzero(parts.stamps) == parts.lists.index.ntotal, "what is gone is in no list"


def test_what_was_learnt_by_another_model_is_refused_and_so_is_what_is_damaged():
    gallery, _ = filled(TRAINED, 60)
    gallery.settle()
    whole = b"".join(learnt_pieces(gallery.learnt(), "m"))
    with pytest.raises(SnapshotRefused, match="of the model m, not of other"):
        read_learnt(BytesIO(whole), model_id="other")
    for place in range(0, len(whole), 997):
        with pytest.raises(SnapshotRefused):
            read_learnt(BytesIO(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :]), model_id="m")
