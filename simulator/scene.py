"""Where people are and where a camera sees them: pure functions of a walk and a time.

Lengths are metres in the camera's coordinates: x to the right, depth away from the camera. The camera hangs at head
height behind the shop's entrance and looks straight at the door.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

Box = tuple[float, float, float, float]

DOOR_DEPTH_M = 5.0
STREET_DEPTH_M = 6.2
DOOR_HALF_WIDTH_M = 0.68
PILLAR_HALF_WIDTH_M = 1.3
CAMERA_HEIGHT_M = 1.73
# Width of the box a detector draws around a frontal face, and the side of a portrait, on a person.
FACE_WIDTH_M = 0.172
PORTRAIT_SIDE_M = 0.285

_OUTSIDE_DEPTH_M = 5.6
_OUTSIDE_X_M = 1.1
_LEAVING_PACE_M_PER_S = 1.1
_LEAVING_S = 1.1
_STRIDE_M = 1.35
_GONE_YAW_DEG = 80.0


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A camera's picture: its size, and a focal length that gives about 46 degrees across."""

    width_px: int
    height_px: int

    @property
    def focal_px(self) -> float:
        """Pixels for a metre at a depth of one metre."""
        return 1.17 * self.width_px

    @property
    def horizon_px(self) -> float:
        """The line of the picture that lies at the height of the camera."""
        return 0.36 * self.height_px

    def project(self, x_m: float, height_m: float, depth_m: float) -> tuple[float, float]:
        """Return the pixel that shows a point at this height above the floor."""
        scale = self.focal_px / depth_m
        return self.width_px / 2 + x_m * scale, self.horizon_px + (CAMERA_HEIGHT_M - height_m) * scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """Standing still for ``for_s`` at ``depth_m`` on the way in."""

    depth_m: float
    for_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """Turning the head to ``yaw_deg`` (positive: to the right of the picture) and back, from ``at_s`` of the walk."""

    at_s: float
    for_s: float
    yaw_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """One way in: round the door post, through the door, towards the camera, and past it on ``leaves_to`` (-1, +1).

    ``comes_from`` is the side of the door on which the person appears. ``eyes_m`` is the height of the eyes.
    """

    pace_m_per_s: float
    eyes_m: float
    comes_from: int
    door_x_m: float
    near_x_m: float
    near_depth_m: float
    leaves_to: int
    halt: Halt | None = None
    glance: Glance | None = None

    @property
    def arrives_s(self) -> float:
        """When the person is nearest, and turns to leave the view."""
        way_m = _OUTSIDE_DEPTH_M - self.near_depth_m
        return way_m / self.pace_m_per_s + (self.halt.for_s if self.halt else 0.0)

    @property
    def lasts_s(self) -> float:
        """How long the walk takes, from behind the door post until out of the view."""
        return self.arrives_s + _LEAVING_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    """Walking by in the street, seen from the side, ``towards`` -1 (left) or +1."""

    pace_m_per_s: float
    eyes_m: float
    towards: int
    lasts_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """Where a person is at one moment. ``eyes_m`` is above the floor and bobs with the steps; angles in degrees.

    ``stride`` is the phase of the steps in radians; ``speed`` is 0 while standing and 1 at the person's pace.
    """

    x_m: float
    depth_m: float
    eyes_m: float
    yaw_deg: float
    roll_deg: float
    stride: float
    speed: float


def pose_of(way: Walk | Passing, at_s: float) -> Pose:
    """Return where a person is ``at_s`` seconds into a walk (0 to ``lasts_s``)."""
    return _walking(way, at_s) if isinstance(way, Walk) else _passing(way, at_s)


def face_box(pose: Pose, view: View) -> Box:
    """Return the box (x, y, width, height) in pixels that a detector would draw, inside the view or not."""
    x_px, y_px = view.project(pose.x_m, pose.eyes_m, pose.depth_m)
    side = FACE_WIDTH_M * view.focal_px / pose.depth_m
    return x_px - side / 2, y_px - 0.35 * side, side, side


def body_box(pose: Pose, view: View) -> Box:
    """Return a box in pixels that holds the whole figure."""
    scale = view.focal_px / pose.depth_m
    x_px, y_px = view.project(pose.x_m, pose.eyes_m, pose.depth_m)
    return x_px - 0.31 * scale, y_px - 0.14 * scale, 0.62 * scale, (pose.eyes_m + 0.14) * scale


