"""What is searched for ahead, for a batch at once, is what one search after the other finds."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from uuid import UUID, uuid5

import colour_crops
import numpy as np
import pytest
from colour_crops import BLUE, DARK_BLUE, DARK_RED, GREEN, RED, face_crop
from hypothesis import given
from hypothesis import strategies as st

from matcher.chain.gallery import ChainGallery
from matcher.faiss_gallery import FaissGallery
from matcher.gallery import Gallery
from matcher.id_index import IdIndex
from matcher.identifier import Identifier
from matcher.numpy_gallery import NumpyGallery
from matcher.partition_state import PartitionState
from matcher.presence import Presence
from matcher.searched_ahead import SearchedAhead
from matcher.whereabouts import Elsewhere
from schemas.messages import FaceCrop, Message, Phase, Sighting, Template
from schemas.received import Received

DIM, K = 8, 3
STORES = ["harbour", "market"]


class ManySearches(NumpyGallery):
    """The reference, and how many probes were searched for."""

    def __init__(self) -> None:
        super().__init__()
        self.searched = 0

    def search(self, probes, k):
        self.searched += len(probes)
        return super().search(probes, k)


def uid(number: int) -> UUID:
    return uuid5(UUID(int=0), str(number))


@pytest.mark.parametrize("new_gallery", [NumpyGallery, lambda: FaissGallery(DIM), lambda: ChainGallery(DIM)])
@given(seed=st.integers(0, 10_000), known=st.integers(0, 40), steps=st.lists(st.booleans(), max_size=50))
def test_a_search_that_was_made_ahead_is_the_very_same_as_one_made_now(new_gallery, seed, known, steps):
    random = np.random.default_rng(seed)
    gallery: Gallery = new_gallery()

    def some(number: int) -> np.ndarray:
        return random.standard_normal((number, DIM)).astype(np.float32)

    for number, embedding in enumerate(some(known)):
        gallery.add(uid(number), uid(number // 2), embedding)
    probes = some(len(steps))
    ahead = SearchedAhead(gallery, K)
    for probe in probes:
        ahead.want(probe)
    ahead.look()
    for number, (probe, added) in enumerate(zip(probes, steps, strict=True)):
        assert ahead.search(probe[None], K) == gallery.search(probe[None], K)
        if added:
            gallery.add(uid(1_000 + number), uid(random.integers(0, 60)), probe)
            ahead.note(probe)
    assert (len(ahead), ahead.face_count()) == (len(gallery), gallery.face_count())


def test_what_is_added_far_away_costs_no_further_search():
    gallery = ManySearches()
    for number in range(K):
        gallery.add(uid(number), uid(number), np.full(DIM, number, np.float32))
    ahead = SearchedAhead(gallery, K)
    here, there = np.zeros(DIM, np.float32), np.full(DIM, 100.0, np.float32)
    ahead.want(here)
    ahead.look()
    gallery.add(uid(9), uid(9), there)
    ahead.note(there)
    ahead.search(here[None], K)
    assert gallery.searched == 1


class Chain:
    """Two stores with a partition each, and the gallery of both."""

    def __init__(self) -> None:
        self.gallery = NumpyGallery()
        self.partitions = [self._partition() for _ in STORES]
        self.identifier: Identifier = colour_crops.new_identifier(self.partitions.__getitem__, self._elsewhere)

    def _partition(self) -> PartitionState:
        def open_store(store_id: str) -> None:
            state.galleries[store_id] = NumpyGallery()

        state = PartitionState(
            settled=IdIndex(), undecided=[], new_gallery=open_store, expect=self._expect, presence=Presence()
        )
        return state

    def _expect(self, templates: Iterable[Template], _sightings: Iterable[Sighting]) -> None:
        for template in templates:
            self.gallery.add(template.template_id, template.face_id, np.frombuffer(template.embedding, dtype="<f4"))

    def _elsewhere(self, _crop: FaceCrop) -> Elsewhere | None:
        return Elsewhere(gallery=self.gallery, cannot_be=lambda _face_id: False) if len(self.gallery) else None

    def told(self, batches: Iterable[Sequence[Received]]) -> list[Message]:
        """All messages that come of batches, as one batch would tell them."""
        stages = [self.identifier(batch) for batch in batches]
        return [message for number in (0, 1) for stage in stages for message in stage[number]]


def crop(number: int, seen: tuple[int, tuple[int, int, int], bool]) -> Received:
    store, colour, confirmed = seen
    phase, shots = (Phase.CONFIRMED, 3) if confirmed else (Phase.PROVISIONAL, 1)
    message = face_crop(number, [colour] * shots, phase=phase, store=STORES[store])
    return Received(message=message, topic="crops", partition=store, offset=number)


people = st.tuples(st.integers(0, 1), st.sampled_from([RED, BLUE, GREEN, DARK_RED, DARK_BLUE]), st.booleans())


@given(st.lists(people, min_size=1, max_size=14), st.data())
def test_how_crops_are_cut_into_batches_changes_nothing_that_is_told_of_a_chain(seen, data):
    crops = [crop(number, one) for number, one in enumerate(seen)]
    cuts = sorted(data.draw(st.sets(st.integers(1, len(crops)))) | {0, len(crops)})
    in_batches = [crops[begin:end] for begin, end in pairwise(cuts)]
    assert Chain().told(in_batches) == Chain().told([one] for one in crops)
