"""Everybody the chain knows."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from threading import Lock
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from matcher.gallery import Gallery, Known, uuids
from matcher.id_index import folded_in
from matcher.template_table import FLOAT, FROM_NO_CROP, Columns, TemplateTable, where
from matcher.whereabouts import Elsewhere, Whereabouts
from schemas.ledger import Ledger
from schemas.messages import FaceCrop, IdentityEvent, Sighting, Template


class Population:
    """The templates of all stores, under the FaceIds that the ledger says are theirs, and who was seen where lately.

    Those of whom the ledger says that they were erased are gone, whatever the topic of templates still holds. The
    galleries of single stores are made here, and those that ``held`` gives for a store follow what becomes of theirs.
    ``chain`` is the gallery of all stores and ``ledger`` who is who; both may be read from any thread.
    """

    def __init__(
        self,
        table: TemplateTable,
        ledger: Ledger,
        *,
        new_gallery: Callable[[], Gallery],
        new_chain: Callable[[Iterable[Known]], Gallery],
        held: Callable[[str], Iterable[Gallery]],
        travel: timedelta,
    ) -> None:
        """``new_chain`` makes the gallery of all stores, filled; ``travel`` is the least time between two of them."""
        self._table = table
        self._new_gallery = new_gallery
        self._whereabouts = Whereabouts(travel)
        self._changing = Lock()  # held for a moment, around templates and the making of galleries
        self._held = held
        self._waiting: set[UUID] = set()
        self._expected: dict[UUID, tuple[Template, UUID]] = {}  # in the chain before the log has them, under a FaceId
        self.ledger = ledger
        self._new_chain = new_chain
        self._chain: Gallery | None = None  # made when all that the log holds is known: in one go, in seconds

    def __len__(self) -> int:
        """Return the number of templates known."""
        return len(self._table)

    @property
    def chain(self) -> Gallery:
        """The gallery of all stores."""
        if self._chain is None:
            with self._changing:
                if self._chain is None:
                    self._chain = self._new_chain(map(self._known, self._table.by_block()))
        return self._chain

    def holds_migrated(self) -> bool:
        """Return whether any template was made for this model of what another had learnt."""
        with self._changing:
            return self._table.holds_migrated()

    def take(self, template: Template) -> None:
        """Enter a template of the log."""
        with self._changing:
            self._table.put(template)
            self._whereabouts.saw(template)
            expected, kept_by = self._expected.pop(template.template_id, (None, None))
            if expected is None or expected.embedding != template.embedding:
                kept_by = template.face_id
                if self._chain is not None and template.template_id not in self._waiting:
                    self._add_to_chain(self._chain, template, kept_by)
            if template.source_partition == FROM_NO_CROP:
                for gallery in self._held(template.store_id):
                    gallery.add(template.template_id, template.face_id, np.frombuffer(template.embedding, dtype=FLOAT))
            # One that was taken while its FaceId was being merged, split or erased is put right here.
            keeper = self.ledger.keeper(template.event_id, template.face_id)
            if keeper != kept_by:
                self._keep(template.template_id, keeper)

    def let_wait(self, template_ids: Iterable[UUID]) -> None:
        """Take out of the chain, until they are expected again, templates whose decision was not committed."""
        with self._changing:
            for template_id in template_ids:
                self._waiting.add(template_id)
                if self._chain is not None:
                    self._chain.remove(template_id)

    def expect(self, templates: Iterable[Template], sightings: Iterable[Sighting]) -> None:
        """Let what was concluded here be found in the chain, before it comes from the log."""
        chain = self.chain
        with self._changing:
            for sighting in sightings:
                self._whereabouts.saw(sighting)
            for template in templates:
                self._waiting.discard(template.template_id)
                keeper = self.ledger.keeper(template.event_id, template.face_id)
                if keeper is not None:
                    self._add_to_chain(chain, template, keeper)
                    if self._table.store_of(template.template_id) is None:
                        self._expected[template.template_id] = (template, keeper)

    def take_back(self, templates: Iterable[Template]) -> None:
        """Forget of templates that were expected those which have not come: they may never."""
        chain = self.chain
        with self._changing:
            for template in templates:
                self._expected.pop(template.template_id, None)
                if self._table.store_of(template.template_id) is None:
                    chain.remove(template.template_id)

    def drop(self, template_id: UUID) -> None:
        """Let go of a template that the log has erased."""
        with self._changing:
            self._keep(template_id, None)

    def enter(self, entries: Sequence[IdentityEvent]) -> None:
        """Take in entries of the ledger, and put templates where it says they belong now."""
        if not entries:
            return
        with self._changing:
            before, self.ledger = self.ledger, self.ledger.with_more(entries)
            face_ids, event_ids = self.ledger.keeps_differently(before)
            if face_ids or event_ids:
                found = self._table.concerned(face_ids, event_ids)
                columns = (found.ids(column) for column in ("template_id", "event_id", "face_id"))
                for template_id, event_id, face_id in zip(*columns, strict=True):
                    self._keep(template_id, self.ledger.keeper(event_id, face_id))

    def saw(self, sighting: Sighting) -> None:
        """Take note of where somebody was seen."""
        self._whereabouts.saw(sighting)

    def since(self, partition: int, offset: int) -> list[Template]:
        """Return the templates taken from crops of a partition at or behind an offset, oldest first."""
        with self._changing:
            return self._table.since(partition, offset)

    def enter_store(self, store_id: str, galleries: dict[str, Gallery], *, without: frozenset[UUID]) -> None:
        """Make the gallery of a store, without some templates, and enter it where it follows from then on."""
        gallery = self._new_gallery()
        with self._changing:
            self._fill(gallery, self._table.of_store(store_id), without)
            galleries[store_id] = gallery

    def elsewhere(self, crop: FaceCrop) -> Elsewhere | None:
        """Return where the visitor of a crop is looked for if the store does not know them; None if nobody else may."""
        if not self._table.count_elsewhere(crop.store_id):
            return None

        def cannot_be(face_id: UUID) -> bool:
            people = self.ledger.one_with(face_id)
            return self._whereabouts.elsewhere(people, crop.store_id, crop.began_at, crop.ended_at)

        return Elsewhere(gallery=self.chain, cannot_be=cannot_be)

    def frozen(self) -> tuple[list[NDArray[Any]], list[NDArray[np.float32]], tuple[str, ...]]:
        """Return the templates as ``TemplateTable.blocks`` does."""
        with self._changing:
            return self._table.blocks()

    def _add_to_chain(self, chain: Gallery, template: Template, face_id: UUID) -> None:
        chain.add(template.template_id, face_id, np.frombuffer(template.embedding, dtype=FLOAT))

    def _known(self, columns: Columns) -> Known:
        """Return templates under the FaceIds that the ledger gives them: few it says anything of, but all are many."""
        faces, templates = (columns.rows[column].copy() for column in ("face_id", "template_id"))
        events = columns.rows["event_id"]
        concerned = folded_in(faces, self.ledger.named()) | folded_in(events, self.ledger.moved_events())
        kept = ~folded_in(templates, self._waiting)
        for row in np.flatnonzero(concerned):
            (event_id,), (face_id,) = uuids(events[row : row + 1]), uuids(faces[row : row + 1])
            keeper = self.ledger.keeper(event_id, face_id)
            if keeper is None:
                kept[row] = False
            else:
                faces[row] = keeper.bytes
        rows = where(kept)
        return Known(template_ids=templates[rows], face_ids=faces[rows], embeddings=columns.embeddings[rows])

    def _fill(self, gallery: Gallery, known: Columns, without: frozenset[UUID]) -> None:
        ids = known.ids("template_id")
        keepers = [
            None if template_id in without else self.ledger.keeper(event_id, face_id)
            for template_id, event_id, face_id in zip(ids, known.ids("event_id"), known.ids("face_id"), strict=True)
        ]
        chosen = [row for row, keeper in enumerate(keepers) if keeper is not None]
        gallery.add_many(
            [ids[row] for row in chosen],
            [keeper for keeper in keepers if keeper is not None],
            known.embeddings[chosen],
        )

    def _keep(self, template_id: UUID, keeper: UUID | None) -> None:
        """Search a template under a FaceId, or with None never again."""
        store_id = self._table.remove(template_id) if keeper is None else self._table.store_of(template_id)
        chain = () if self._chain is None else (self._chain,)
        for gallery in () if store_id is None else (*chain, *self._held(store_id)):
            if keeper is None:
                gallery.remove(template_id)
            else:
                gallery.give(template_id, keeper)