def light_on(pose: Pose) -> float:
    """Return the gain of the light that falls on a person: against the daylight at the door, full near the camera."""
    return 0.8 + 0.2 * _smooth((DOOR_DEPTH_M - pose.depth_m) / 3.0)


def is_seen(box: Box, view: View) -> bool:
    """Return whether more than half of a box lies inside the view."""
    return overlap(box, (0.0, 0.0, view.width_px, view.height_px)) > 0.5 * box[2] * box[3]


def is_hidden(face: Box, nearer: Sequence[Box]) -> bool:
    """Return whether figures that stand nearer to the camera cover more than a tenth of a face."""
    return any(overlap(face, body) > 0.1 * face[2] * face[3] for body in nearer)


def overlap(a: Box, b: Box) -> float:
    """Return the area that two boxes share."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return max(width, 0.0) * max(height, 0.0)


def _walking(walk: Walk, at_s: float) -> Pose:
    moving_s, speed = _moving_time(walk, min(at_s, walk.arrives_s))
    depth_m = _OUTSIDE_DEPTH_M - walk.pace_m_per_s * moving_s
    through = _smooth((_OUTSIDE_DEPTH_M - depth_m) / (_OUTSIDE_DEPTH_M - DOOR_DEPTH_M + 0.1))
    inside = _smooth((DOOR_DEPTH_M - depth_m) / (DOOR_DEPTH_M - walk.near_depth_m))
    x_m = walk.comes_from * _OUTSIDE_X_M * (1 - through) + walk.door_x_m * through * (1 - inside)
    x_m += walk.near_x_m * inside
    yaw_deg = -walk.comes_from * 40.0 * (1 - through)
    leaving_s = max(at_s - walk.arrives_s, 0.0)
    if leaving_s:
        gone = leaving_s / _LEAVING_S
        x_m += walk.leaves_to * _LEAVING_PACE_M_PER_S * leaving_s * (0.4 + 0.6 * gone)
        depth_m -= 0.35 * gone
        yaw_deg = walk.leaves_to * _GONE_YAW_DEG * _smooth(2.0 * gone)
    if walk.glance:
        yaw_deg += walk.glance.yaw_deg * _there_and_back((at_s - walk.glance.at_s) / walk.glance.for_s)
    stride = 2 * math.pi * (walk.pace_m_per_s * moving_s + _LEAVING_PACE_M_PER_S * leaving_s) / _STRIDE_M
    return Pose(
        x_m=x_m + 0.018 * speed * math.sin(stride),
        depth_m=depth_m,
        eyes_m=walk.eyes_m - 0.014 * speed * abs(math.sin(stride)),
        yaw_deg=max(-_GONE_YAW_DEG, min(_GONE_YAW_DEG, yaw_deg)),
        roll_deg=2.5 * speed * math.sin(stride + 0.6),
        stride=stride,
        speed=speed,
    )


def _passing(passing: Passing, at_s: float) -> Pose:
    stride = 2 * math.pi * passing.pace_m_per_s * at_s / _STRIDE_M
    return Pose(
        x_m=passing.towards * passing.pace_m_per_s * (at_s - passing.lasts_s / 2),
        depth_m=STREET_DEPTH_M,
        eyes_m=passing.eyes_m - 0.014 * abs(math.sin(stride)),
        yaw_deg=passing.towards * _GONE_YAW_DEG,
        roll_deg=0.0,
        stride=stride,
        speed=1.0,
    )


def _moving_time(walk: Walk, at_s: float) -> tuple[float, float]:
    """Return the seconds spent walking until ``at_s``, and whether the person walks then (1.0) or stands (0.0)."""
    if walk.halt is None:
        return at_s, 1.0
    halts_at_s = (_OUTSIDE_DEPTH_M - walk.halt.depth_m) / walk.pace_m_per_s
    if at_s <= halts_at_s:
        return at_s, 1.0
    if at_s <= halts_at_s + walk.halt.for_s:
        return halts_at_s, 0.0
    return at_s - walk.halt.for_s, 1.0


def _smooth(x: float) -> float:
    x = max(0.0, min(1.0, x))
    return x * x * (3 - 2 * x)


def _there_and_back(x: float) -> float:
    """Return 0 outside 0..1, and inside a rise to 1, a stay and a fall."""
    return _smooth(4 * x) * _smooth(4 * (1 - x))
