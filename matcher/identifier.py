"""The matcher's handler: face crops in, templates, ledger entries and sightings out."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from faces.errors import PictureError
from faces.pictures import decode_jpeg
from faces.ports import Embedder, Image, Landmarks
from matcher.entries import calling_static, minting, taken_back, taking_back
from matcher.fusion import Fused
from matcher.gallery import Vector
from matcher.liveness import liveness_of
from matcher.partition_state import Conclusion, PartitionState
from matcher.recognition import SEARCHED, Recogniser, Recognition
from matcher.searched_ahead import SearchedAhead
from matcher.shot_memory import NumberedShot, ShotMemory
from matcher.whereabouts import Elsewhere
from schemas import ids
from schemas.errors import InvalidRecord
from schemas.messages import Decision, FaceCrop, Message, Shot, Sighting, Template
from schemas.received import Received

Embedded: TypeAlias = tuple[Received, NDArray[np.float32]]
"""A crop event, and its shots as embeddings, (n, dim)."""
_Track: TypeAlias = tuple[Received, Fused]
_Store: TypeAlias = tuple[int, str]  # in its partition


class Identifier:
    """Decides who each track is, one store's crops in the order of the log.

    ``state_of`` gives what is known of the partition a crop comes from, and ``elsewhere_of`` where a visitor is looked
    for whom the store does not know: nowhere, where there is but one store. The identifier may be called again with
    what it has handled: a crop event that is settled (its sighting was in the log when the partition was given) is
    passed over, and one handled since gets the very same conclusion.
    """

    def __init__(
        self,
        *,
        embedder: Embedder,
        align_all: Callable[[Sequence[Image], Sequence[Landmarks]], Sequence[Image]],
        recogniser: Recogniser,
        detector_id: str,
        state_of: Callable[[int], PartitionState],
        elsewhere_of: Callable[[FaceCrop], Elsewhere | None] = lambda _crop: None,
        now: Callable[[], datetime],
    ) -> None:
        self._embedder = embedder
        self._align_all = align_all
        self._shots = ShotMemory(self._embed_shots)
        self._recogniser = recogniser
        self._detector_id = detector_id
        self._state_of = state_of
        self._elsewhere_of = elsewhere_of
        self._now = now

    def __call__(self, batch: Sequence[Received]) -> Sequence[Sequence[Message]]:
        """Handle a batch of crops: first templates and ledger entries, then the sightings that rest on them."""
        return self.conclude(batch, self.embed(batch))

    def embed(self, batch: Sequence[Received]) -> list[Embedded]:
        """Return the crops of a batch about which nothing is concluded yet, each once, embedded all in one go.

        It rests on no gallery, nor on what others have written: that may be read meanwhile. Raises InvalidRecord.
        """
        fresh = {_event_of(received): received for received in batch if self._is_fresh(received)}
        embedded = self._embed([_crop_of(received) for received in fresh.values()])
        return list(zip(fresh.values(), embedded, strict=True))

    def conclude(self, batch: Sequence[Received], embedded: Sequence[Embedded]) -> Sequence[Sequence[Message]]:
        """Decide about those that were embedded, and return all that follows from the batch, as a call does."""
        tracks = [(received, self._fused(_crop_of(received), embeddings)) for received, embeddings in embedded]
        stores = self._look_in_stores(tracks)
        chain = self._look_in_chain(tracks, stores)
        for received, fused in tracks:
            state = self._state_of(received.partition)
            store = stores[_store_of(received)]
            state.conclude(_event_of(received), self._conclude(received, fused, state, store, chain))
        found = (self._state_of(received.partition).conclusion(_event_of(received)) for received in batch)
        conclusions = [conclusion for conclusion in found if conclusion is not None]
        grounds: list[Message] = []
        for conclusion in conclusions:
            grounds += [*conclusion.templates, *conclusion.ledger]
        return [grounds, [sighting for conclusion in conclusions for sighting in conclusion.sightings]]

    def _is_fresh(self, received: Received) -> bool:
        return self._state_of(received.partition).is_fresh(_event_of(received))

    def _embed(self, crops: Sequence[FaceCrop]) -> list[NDArray[np.float32]]:
        """Embed the shots of all crops in one go; a row for each shot, nothing of our state touched."""
        for crop in crops:
            if crop.detector_id != self._detector_id:
                raise InvalidRecord(
                    f"landmarks of {crop.detector_id} cannot be aligned for {self._embedder.model_id}: "
                    "run ingest and matcher with the same model pack",
                    "detector_id",
                )
        return self._shots.embed(crops)

    def _embed_shots(self, shots: Sequence[NumberedShot]) -> NDArray[np.float32]:
        images = [_picture(shot, index) for index, shot in shots]
        landmarks = np.array([shot.landmarks for _, shot in shots], dtype=np.float32).reshape(-1, 5, 2)
        return self._embedder.embed(self._align_all(images, list(landmarks)))

    def _fused(self, crop: FaceCrop, embeddings: NDArray[np.float32]) -> Fused:
        return self._recogniser.fuse(embeddings, np.array([shot.quality for shot in crop.shots], dtype=np.float32))

    def _look_in_stores(self, tracks: Sequence[_Track]) -> dict[_Store, SearchedAhead]:
        """Return the galleries of the stores of a batch, searched ahead."""
        stores: dict[_Store, SearchedAhead] = {}
        for received, fused in tracks:
            partition, store_id = place = _store_of(received)
            if place not in stores:
                stores[place] = SearchedAhead(self._state_of(partition).gallery(store_id), SEARCHED)
            stores[place].want(fused.probe)
        for store in stores.values():
            store.look()
        return stores

    def _look_in_chain(self, tracks: Sequence[_Track], stores: Mapping[_Store, SearchedAhead]) -> SearchedAhead | None:
        """Return the gallery of the chain, searched ahead for those whom their stores do not know as they are now."""
        chain: SearchedAhead | None = None
        for received, fused in tracks:
            store = stores[_store_of(received)]
            (candidates,) = store.search(fused.probe[None, :], SEARCHED)
            if not self._recogniser.surely_unknown(candidates, len(store)):
                continue
            elsewhere = self._elsewhere_of(_crop_of(received))
            if elsewhere is not None:
                chain = chain or SearchedAhead(elsewhere.gallery, SEARCHED)
                chain.want(fused.probe)
        if chain is not None:
            chain.look()
        return chain

    def _conclude(
        self,
        received: Received,
        fused: Fused,
        state: PartitionState,
        store: SearchedAhead,
        chain: SearchedAhead | None,
    ) -> Conclusion:
        crop = _crop_of(received)
        company = state.presence.company_of(crop) if crop.beside else None
        elsewhere = self._elsewhere_of(crop)
        if elsewhere is not None and chain is not None:
            elsewhere = Elsewhere(gallery=chain, cannot_be=elsewhere.cannot_be)
        recognition = self._recogniser.decide(fused, crop.phase, store, company, elsewhere)
        # A template of this event that was in the log already when the process died: that decision stands.
        template = state.decided_before(crop.event_id)
        if template is None and recognition.becomes_template:
            template = self._template(received, recognition)
        if template is not None:
            embedding = _embedding_of(template)
            state.gallery(crop.store_id).add(template.template_id, template.face_id, embedding)
            for searched in (store, chain) if chain is not None else (store,):
                searched.note(embedding)
        return self._conclusion(crop, recognition, template, state)

    def _template(self, received: Received, recognition: Recognition) -> Template:
        crop = _crop_of(received)
        best = crop.shots[recognition.fused.best]
        return Template(
            template_id=ids.template_id(crop.event_id),
            face_id=recognition.outcome.face_id or ids.minted_face_id(crop.event_id),
            store_id=crop.store_id,
            model_id=self._embedder.model_id,
            embedding=recognition.fused.probe.astype("<f4").tobytes(),
            quality=best.quality,
            captured_at=best.captured_at,
            event_id=crop.event_id,
            source_partition=received.partition,
            source_offset=received.offset,
        )

    def _conclusion(
        self, crop: FaceCrop, recognition: Recognition, template: Template | None, state: PartitionState
    ) -> Conclusion:
        outcome = recognition.outcome
        new_id = ids.minted_face_id(crop.event_id)
        decided = new_id if outcome.decision is Decision.MINTED else outcome.face_id
        face_id = template.face_id if template is not None else decided
        minted = face_id == new_id
        decision = outcome.decision if face_id is None else Decision.MINTED if minted else Decision.MATCHED
        best = crop.shots[recognition.fused.best]  # not of whom the track slipped to
        sighting = Sighting(
            sighting_id=ids.sighting_id(crop.track_id),
            event_id=crop.event_id,
            track_id=crop.track_id,
            store_id=crop.store_id,
            camera_id=crop.camera_id,
            phase=crop.phase,
            decision=decision,
            reason=outcome.reason if face_id is None else "",
            face_id=face_id,
            began_at=crop.began_at,
            ended_at=crop.ended_at,
            best_shot_at=best.captured_at,
            box=best.box,
            shots=recognition.fused.shots,
            quality=best.quality,
            distance=outcome.distance,
            threshold=outcome.threshold,
            model_id=self._embedder.model_id,
            produced_at=crop.produced_at,
            decided_at=self._now(),
            beside=crop.beside,
            moved=crop.moved,
            liveness=liveness_of(crop.shots),
        )
        ledger = [minting(crop, face_id)] if minted and face_id is not None else []
        if face_id is not None and state.presence.shows_static(sighting):
            ledger.append(calling_static(sighting, face_id))
        refuted = state.presence.refuted_by(sighting)
        return Conclusion(
            sightings=(*(taken_back(turned, sighting) for turned in refuted), sighting),
            templates=(template,) if template else (),
            ledger=(*ledger, *map(taking_back, refuted)),
        )


def _picture(shot: Shot, index: int) -> Image:
    try:
        return decode_jpeg(shot.jpeg)
    except PictureError as error:
        raise InvalidRecord(str(error), f"shots[{index}].jpeg") from error


def _crop_of(received: Received) -> FaceCrop:
    assert isinstance(received.message, FaceCrop)
    return received.message


def _embedding_of(template: Template) -> Vector:
    return np.frombuffer(template.embedding, dtype="<f4").astype(np.float32)


def _store_of(received: Received) -> _Store:
    return received.partition, _crop_of(received).store_id


def _event_of(received: Received) -> UUID:
    return _crop_of(received).event_id
