"""From the frames of one camera to the messages about it: motion, detection, tracks, gates, best shots, coverage."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np

from faces.ports import Detection, FaceDetector, Image
from faces.quality import Quality
from ingest.best_shots import MAX_BEST_SHOTS, BestShots, View
from ingest.coverage import CoverageBook
from ingest.crops import cut_shot
from ingest.frames import Frame, Gap
from ingest.gates import Gates
from ingest.last_picture import FoundFace, LastPicture, last_picture, more_telling
from ingest.look import look_of
from ingest.motion import MotionGate
from ingest.movement import Movement
from ingest.region import Region, search_region
from ingest.scene import SceneWatch
from ingest.stopwatch import Stopwatch
from ingest.thumbnail import thumbnail
from ingest.tracker import Tracker
from ingest.tracks import Observation, Track, iou
from ingest.turned import TurnedTrack
from schemas import ids
from schemas.messages import COMES_IN, Coverage, FaceCrop, Phase, Shot

# Who is followed is sought in every frame; whoever else moves, and what hardly stirs at all, a little less often.
_SEARCH_ALL_EVERY = timedelta(seconds=2)
_SEARCH_MOVERS_EVERY = timedelta(seconds=0.35)
# Whoever comes in is twice as near after two seconds. Each time it is waited for so much longer than the time before.
_TOLD_AGAIN_AFTER = timedelta(seconds=0.3)
_TOLD_AT_MOST = 6
_PROVISIONAL_SHOTS = 3
_Told = tuple[datetime, tuple[Shot, ...]]

_NOTHING = np.zeros((1, 1), dtype=np.bool_)


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineCounts:
    """What a camera gave so far: frames, those searched for faces, their detections, tracks ended, those with crops."""

    frames: int = 0
    searched: int = 0
    detections: int = 0
    tracks: int = 0
    usable_tracks: int = 0


class CameraPipeline:
    """Turns the frames of one camera into face crops and coverage. It does no I/O, and belongs to one thread.

    The same frames give the same crops under the same ids. As soon as a crop of a track has passed the gates and its
    face has moved, its best crops are told as provisional, and for a while again as the face comes nearer: nobody knows
    here which of them it takes to be recognised. When the track has ended, its best shots follow as confirmed. A track
    whose every crop was refused is told only in the counts of the coverage; except one that stayed, of which some crops
    were refused for the turn of the head alone: it is told when all tracks have ended that were seen beside it, and
    names those. ``assess`` gives the quality of a detection, ``liveness`` how likely it is a person and no picture of
    one, where that is asked for. ``best_shots`` is how many are kept of a track, and ``clock`` gives the
    ``produced_at`` of a crop, by which nothing is decided.
    """

    def __init__(
        self,
        store_id: str,
        camera_id: str,
        detector: FaceDetector,
        *,
        assess: Callable[[Image, Detection], Quality],
        clock: Callable[[], datetime],
        gates: Gates | None = None,
        best_shots: int = MAX_BEST_SHOTS,
        stopwatch: Stopwatch | None = None,
        liveness: Callable[[Image, Detection], float] | None = None,
    ) -> None:
        self.store_id = store_id
        self.camera_id = camera_id
        self._detector = detector
        self._clock = clock
        self._gates = gates or Gates()
        self._best_shots = best_shots
        self._assess = assess
        self._liveness = liveness
        self._motion = MotionGate()
        self._scene = SceneWatch()
        self._tracker = Tracker()
        self._live: Sequence[Track] = ()
        self._all_searched_at: datetime | None = None
        self._movers_searched_at: datetime | None = None
        self._shots: dict[int, BestShots] = {}
        self._movements: dict[int, Movement] = {}
        self._told: dict[int, list[_Told]] = {}
        self._turned: dict[int, TurnedTrack] = {}
        self._awaiting_company: list[tuple[Track, TurnedTrack, float]] = []  # and how far its face moved
        self._coverage = CoverageBook(store_id, camera_id)
        self._stopwatch = stopwatch or Stopwatch()
        self._frames = self._searched = self._detections = self._tracks = self._usable_tracks = 0
        self.last_picture: LastPicture | None = None

    def process(self, frame: Frame) -> list[FaceCrop | Coverage]:
        """Take in the next frame; capture times rise. Return what became known by it."""
        self._frames += 1
        messages: list[FaceCrop | Coverage] = [*self._coverage.frame(frame)]
        with self._stopwatch.stage("motion"):
            seen = thumbnail(frame.image)
            cut = self._scene.cut(seen)
            search = self._motion.look(seen, frame.captured_at, tracking=bool(self._live)) or cut
        if cut:
            messages += self._confirmed(self._tracker.flush())
        detections = self._detect(frame, everywhere=cut) if search else []
        with self._stopwatch.stage("track"):
            observations = [
                Observation(box=detection.box, look=look_of(frame.image, detection.box)) for detection in detections
            ]
            update = self._tracker.update(observations, frame.captured_at)
        self._live = update.live
        messages += self._confirmed(update.ended)
        live = {track.number: track for track in update.live}
        tracks = [live[number] for number in update.numbers]
        with self._stopwatch.stage("quality"):
            for detection, track in zip(detections, tracks, strict=True):
                messages += self._offer(frame, detection, track, tracks)
        faces = [FoundFace(box=track.box, is_usable=track.number in self._shots) for track in tracks]
        seen_now = last_picture(frame.image, frame.captured_at, faces, [track.box for track in update.live])
        self.last_picture = more_telling(self.last_picture, seen_now)
        return messages

    def gap(self, gap: Gap) -> list[FaceCrop | Coverage]:
        """Take in a stretch without frames: every track ends before it, and the next frame is searched afresh."""
        self._motion, self._all_searched_at = MotionGate(), None
        self._live = ()
        return [*self._confirmed(self._tracker.flush()), *self._coverage.gap(gap)]

    def flush(self, reason: str = "") -> list[FaceCrop | Coverage]:
        """End every track and the stretch of coverage in progress. Afterwards there is nothing left to tell.

        ``reason`` is that of the stretch.
        """
        self._live = ()
        return [*self._confirmed(self._tracker.flush()), *self._coverage.close(reason)]

    def counts(self) -> PipelineCounts:
        """Return what the camera gave so far."""
        return PipelineCounts(
            frames=self._frames,
            searched=self._searched,
            detections=self._detections,
            tracks=self._tracks,
            usable_tracks=self._usable_tracks,
        )

    def seconds(self) -> Mapping[str, float]:
        """Return how long each stage took so far."""
        return self._stopwatch.seconds()

    def _detect(self, frame: Frame, *, everywhere: bool) -> Sequence[Detection]:
        region = self._region(frame, everywhere=everywhere)
        if region is None:
            return []
        self._searched += 1
        with self._stopwatch.stage("detect"):
            detections = [region.to_picture(found) for found in self._detector.detect(region.cut(frame.image))]
        self._detections += len(detections)
        return detections

    def _region(self, frame: Frame, *, everywhere: bool) -> Region | None:
        """Return the part of the picture to search now; None where nothing is due."""
        height, width = frame.image.shape[:2]
        if everywhere or _is_due(self._all_searched_at, frame, _SEARCH_ALL_EVERY):
            self._all_searched_at = self._movers_searched_at = frame.captured_at
            return Region(left=0, top=0, right=width, bottom=height)
        boxes = [track.box for track in self._live]
        if _is_due(self._movers_searched_at, frame, _SEARCH_MOVERS_EVERY):
            self._movers_searched_at = frame.captured_at
            return search_region(self._motion.moving, boxes, width=width, height=height)
        return search_region(_NOTHING, boxes, width=width, height=height) if boxes else None

    def _offer(self, frame: Frame, detection: Detection, track: Track, in_picture: Sequence[Track]) -> list[FaceCrop]:
        movement = self._movements.setdefault(track.number, Movement())
        movement.saw(detection)
        quality = self._assess(frame.image, detection)
        view = View(quality=quality.score, captured_at=frame.captured_at, yaw=quality.yaw, roll_deg=quality.roll)

        def cut() -> Shot:
            liveness = None if self._liveness is None else self._liveness(frame.image, detection)
            return cut_shot(
                frame.image, detection, captured_at=frame.captured_at, quality=quality.score, liveness=liveness
            )

        first = track.number not in self._shots
        if fault := self._gates.refuse(quality):
            self._coverage.rejected(fault.value)
            if first:
                turned = self._turned.setdefault(track.number, TurnedTrack(track.box, self._best_shots))
                # Boxes that overlap may be two of one face.
                turned.beside |= {one.number: one for one in in_picture if iou(one.box, track.box) == 0.0}
                if self._gates.refuse_only_the_turn(quality):
                    turned.offer(replace(view, quality=replace(quality, yaw=0.0).score), cut)
            return []
        self._turned.pop(track.number, None)
        shots = self._shots.setdefault(track.number, BestShots(self._best_shots))
        shots.offer(view, cut)
        told = self._told.setdefault(track.number, [])
        best = shots.shots()[:_PROVISIONAL_SHOTS]
        if movement.widths < COMES_IN or not _is_news(best, frame, told):
            return []
        told.append((frame.captured_at, best))
        return [self._crop(track, Phase.PROVISIONAL, best, moved=movement.widths, number=len(told) - 1)]

    def _confirmed(self, ended: Sequence[Track]) -> list[FaceCrop]:
        crops = []
        for track in ended:
            shots = self._shots.pop(track.number, None)
            turned = self._turned.pop(track.number, None)
            movement = self._movements.pop(track.number)
            self._told.pop(track.number, None)
            self._coverage.track_ended(usable=shots is not None)
            self._tracks += 1
            self._usable_tracks += shots is not None
            if shots is not None:
                crops.append(self._crop(track, Phase.CONFIRMED, shots.shots(), moved=movement.widths))
            elif turned is not None and turned.stayed(track):
                self._awaiting_company.append((track, turned, movement.widths))
        return [*crops, *self._turned_crops()]

    def _turned_crops(self) -> list[FaceCrop]:
        """Tell of turned tracks beside whom nobody is followed any more, so that it is known by then who those are."""
        live = {track.number for track in self._live}
        waiting, self._awaiting_company = self._awaiting_company, []
        crops = []
        for track, turned, moved in waiting:
            if live.isdisjoint(turned.beside):
                beside = tuple(self._track_id(one) for one in turned.beside.values())
                crops.append(self._crop(track, Phase.CONFIRMED, turned.shots(), beside, moved))
            else:
                self._awaiting_company.append((track, turned, moved))
        return crops

    def _crop(
        self,
        track: Track,
        phase: Phase,
        shots: tuple[Shot, ...],
        beside: tuple[UUID, ...] = (),
        moved: float | None = None,
        number: int = 0,
    ) -> FaceCrop:
        track_id = self._track_id(track)
        return FaceCrop(
            event_id=ids.crop_event_id(track_id, phase, number),
            track_id=track_id,
            store_id=self.store_id,
            camera_id=self.camera_id,
            phase=phase,
            began_at=track.began_at,
            ended_at=track.ended_at,
            detector_id=self._detector.detector_id,
            detections=track.detections,
            shots=shots,
            produced_at=self._clock(),
            beside=beside,
            moved=moved,
        )

    def _track_id(self, track: Track) -> UUID:
        return ids.track_id(self.store_id, self.camera_id, track.began_at, track.number)


def _is_news(best: tuple[Shot, ...], frame: Frame, told: Sequence[_Told]) -> bool:
    if not told:
        return True
    told_at, told_best = told[-1]
    waited = frame.captured_at - told_at >= len(told) * _TOLD_AGAIN_AFTER
    return waited and len(told) < _TOLD_AT_MOST and best != told_best


def _is_due(done_at: datetime | None, frame: Frame, every: timedelta) -> bool:
    return done_at is None or frame.captured_at - done_at >= every
