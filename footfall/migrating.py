"""A change of model: what another model learnt of the visitors, learnt anew by this one from the pictures there are."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import numpy as np

from evaluation.pictures import Picture
from faces.errors import PictureError
from faces.face_finder import FaceFinder
from faces.packs import Pack
from faces.pictures import decode_jpeg
from faces.ports import Detection, Image
from footfall.publisher import Publisher
from matcher.api.enrolment import enrolment_of
from matcher.api.face_reader import FaceReader
from matcher.fusion import fuse
from matcher.gallery import Vector
from matcher.recognition import consistent_distance
from matcher.template_table import FROM_NO_CROP
from schemas import ids
from schemas.codec import decode
from schemas.errors import InvalidRecord
from schemas.event_log import EventLog, Record
from schemas.ledger import NOTHING_SAID, WITHOUT_EFFECT, Ledger
from schemas.messages import FaceCrop, IdentityEvent, Phase, Shot, Sighting, Template
from schemas.topics import CROPS, IDENTITY, SIGHTINGS, TEMPLATES

_AT_ONCE = 64
OnRecord = Callable[[int], None]
"""Is told of each crop or picture that was looked at, by its number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a migration came to so far: visitors of other models, and those of them whom this model knows as well.

    ``members_left`` are members of the shop whom it does not know yet. ``made`` are the templates made this time.
    """

    visitors: int
    carried: int
    made: int
    members_left: tuple[str, ...]

    @property
    def left(self) -> int:
        """How many visitors are somebody new when they come again."""
        return self.visitors - self.carried


@dataclass(slots=True)
class _Known:
    """What a log says up to the offsets read."""

    others: dict[str, Template] = field(default_factory=dict)  # of other models, by the key of their record
    ours: dict[str, Template] = field(default_factory=dict)
    seen_as: dict[UUID, UUID | None] = field(default_factory=dict)  # crop event -> FaceId, None where nobody was told
    ledger: Ledger = NOTHING_SAID
    offsets: dict[str, dict[int, int]] = field(default_factory=dict)


class Migration:
    """Makes templates of ``pack``'s model beside those of others, for the same FaceIds, while matchers go on working.

    They are made of the crops that the log still holds and, of members who agreed, of the pictures they were enrolled
    by. Each has an id that follows from event and model: what is made already is passed over, so that it may be cut
    short anywhere, and run as often as one likes. Whoever is split, merged or erased meanwhile is so here too: the
    ledger speaks of FaceIds and tracks, and of no model.
    """

    def __init__(self, log: EventLog, pack: Pack, *, reader: FaceReader, shots: int) -> None:
        """``shots`` is how many agreeing shots of a track a template takes; ``reader`` reads pictures by the pack."""
        self._log = log
        self._pack = pack
        self._reader = reader
        self._shots = shots
        self._finder = FaceFinder(pack)
        self._publisher = Publisher(log)
        self._known = _Known()
        self._made = 0
        self._crops_at: dict[int, int] = {}

    def crops(self) -> int:
        """Return how many records of crops the log holds at most."""
        state = self._log.describe(CROPS)
        return 0 if state is None else sum(state.ends.values()) - sum(state.begins.values())

    def carry(self, pictures: Sequence[Picture], on_record: OnRecord) -> Summary:
        """Read on, and make what can be made; return what it came to. Raises StorageError, ModelError."""
        self._read()
        for template in self._templates(pictures, on_record):
            self._publisher.publish(template)
            self._known.ours[str(template.template_id)] = template
            self._made += 1
            if self._made % _AT_ONCE == 0:
                self._publisher.flush()
        self._publisher.flush()
        return self.summary()

    def summary(self) -> Summary:
        """Return what it came to so far."""
        ledger = self._known.ledger
        visitors, carried = self._people(self._known.others), self._people(self._known.ours)
        members = {member for face_id in visitors - carried if (member := ledger.member_of(face_id)) is not None}
        return Summary(
            visitors=len(visitors),
            carried=len(visitors & carried),
            made=self._made,
            members_left=tuple(sorted(members)),
        )

    def retire(self) -> int:
        """Erase the templates of other models from the log, for good; return how many there were."""
        self._read()
        for key in sorted(self._known.others):
            self._log.append(TEMPLATES, key, None)
        self._log.flush()
        number = len(self._known.others)
        self._known.others.clear()
        return number

    def _people(self, templates: Mapping[str, Template]) -> set[UUID]:
        keepers = (self._known.ledger.keeper(one.event_id, one.face_id) for one in templates.values())
        return {keeper for keeper in keepers if keeper is not None}

    def _templates(self, pictures: Sequence[Picture], on_record: OnRecord) -> Iterator[Template]:
        """Yield what can be made of pictures, and of crops that were not decided about the last time."""
        done = {one.event_id for one in self._known.ours.values()}
        given = {one.event_id: one for one in self._known.others.values()}
        known = self._people(self._known.ours)
        number = 0
        for number, picture in enumerate(pictures, start=1):
            on_record(number)
            template = self._of_picture(picture.path, given, done)
            if template is not None:
                yield template
        waiting: set[int] = set()  # partitions with a crop that no matcher has decided about yet
        for record in self._log.replay(CROPS, from_offsets=dict(self._crops_at)):
            number += 1
            on_record(number)
            crop = _message(record)
            if isinstance(crop, FaceCrop) and crop.phase is Phase.CONFIRMED:
                if crop.event_id not in self._known.seen_as:
                    waiting.add(record.partition)
                elif not crop.beside and (template := self._of_crop(crop, record, given, done, known)) is not None:
                    yield template
            if record.partition not in waiting:
                self._crops_at[record.partition] = record.offset + 1

    def _of_crop(
        self, crop: FaceCrop, record: Record, given: Mapping[UUID, Template], done: set[UUID], known: set[UUID]
    ) -> Template | None:
        """Return the template of a crop, where it is one of those to keep.

        These are the looks that the other model thought worth keeping, and one of whoever would else be lost.
        """
        face_id = self._known.seen_as[crop.event_id]
        keeper = None if face_id is None else self._known.ledger.keeper(crop.event_id, face_id)
        if keeper is None or crop.event_id in done or (crop.event_id not in given and keeper in known):
            return None
        embeddings, shown = [], []
        for shot in crop.shots:
            embedding = self._embedding(shot, crop.detector_id)
            if embedding is not None:
                embeddings.append(embedding)
                shown.append(shot)
        if len(embeddings) < self._shots or face_id is None:
            return None
        far = consistent_distance(self._pack.calibration)
        fused = fuse(np.stack(embeddings), np.array([shot.quality for shot in shown], dtype=np.float32), far)
        if fused.shots < self._shots:
            return None
        known.add(keeper)
        return self._template(
            crop.event_id, face_id, crop.store_id, fused.probe, quality=shown[fused.best].quality,
            captured_at=shown[fused.best].captured_at, place=(record.partition, record.offset), enrolled=False,
        )  # fmt: skip

    def _embedding(self, shot: Shot, detector_id: str) -> Vector | None:
        try:
            image = decode_jpeg(shot.jpeg)
        except PictureError:
            return None
        if detector_id == self._pack.detector_id:
            landmarks = np.array(shot.landmarks, dtype=np.float32).reshape(5, 2)
            detection = Detection(box=(0.0, 0.0, 1.0, 1.0), score=1.0, landmarks=landmarks)
        else:
            found = self._finder.detect(image)
            if not found:
                return None
            detection = min(found, key=lambda one: _off_the_middle(one, image))
        return np.asarray(self._finder.embed(image, [detection])[0])

    def _of_picture(self, path: Path, given: Mapping[UUID, Template], done: set[UUID]) -> Template | None:
        try:
            data = path.read_bytes()
            event_id = enrolment_of(sha256(data).hexdigest(), self._known.ledger)
            old = given.get(event_id)
            if old is None or event_id in done or self._known.ledger.keeper(event_id, old.face_id) is None:
                return None
            faces = self._reader.read(data)
        except (OSError, PictureError):
            return None
        if len(faces) != 1 or faces[0].embedding is None:
            return None
        return self._template(
            event_id, old.face_id, old.store_id, faces[0].embedding, quality=faces[0].quality,
            captured_at=old.captured_at, place=(FROM_NO_CROP, FROM_NO_CROP), enrolled=True,
        )  # fmt: skip

    def _template(
        self, event_id: UUID, face_id: UUID, store_id: str, embedding: Vector, *, place: tuple[int, int], **more: object
    ) -> Template:
        partition, offset = place
        return Template(
            template_id=ids.migrated_template_id(event_id, self._pack.model_id), face_id=face_id, store_id=store_id,
            model_id=self._pack.model_id, embedding=embedding.astype("<f4").tobytes(), event_id=event_id,
            source_partition=partition, source_offset=offset, **more,  # type: ignore[arg-type]
        )  # fmt: skip

    def _read(self) -> None:
        known = self._known
        said: list[IdentityEvent] = []
        for topic in (TEMPLATES, SIGHTINGS, IDENTITY):
            offsets = known.offsets.setdefault(topic.name, {})
            for record in self._log.replay(topic, from_offsets=offsets):
                offsets[record.partition] = record.offset + 1
                message = _message(record)
                if topic is TEMPLATES:
                    known.ours.pop(record.key, None)
                    known.others.pop(record.key, None)
                if isinstance(message, Template):
                    ours = message.model_id == self._pack.model_id
                    (known.ours if ours else known.others)[record.key] = message
                elif isinstance(message, IdentityEvent) and message.kind not in WITHOUT_EFFECT:
                    said.append(message)
                elif isinstance(message, Sighting) and message.phase is Phase.CONFIRMED:
                    known.seen_as[message.event_id] = message.face_id
        known.ledger = known.ledger.with_more(said)


def _off_the_middle(seen: Detection, image: Image) -> float:
    left, top, width, height = seen.box
    return float(abs(left + width / 2 - image.shape[1] / 2) + abs(top + height / 2 - image.shape[0] / 2))


def _message(record: Record) -> object:
    try:
        return None if record.value is None else decode(record.value)
    except InvalidRecord:
        return None  # the consumers of the topic tell of it
