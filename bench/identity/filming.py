"""One store day filmed and watched, in a process of its own: what the ingest would put on the log."""

import threading
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.identity.cast import Casting
from bench.identity.week import OPEN_MINUTES, Comers, StoreDay
from faces.packs import Pack, open_pack
from footfall.cameras import new_cameras
from footfall.config_loading import load_settings
from ingest.replay import replay
from schemas.messages import Message
from simulator.people import People
from simulator.simulation import Simulation, simulate
from simulator.truth import Truth

HEIGHT_PX = 720
# As in the demonstration: the camera hangs so that faces grow larger than this.
MIN_FACE_PX = round(HEIGHT_PX * 0.18)


@dataclass(slots=True)
class _Ready:
    """What a process keeps from one film to the next."""

    cast: People | None = None
    pack: Pack | None = None


_ready = _Ready()


def prepare(casting: Casting, pack: str) -> None:
    """Make a process ready: its people, its pack."""
    _ready.cast, _ready.pack = casting.cast(), open_pack(pack)


def filmed(day: StoreDay, seed: int) -> tuple[Truth, list[Message]]:
    """Film a store day and watch the film; return what was true, and the messages in their order."""
    assert _ready.cast is not None
    assert _ready.pack is not None
    asked = Simulation(
        people=len(day.comers), visits=len(day.comers), minutes=OPEN_MINUTES, seed=seed, height_px=HEIGHT_PX,
        store=day.store, starts_at=day.starts_at,
    )  # fmt: skip
    with TemporaryDirectory() as place:
        out = Path(place)
        visitors = Comers(of=_ready.cast, comers=day.comers)
        truth = simulate(asked, out, progress=lambda _share: None, visitors=visitors)
        cameras = [
            {"name": camera.camera, "url": str(out / camera.file), "start": camera.starts_at}
            for camera in truth.cameras
        ]
        settings = load_settings(
            None, data_dir=out, pack=_ready.pack.name, store={"id": day.store}, camera=cameras,
            ingest={"min_face_px": MIN_FACE_PX},
        )  # fmt: skip
        messages: list[Message] = []
        stop = threading.Event()
        replay(new_cameras(settings, _ready.pack, messages.append, stop), stop)
    return truth, messages
