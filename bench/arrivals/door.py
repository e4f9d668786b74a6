"""A film of a shop's door in front of which people come in one after the other, beside posters."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from faces.ports import Image
from simulator.door import draw_door
from simulator.figure import draw_outfit
from simulator.film import Film
from simulator.render import Figure, Renderer
from simulator.scene import Box, View, Walk, pose_of
from simulator.schedule import USABLE_S, Entry, draw_walk, shown_between_s, usable_s
from simulator.simulation import FRAME_EVERY_MS
from simulator.sprite import FACE_ALONE, Outline, Sprite, sprite_of

VIEW = View(width_px=1280, height_px=720)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """Somebody's way in: when it begins, in seconds of the film, and when it is over."""

    begins_s: float
    ends_s: float


def film_door(
    path: Path,
    comers: Sequence[Sequence[Image]],
    posters: Sequence[Image],
    *,
    outline: Outline = FACE_ALONE,
    seed: int,
    first_s: float,
    every_s: float,
) -> tuple[list[Coming], Sequence[Box]]:
    """Write a film of 8 frames a second in which each of ``comers`` comes in, the first at ``first_s``.

    A comer is the portraits shown of one person, one after the other while they come nearer, and ``outline`` says how
    much of a portrait is theirs. ``posters`` hang beside the door throughout. Returns when each comes, and the boxes of
    the faces on the posters.
    """
    rng = np.random.default_rng(seed)
    walks = [_walk(rng) for _ in comers]
    entries = [
        Entry(person=number, visit=0, camera=0, begins_s=first_s + number * every_s, way=walk)
        for number, walk in enumerate(walks)
    ]
    looks = [(draw_outfit(rng), [_sprite(portrait, outline, rng) for portrait in of_one]) for of_one in comers]
    end_ms = round(1000 * (max((entry.ends_s for entry in entries), default=first_s) + 2.0))
    with Film(path, width_px=VIEW.width_px, height_px=VIEW.height_px) as film:
        door = draw_door(VIEW, rng, posters)
        renderer = Renderer(VIEW, door, film.planes, rng)
        for at_ms in range(0, end_ms, FRAME_EVERY_MS):
            at_s = at_ms / 1000
            figures = []
            for entry, (outfit, sprites) in zip(entries, looks, strict=True):
                if entry.begins_s <= at_s < entry.ends_s:
                    into_s = at_s - entry.begins_s
                    sprite = sprites[_shown(entry.way, into_s, len(sprites))]
                    figures.append(Figure(pose=pose_of(entry.way, into_s), outfit=outfit, sprite=sprite))
            renderer.draw(figures)
            film.write(at_ms)
    return [Coming(begins_s=entry.begins_s, ends_s=entry.ends_s) for entry in entries], door.posters


def _walk(rng: np.random.Generator) -> Walk:
    """Draw a way in on which a face can be used for long enough, as the simulator does."""
    while True:
        walk = draw_walk(float(rng.uniform(1.55, 1.73)), rng)
        if usable_s(Entry(person=0, visit=0, camera=0, begins_s=0.0, way=walk), []) >= USABLE_S:
            return walk


def _sprite(portrait: Image, outline: Outline, rng: np.random.Generator) -> Sprite:
    light = np.clip(rng.normal(1.0, 0.06) + rng.normal(0, 0.02, 3), 0.8, 1.2)
    return sprite_of(portrait, outline, (light[0], light[1], light[2]), float(rng.uniform(0.0, 0.6)))


def _shown(way: object, into_s: float, sprites: int) -> int:
    assert isinstance(way, Walk)
    first_s, last_s = shown_between_s(way)
    return min(max(int((into_s - first_s) / (last_s - first_s) * sprites), 0), sprites - 1)
