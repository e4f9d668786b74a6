"""An RTSP camera: the latest frame at a chosen rate, and the gaps between."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from ingest.addresses import CameraAddress
from ingest.frames import Frame, Gap, SourceState, SourceStatus
from ingest.rtsp_reader import Patience, RtspReader
from schemas.errors import CameraError

_WAKE_S = 0.25
_HUNG_S = 45.0
_CLOSE_S = 1.0
# A shorter stretch without a frame is not worth a gap.
_SILENCE = timedelta(seconds=3)
# An outage in progress is told about this often, so that a report made meanwhile knows of it.
_TELL_EVERY = timedelta(seconds=60)


class RtspSource:
    """A FrameSource over one RTSP camera, by TCP.

    Frames are captured when they arrive, by ``clock``. A reader thread that has given no sign of life for 45 s hangs
    in a library: it is left behind and another takes its place.
    """

    def __init__(
        self,
        address: CameraAddress,
        *,
        clock: Callable[[], datetime],
        frames_per_s: float = 5.0,
        patience: Patience | None = None,
    ) -> None:
        self._address = address
        self._clock = clock
        self._frames_per_s = frames_per_s
        self._patience = patience or Patience()
        self._closed = threading.Event()
        self._reader = self._new_reader()
        self._frames = 0
        self._dropped = 0

    @property
    def name(self) -> str:
        """The address without user and password."""
        return self._address.name

    def __iter__(self) -> Iterator[Frame | Gap]:
        self._reader.start()
        known_until, telling, reason = self._clock(), False, "the camera was not reached"
        while not self._closed.is_set():
            latest = self._reader.take(_WAKE_S)
            now = max(known_until, self._clock()) if latest is None else latest.captured_at
            silent = now - known_until
            reason = self._reader.problem or reason
            if latest is None:
                self._raise_if_refused()
                self._replace_if_hung()
                if silent >= _TELL_EVERY:
                    yield Gap(began_at=known_until, ended_at=now, reason=reason)
                    known_until, telling = now, True
                continue
            # A clock that was set back must not take the frames with it.
            captured_at = max(now, known_until + timedelta(microseconds=1))
            if telling or silent > _SILENCE:
                yield Gap(began_at=known_until, ended_at=captured_at, reason=reason)
            known_until, telling, reason = captured_at, False, "no frame was read"
            self._dropped += latest.dropped
            yield Frame(image=latest.image, captured_at=captured_at, index=self._frames, dropped=latest.dropped)
            self._frames += 1
        now = self._clock()
        if telling or now - known_until > _SILENCE:
            yield Gap(began_at=known_until, ended_at=max(known_until, now), reason=reason)

    def status(self) -> SourceStatus:
        """Return how the camera fares."""
        reader = self._reader
        return SourceStatus(
            state=SourceState.ENDED if self._closed.is_set() else reader.state,
            problem=reader.problem,
            frames=self._frames,
            dropped=self._dropped,
            decode_s=reader.decode_s,
        )

    def close(self) -> None:
        """End the iteration; a reader that hangs is left to the end of the process."""
        self._closed.set()
        self._reader.stop(wait_s=_CLOSE_S)

    def _raise_if_refused(self) -> None:
        if self._reader.state is SourceState.REFUSED and not self._frames:
            self.close()
            raise CameraError(self._reader.problem)

    def _replace_if_hung(self) -> None:
        if time.monotonic() - self._reader.beat > _HUNG_S:
            self._reader.stop(wait_s=0.0)
            self._reader = self._new_reader()
            self._reader.start()

    def _new_reader(self) -> RtspReader:
        return RtspReader(self._address, frames_per_s=self._frames_per_s, clock=self._clock, patience=self._patience)
