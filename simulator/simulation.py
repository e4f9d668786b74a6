"""A simulated day on disk: a film for each camera, and the truth beside them."""

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from faces.packs import open_pack
from faces.ports import Image
from schemas.errors import InputError, StorageError
from simulator.door import MOST_POSTERS, draw_door
from simulator.face_space import shipped_face_space
from simulator.figure import Outfit, draw_outfit
from simulator.film import Film
from simulator.people import InventedPeople, People, invent_people, pictured_people
from simulator.render import Figure, Renderer
from simulator.scene import DOOR_DEPTH_M, View, face_box, is_seen, pose_of
from simulator.schedule import Day, Entry, plan_day, shown_between_s
from simulator.sprite import Sprite, sprite_of
from simulator.truth import SESSION_GAP, Passage, TrueBox, TrueCamera, Truth, save_truth

FRAME_EVERY_MS = 125
KEEPALIVE_MS = 60_000
TRUTH_FILE = "truth.json"

Progress = Callable[[float], None]
_RANGES = (
    ("people", 1, 100_000),
    ("visits", 1, 1_000_000),
    ("minutes", 1, 100_000),
    ("seed", 0, 2**63 - 1),
    ("cameras", 1, 64),
    ("posters", 0, MOST_POSTERS),
    ("visitor_posters", 0, MOST_POSTERS),
    ("passers_by", 0, 100_000),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What is asked for; the same values give the same truth and the same frames.

    ``height_px`` is 720 or 1080. ``steady`` films have as many frames while nobody is in view. ``faces``, a folder with
    a folder of pictures for each person, puts real people in the place of invented ones. ``posters`` show people who
    never come, ``visitor_posters`` the first of the visitors.
    """

    people: int
    visits: int
    minutes: float
    seed: int
    cameras: int = 1
    posters: int = 0
    visitor_posters: int = 0
    passers_by: int = 0
    height_px: int = 720
    steady: bool = False
    faces: Path | None = None
    store: str = "demo"
    starts_at: datetime = datetime(2026, 1, 5, 8, tzinfo=UTC)

    def __post_init__(self) -> None:
        for name, least, most in _RANGES:
            value = getattr(self, name)
            if not least <= value <= most:
                raise InputError(f"{name} {value} is outside {least} to {most}; choose another number")
        if self.posters + self.visitor_posters > MOST_POSTERS or self.visitor_posters > self.people:
            raise InputError(
                f"{self.posters} posters and {self.visitor_posters} of visitors do not hang beside one door: ask for "
                f"{MOST_POSTERS} in all, and for no more of visitors than there are people"
            )


def simulate(asked: Simulation, out: Path, *, progress: Progress, visitors: People | None = None) -> Truth:
    """Write ``door.mp4`` (``door2.mp4`` …) and ``truth.json`` into the folder ``out``, and return the truth.

    ``progress`` is told the share that is done, 0 to 1. ``visitors`` come instead of people invented or pictured for
    this day alone; so somebody can come to several stores.
    Raises InputError where the day cannot be planned, StorageError where a file cannot be written.
    """
    plan_rng, people_rng, poster_rng, *camera_rngs = (
        np.random.default_rng(seed) for seed in np.random.SeedSequence(asked.seed).spawn(3 + asked.cameras)
    )
    day = Day(
        people=asked.people, visits=asked.visits, passers_by=asked.passers_by, span_s=asked.minutes * 60,
        cameras=asked.cameras, session_gap_s=SESSION_GAP.total_seconds(),
    )  # fmt: skip
    entries = plan_day(day, plan_rng)
    street = invent_people(shipped_face_space(), asked.passers_by + asked.posters, poster_rng)
    visitors = visitors or _visitors(asked, people_rng)
    cast = _Cast(visitors, street, asked)
    view = View(width_px=asked.height_px * 16 // 9, height_px=asked.height_px)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{out}: cannot be made ({error.strerror}); choose another folder") from error
    cameras = [
        TrueCamera(camera=name, file=f"{name}.mp4", starts_at=asked.starts_at)
        for name in ("door" if number == 0 else f"door{number + 1}" for number in range(asked.cameras))
    ]
    posters = cast.posters()
    for number, (camera, rng) in enumerate(zip(cameras, camera_rngs, strict=True)):
        own = [entry for entry in entries if entry.camera == number]
        with Film(out / camera.file, width_px=view.width_px, height_px=view.height_px) as film:
            renderer = Renderer(view, draw_door(view, rng, posters), film.planes, rng)
            for at_ms in _frame_times(own, asked):
                renderer.draw(list(_figures(own, at_ms / 1000, cast)))
                film.write(at_ms)
                progress((number + at_ms / (asked.minutes * 60_000)) / asked.cameras)
    truth = Truth(
        store=asked.store,
        cameras=tuple(cameras),
        passages=tuple(_passages(entries, cameras, visitors.names, view)),
        session_gap=SESSION_GAP,
        parameters=_parameters(asked),
    )
    save_truth(truth, out / TRUTH_FILE)
    return truth


def _visitors(asked: Simulation, rng: np.random.Generator) -> People:
    if asked.faces is None:
        return invent_people(shipped_face_space(), asked.people, rng)
    return pictured_people(asked.faces, asked.people, open_pack("dlib"), rng)


def _parameters(asked: Simulation) -> dict[str, object]:
    values = {name: value for name, value in asdict(asked).items() if name not in ("store", "starts_at", "faces")}
    return values | {"faces": asked.faces.name if asked.faces else None}


class _Cast:
    """Everyone's looks, made when a person appears and kept while that person is in view."""

    def __init__(self, visitors: People, street: InventedPeople, asked: Simulation) -> None:
        self._visitors = visitors
        self._street = street
        self._asked = asked
        self._looks: dict[int, tuple[Entry, Outfit, list[Sprite]]] = {}

    def posters(self) -> list[Image]:
        """Return the portraits on the wall, those of visitors last: photographs of no visit of theirs."""
        of_nobody = [self._street.portraits(self._asked.passers_by + n, 0)[0] for n in range(self._asked.posters)]
        never = self._asked.visits
        return of_nobody + [self._visitors.portraits(n, never)[0] for n in range(self._asked.visitor_posters)]

    def look(self, entry: Entry, at_s: float) -> tuple[Outfit, Sprite]:
        kept = self._looks.get(entry.person)
        if kept is None or kept[0] is not entry:
            kept = self._looks[entry.person] = (entry, *self._made(entry))
        _, outfit, sprites = kept
        if len(sprites) == 1:
            return outfit, sprites[0]
        # One after the other while the face can be used, lest it be known by the last of them alone.
        first_s, last_s = shown_between_s(entry.way)
        share = (at_s - first_s) / (last_s - first_s)
        return outfit, sprites[min(max(int(share * len(sprites)), 0), len(sprites) - 1)]

    def _made(self, entry: Entry) -> tuple[Outfit, list[Sprite]]:
        number = entry.person - self._asked.people
        visitor = number < 0
        rng = np.random.default_rng([self._asked.seed, entry.person, entry.visit, round(entry.begins_s * 1000)])
        people, person = (self._visitors, entry.person) if visitor else (self._street, number)
        light = np.clip(rng.normal(1.0, 0.06) + rng.normal(0, 0.02, 3), 0.8, 1.2)
        softness = float(rng.uniform(0.0, 0.6))
        outfit = draw_outfit(np.random.default_rng([self._asked.seed, entry.person]))
        portraits = people.portraits(person, entry.visit)
        own_light = light[0], light[1], light[2]
        return outfit, [sprite_of(portrait, people.outline, own_light, softness) for portrait in portraits]


def _frame_times(entries: Sequence[Entry], asked: Simulation) -> Iterator[int]:
    """Yield the times of the frames in milliseconds: every 125 ms while someone is in view, else once a minute.

    A steady film has one every 125 ms throughout.
    """
    end_ms = round(asked.minutes * 60_000)
    if asked.steady:
        yield from range(0, end_ms + 1, FRAME_EVERY_MS)
        return
    busy = {
        tick
        for entry in entries
        for tick in range(
            math.ceil(entry.begins_s * 1000 / FRAME_EVERY_MS), math.ceil(entry.ends_s * 1000 / FRAME_EVERY_MS) + 1
        )
    }
    ticks = busy | set(range(0, end_ms // FRAME_EVERY_MS, KEEPALIVE_MS // FRAME_EVERY_MS))
    yield from (tick * FRAME_EVERY_MS for tick in sorted(ticks) if tick * FRAME_EVERY_MS < end_ms)
    yield end_ms


def _figures(entries: Sequence[Entry], at_s: float, cast: _Cast) -> Iterator[Figure]:
    """Yield who is in view; ``entries`` are sorted by their beginning."""
    started = bisect_right(entries, at_s, key=lambda entry: entry.begins_s)
    for entry in entries[max(started - 64, 0) : started]:
        if at_s < entry.ends_s:
            outfit, sprite = cast.look(entry, at_s - entry.begins_s)
            yield Figure(pose=pose_of(entry.way, at_s - entry.begins_s), outfit=outfit, sprite=sprite)


def _passages(
    entries: Sequence[Entry], cameras: Sequence[TrueCamera], names: Sequence[str], view: View
) -> Iterator[Passage]:
    """Yield the passage of each visitor's entry: the face from when it has come through the door until it is gone."""
    for entry in entries:
        if entry.person >= len(names):
            continue
        camera = cameras[entry.camera]
        boxes = []
        first = math.ceil(entry.begins_s * 1000 / FRAME_EVERY_MS)
        for tick in range(first, int(entry.ends_s * 1000 / FRAME_EVERY_MS) + 1):
            at_s = tick * FRAME_EVERY_MS / 1000
            pose = pose_of(entry.way, at_s - entry.begins_s)
            box = face_box(pose, view)
            if pose.depth_m <= DOOR_DEPTH_M and is_seen(box, view):
                x, y, width, height = (round(number, 1) for number in box)
                boxes.append(TrueBox(at_s=at_s, box=(x, y, width, height)))
        yield Passage(
            person=names[entry.person],
            camera=camera.camera,
            began_at=camera.starts_at + timedelta(seconds=boxes[0].at_s),
            ended_at=camera.starts_at + timedelta(seconds=boxes[-1].at_s),
            boxes=tuple(boxes),
        )
