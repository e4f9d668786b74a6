"""One store day filmed and watched, in a process of its own: what the ingest would put on the log."""

import pickle
import threading
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.identity.cast import Casting
from bench.identity.week import OPEN_MINUTES, Comers, StoreDay
from faces.packs import Pack, open_pack
from footfall.cameras import new_cameras
from footfall.config_loading import load_settings
from footfall.snapshot_file import write_atomically
from ingest.replay import replay
from schemas.messages import Message
from simulator.people import People
from simulator.simulation import Simulation, simulate
from simulator.truth import Truth

HEIGHT_PX = 720
# As in the demonstration: the camera hangs so that faces grow larger than this.
MIN_FACE_PX = round(HEIGHT_PX * 0.18)


Film = tuple[Truth, list[Message]]
"""What was true on a store day, and what its camera gave, in order."""


@dataclass(slots=True)
class _Ready:
    """What a process keeps from one film to the next, made at the first."""

    asked: tuple[Casting, str] | None = None
    cast: People | None = None
    pack: Pack | None = None

    def made(self) -> tuple[People, Pack]:
        assert self.asked is not None
        if self.cast is None or self.pack is None:
            casting, pack = self.asked
            self.cast, self.pack = casting.cast(), open_pack(pack)
        return self.cast, self.pack


_ready = _Ready()


def prepare(casting: Casting, pack: str) -> None:
    """Tell a process of which people and by which pack it films."""
    _ready.asked = casting, pack


def filmed_or_kept(day: StoreDay, seed: int, folder: Path | None) -> Film:
    """Return what ``filmed`` does, as a former run left it in ``folder``, or to be found there by the next."""
    if folder is None:
        return filmed(day, seed)
    file = folder / f"{day.starts_at:%Y-%m-%d}-{day.store}.pickle"
    if file.is_file():
        kept: Film = pickle.loads(file.read_bytes())
        return kept
    made = filmed(day, seed)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(file, [pickle.dumps(made)])
    return made


def filmed(day: StoreDay, seed: int) -> Film:
    """Film a store day and watch the film; return what was true, and the messages in their order."""
    people, pack = _ready.made()
    asked = Simulation(
        people=len(day.comers), visits=len(day.comers), minutes=OPEN_MINUTES, seed=seed, height_px=HEIGHT_PX,
        store=day.store, starts_at=day.starts_at,
    )  # fmt: skip
    with TemporaryDirectory() as place:
        out = Path(place)
        visitors = Comers(of=people, comers=day.comers)
        truth = simulate(asked, out, progress=lambda _share: None, visitors=visitors)
        cameras = [
            {"name": camera.camera, "url": str(out / camera.file), "start": camera.starts_at}
            for camera in truth.cameras
        ]
        settings = load_settings(
            None, data_dir=out, pack=pack.name, store={"id": day.store}, camera=cameras,
            ingest={"min_face_px": MIN_FACE_PX},
        )  # fmt: skip
        messages: list[Message] = []
        stop = threading.Event()
        replay(new_cameras(settings, pack, messages.append, stop), stop)
    return truth, messages
