"""The thread that reads one RTSP camera: connects, keeps only the latest frame, and reconnects."""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from faces.ports import Image
from ingest.addresses import CameraAddress
from ingest.backoff import delays_s
from ingest.capture import Capture
from ingest.frames import SourceState
from ingest.rtsp_probe import Finding, diagnose

log = logging.getLogger(__name__)

# A frame may come this share of its period early and still be due: networks shake.
_EARLY = 0.1
# A grab that took this share of its time limit ran into it, even if it then gave a frame FFmpeg had held back.
_STALLED = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a camera is waited for.

    Frames flow again within ``connect_timeout_s + retry_cap_s`` and the camera's own time to start. A grab that gives
    nothing for ``read_timeout_s``, a stream whose clock stands still as long, or a picture that is the same to the last
    pixel for ``frozen_s`` (a sensor's noise never is) is given up and opened anew. A camera that refused the password
    is asked seldom, because many lock the account after a few wrong ones.
    """

    connect_timeout_s: float = 2.0
    open_timeout_s: float = 6.0
    read_timeout_s: float = 5.0
    frozen_s: float = 60.0
    first_retry_s: float = 0.5
    retry_cap_s: float = 3.0
    refused_retry_s: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Latest:
    """The newest frame, and how many before it nobody took."""

    image: Image
    captured_at: datetime
    dropped: int


class RtspReader:
    """Reads a camera in a daemon thread from ``start`` to ``stop``. Only one thread may ``take``.

    ``state`` and ``problem`` say how it goes; ``beat`` is the monotonic time of its last sign of life, by which its
    owner knows a thread that hangs in a library.
    """

    def __init__(
        self, address: CameraAddress, *, frames_per_s: float, clock: Callable[[], datetime], patience: Patience
    ) -> None:
        self._address = address
        self._period_s = 1.0 / frames_per_s
        self._clock = clock
        self._patience = patience
        self._stop = threading.Event()
        self._arrived = threading.Condition()
        self._latest: Latest | None = None
        self._standstill = _Standstill(stall_s=patience.read_timeout_s, frozen_s=patience.frozen_s)
        self._thread = threading.Thread(target=self._run, name=f"read {address.name}", daemon=True)
        self.state = SourceState.CONNECTING
        self.problem = ""
        self.beat = time.monotonic()
        # The conversion alone: decoding cannot be told from waiting for the network.
        self.decode_s = 0.0

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self, *, wait_s: float) -> None:
        """Ask the thread to end, and wait for it, though no longer than ``wait_s``."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(wait_s)

    def take(self, timeout_s: float) -> Latest | None:
        """Return the newest frame not yet taken, or None if none comes in time."""
        with self._arrived:
            self._arrived.wait_for(lambda: self._latest is not None or self._stop.is_set(), timeout_s)
            latest, self._latest = self._latest, None
            return latest

    def _run(self) -> None:
        waits_s = self._waits_s()
        while not self._stop.is_set():
            self.beat = time.monotonic()
            if self._connect_and_read():
                waits_s = self._waits_s()
            wait_s = self._patience.refused_retry_s if self.state is SourceState.REFUSED else next(waits_s)
            self._rest(wait_s)

    def _connect_and_read(self) -> bool:
        """Read until the stream breaks; return whether any frame came."""
        patience = self._patience
        found = diagnose(
            self._address, connect_timeout_s=patience.connect_timeout_s, answer_timeout_s=patience.open_timeout_s
        )
        if found.finding in (Finding.WELL, Finding.STRANGE) and not self._stop.is_set():
            self.beat = time.monotonic()
            with Capture.of_stream(
                self._address.url, open_timeout_s=patience.open_timeout_s, read_timeout_s=patience.read_timeout_s
            ) as capture:
                if capture.opened:
                    return self._read(capture)
        refused = found.finding is Finding.REFUSED
        self._turn(SourceState.REFUSED if refused else SourceState.AWAY, found.sentence)
        return False

    def _read(self, capture: Capture) -> bool:
        due_s, came, fault = 0.0, False, ""
        self._standstill.opened()
        while not self._stop.is_set() and not fault:
            before_s = time.monotonic()
            grabbed = capture.grab()
            captured_at = self._clock()
            now_s = self.beat = time.monotonic()
            if not grabbed:
                fault = "the stream broke off"
            elif now_s - before_s > _STALLED * self._patience.read_timeout_s:
                fault = f"no picture came for {now_s - before_s:.0f} s"
            else:
                fault = self._standstill.of_position(capture.position_s, now_s)
            if now_s < due_s - _EARLY * self._period_s or fault:
                continue
            due_s = max(due_s + self._period_s, now_s)
            image = capture.retrieve()
            fault = "" if image is None else self._standstill.of_picture(image, now_s)
            if image is not None and not fault:
                came = True
                self._offer(image, captured_at)
            self.decode_s += time.monotonic() - now_s
        self._turn(SourceState.AWAY, f"{self._address.name}: {fault}; connecting again" if fault else "")
        return came

    def _offer(self, image: Image, captured_at: datetime) -> None:
        self._turn(SourceState.WATCHING, "")
        with self._arrived:
            passed_over = 0 if self._latest is None else self._latest.dropped + 1
            self._latest = Latest(image=image, captured_at=captured_at, dropped=passed_over)
            self._arrived.notify()

    def _turn(self, state: SourceState, problem: str) -> None:
        """Set state and problem; what changes is logged once."""
        if problem and problem != self.problem and not self._stop.is_set():
            log.warning("%s", problem)
        elif state is SourceState.WATCHING and self.state is not state:
            log.info("%s: frames are coming", self._address.name)
        self.state, self.problem = state, problem

    def _rest(self, wait_s: float) -> None:
        until_s = time.monotonic() + wait_s
        while (left_s := until_s - time.monotonic()) > 0.0 and not self._stop.wait(min(left_s, 1.0)):
            self.beat = time.monotonic()

    def _waits_s(self) -> Iterator[float]:
        patience = self._patience
        return delays_s(first_s=patience.first_retry_s, cap_s=patience.retry_cap_s, source=random.Random())  # noqa: S311


class _Standstill:
    """Tells a stream that delivers but does not move on: the same time, or the same picture, again and again."""

    def __init__(self, *, stall_s: float, frozen_s: float) -> None:
        self._stall_s = stall_s
        self._frozen_s = frozen_s
        self._position_s: float | None = None
        self._position_moved = False
        self._position_since_s = 0.0
        self._picture = b""
        self._picture_since_s = 0.0

    def opened(self) -> None:
        """Forget the time of the connection before, but not its picture: a frozen camera may show it again."""
        self._position_s, self._position_moved = None, False

    def of_position(self, position_s: float, now_s: float) -> str:
        if position_s != self._position_s:
            # A camera that states no times at all is not standing still.
            self._position_moved = self._position_s is not None
            self._position_s, self._position_since_s = position_s, now_s
        standing = self._position_moved and now_s - self._position_since_s > self._stall_s
        return "the stream stands still" if standing else ""

    def of_picture(self, image: Image, now_s: float) -> str:
        picture = image[::8, ::8].tobytes()
        if picture != self._picture:
            self._picture, self._picture_since_s = picture, now_s
        return "the picture is frozen" if now_s - self._picture_since_s > self._frozen_s else ""
