"""Frames of a door camera: the empty view, the people in it, sensor noise; only what changed is drawn again."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from simulator.door import Door
from simulator.figure import Outfit, draw_figure
from simulator.film import Planes
from simulator.scene import DOOR_DEPTH_M, Box, Pose, View, body_box, light_on
from simulator.sprite import Sprite

_NOISE_DEVIATION = 2.2
_NOISE_MARGIN_PX = 64
# I420 halves the chroma and x264 works on blocks: regions begin and end on multiples of this.
_BLOCK_PX = 16

Region = tuple[slice, slice]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Figure:
    """A person to be drawn: where, and how the person looks."""

    pose: Pose
    outfit: Outfit
    sprite: Sprite


class Renderer:
    """Draws one camera's frames, one after the other, into ``planes``: YUV 4:2:0, changed only where people are."""

    def __init__(self, view: View, door: Door, planes: Planes, rng: np.random.Generator) -> None:
        self._view = view
        self._door = door
        self._planes = planes
        self._rng = rng
        self._canvas = door.background.copy()
        self._drawn: Box | None = None
        size = (view.height_px + _NOISE_MARGIN_PX, view.width_px + _NOISE_MARGIN_PX)
        noise = rng.normal(0, _NOISE_DEVIATION, size).astype(np.float32)
        self._brighter = np.rint(np.maximum(noise, 0)).astype(np.uint8)
        self._darker = np.rint(np.maximum(-noise, 0)).astype(np.uint8)
        self._show((slice(0, view.height_px), slice(0, view.width_px)), noisy=False)

    def draw(self, figures: Sequence[Figure]) -> None:
        """Draw the people of one moment, the farthest first, over the empty view."""
        boxes = [body_box(figure.pose, self._view) for figure in figures]
        region = self._region([*boxes, *([self._drawn] if self._drawn else [])])
        self._drawn = _union(boxes) if boxes else None
        if region is None:
            return
        self._canvas[region] = self._door.background[region]
        for figure in sorted(figures, key=lambda figure: -figure.pose.depth_m):
            draw_figure(self._canvas, self._view, figure.pose, figure.outfit, figure.sprite, light_on(figure.pose))
            if figure.pose.depth_m > DOOR_DEPTH_M:
                self._put_wall_before(figure.pose)
        self._show(region, noisy=bool(figures))

    def _put_wall_before(self, pose: Pose) -> None:
        region = self._region([body_box(pose, self._view)])
        if region is not None:
            # Drawn in place: the destination is a view of the canvas.
            cv2.copyTo(self._door.background[region], self._door.wall[region], self._canvas[region])

    def _show(self, region: Region, *, noisy: bool) -> None:
        """Carry a region of the canvas into the planes, with sensor noise unless the view is empty again."""
        i420 = cv2.cvtColor(np.ascontiguousarray(self._canvas[region]), cv2.COLOR_BGR2YUV_I420)
        height, width = self._canvas[region].shape[:2]
        luma = i420[:height]
        if noisy:
            down, across = self._rng.integers(0, _NOISE_MARGIN_PX, 2)
            rows = slice(region[0].start + down, region[0].stop + down)
            columns = slice(region[1].start + across, region[1].stop + across)
            luma = cv2.subtract(cv2.add(luma, self._brighter[rows, columns]), self._darker[rows, columns])
        halves = i420[height:].reshape(2, height // 2, width // 2)
        half = (slice(region[0].start // 2, region[0].stop // 2), slice(region[1].start // 2, region[1].stop // 2))
        self._planes[0][region] = luma
        self._planes[1][half], self._planes[2][half] = halves

    def _region(self, boxes: Sequence[Box]) -> Region | None:
        """Return the part of the view that holds all boxes, in whole blocks; None where that is nothing."""
        if not boxes:
            return None
        x, y, width, height = _union(boxes)
        left, top = max(int(x) // _BLOCK_PX * _BLOCK_PX, 0), max(int(y) // _BLOCK_PX * _BLOCK_PX, 0)
        right = min((int(x + width) // _BLOCK_PX + 1) * _BLOCK_PX, self._view.width_px)
        bottom = min((int(y + height) // _BLOCK_PX + 1) * _BLOCK_PX, self._view.height_px)
        if left >= right or top >= bottom:
            return None
        return slice(top, bottom), slice(left, right)


def _union(boxes: Sequence[Box]) -> Box:
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
    return left, top, right - left, bottom - top
