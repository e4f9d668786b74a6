"""The gallery of the whole chain, which grows by itself from a few templates to millions of them."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Self
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from faces.cores import cores_here
from matcher.chain.growth import Growth
from matcher.chain.holdings import ChainParts, Holdings, Learnt
from matcher.chain.products import MANY
from matcher.chain.rows import id_bytes
from matcher.chain.search import ChainSizes, search_view
from matcher.gallery import Candidate, Known, Vector

_MOST_PROBES = 256  # at once on one core


class ChainGallery:
    """Templates searched exactly up to ``ChainSizes.exact_up_to``; beyond, in trained lists, and measured again.

    Searches look at a view that does not change and wait for nothing; changes wait for each other. What takes longer,
    training above all, is done meanwhile in threads of their own and then exchanged for what was there. Only whoever
    adds faster than that can follow is made to wait. A template that is removed or given away is so in the next
    search; what the lists hold of it is dropped when they are next made anew.

    Beyond ``exact_up_to`` templates a nearest one may be missed, and beyond ``short_above`` distances are not exact:
    docs/gallery.md has the figures.
    """

    def __init__(self, dim: int, sizes: ChainSizes = ChainSizes()) -> None:  # noqa: B008 - it cannot be changed
        self._dim = dim
        self._sizes = sizes
        self._holdings = Holdings(dim, sizes)
        self._growth = Growth(self._holdings, sizes)
        self._threads: ThreadPoolExecutor | None = None

    def add(self, template_id: UUID, face_id: UUID, embedding: Vector) -> None:
        """Add or replace a template."""
        self.add_many([template_id], [face_id], embedding[None, :])

    def add_many(self, template_ids: Sequence[UUID], face_ids: Sequence[UUID], embeddings: NDArray[np.float32]) -> None:
        """Add or replace templates. Raises InputError when there is no more room, having added none of them."""
        if not len(template_ids):
            return
        self._growth.make_wait()
        with self._holdings.changing:
            templates = id_bytes(template_ids)
            for row in self._holdings.rows.find(templates):
                if row >= 0:
                    self._holdings.remove(int(row))
            self._holdings.add(templates, id_bytes(face_ids), np.ascontiguousarray(embeddings, np.float32))
            self._growth.nudge()

    def give(self, template_id: UUID, face_id: UUID) -> None:
        """Exchange the FaceId beside the index."""
        with self._holdings.changing:
            row = int(self._holdings.rows.find(id_bytes([template_id]))[0])
            if row >= 0:
                self._holdings.rows.give(row, face_id)

    def remove(self, template_id: UUID) -> None:
        """Take a template out."""
        with self._holdings.changing:
            row = int(self._holdings.rows.find(id_bytes([template_id]))[0])
            if row >= 0:
                self._holdings.remove(row)
                self._growth.nudge()

    def search(self, probes: NDArray[np.float32], k: int) -> list[list[Candidate]]:
        """Search the view there is; many probes on every core."""
        view = self._holdings.view
        found = partial(search_view, view, self._holdings.rows, k=k, sizes=self._sizes)
        probes = np.ascontiguousarray(probes, np.float32)
        if len(probes) < MANY:
            return found(probes) if len(probes) else []
        if self._threads is None:
            self._threads = ThreadPoolExecutor(cores_here(), "gallery-search")
        share = min(-(-len(probes) // cores_here()), _MOST_PROBES)
        shares = [probes[begin : begin + share] for begin in range(0, len(probes), share)]
        return [candidates for part in self._threads.map(found, shares) for candidates in part]

    def templates_of(self, face_id: UUID) -> list[Vector]:
        """Return the embeddings kept for a FaceId, as near as their codes tell."""
        with self._holdings.changing:
            view = self._holdings.view
            return list(view.codes.decode(view.coded[self._holdings.rows.of_face(face_id)]))

    def face_count(self) -> int:
        """Return the number of FaceIds."""
        return self._holdings.rows.face_count

    def __len__(self) -> int:
        """Return the number of templates."""
        return len(self._holdings.rows)

    @property
    def lists(self) -> int:
        """How many trained lists are searched; 0 while every template is compared."""
        lists = self._holdings.view.lists
        return lists.lists if lists else 0

    def settle(self) -> None:
        """Return once all that goes on in the background is done."""
        self._growth.settle()

    @classmethod
    def filled(
        cls,
        dim: int,
        known: Iterable[Known],
        *,
        learnt: Learnt | None = None,
        sizes: ChainSizes = ChainSizes(),  # noqa: B008
    ) -> Self:
        """Return a gallery of templates, none of them twice, at once: what is to be trained is so in the background.

        What ``learnt`` has in its lists is searched there from the beginning; the rest exactly, until it is.
        """
        gallery = cls(dim, sizes)
        with gallery._holdings.changing:
            gallery._holdings.fill(known, learnt)
            gallery._growth.begin()
        return gallery

    def learnt(self) -> Learnt | None:
        """Return what training gave, for the next start; None before the first. Changes wait while it is copied."""
        with self._holdings.changing:
            return self._holdings.learnt()

    @contextmanager
    def parts(self) -> Iterator[ChainParts]:
        """Give all there is; until the context is left, changes wait. Searches do not."""
        with self._holdings.changing:
            yield self._holdings.parts()

    @classmethod
    def of_parts(cls, parts: ChainParts, sizes: ChainSizes = ChainSizes()) -> Self:  # noqa: B008
        """Return the gallery that these were the parts of."""
        gallery = cls(parts.dim, sizes)
        gallery._holdings.restore(parts)
        with gallery._holdings.changing:
            gallery._growth.nudge()
        return gallery
