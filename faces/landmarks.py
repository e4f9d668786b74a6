"""What five landmarks mean: each detector has its own order, and pose can be read from any once it is known."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from faces.ports import Landmarks


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """How a head is turned, as the picture shows it.

    ``yaw`` is how far the nose lies off the middle of the eyes, along the line through them, in distances between the
    eyes: 0 straight on, about 0.25 at 30 degrees, positive when the nose points to the right of the picture.
    ``roll_deg`` is the angle of that line, positive clockwise.
    """

    yaw: float
    roll_deg: float


class LandmarkScheme(StrEnum):
    """The order in which a detector gives its landmarks."""

    FIVE_POINT = "five_point"  # left eye, right eye, nose, left and right corner of the mouth, as seen in the picture
    DLIB5 = (
        "dlib5"  # right eye's outer and inner corner, left eye's outer and inner corner, nose, as seen in the picture
    )

    def pose(self, landmarks: Landmarks) -> Pose:
        """Return the pose of a face from its (5, 2) landmarks."""
        points = landmarks.astype(np.float64) @ np.array([1, 1j])
        if self is LandmarkScheme.DLIB5:
            left_eye, right_eye, nose = points[2:4].mean(), points[0:2].mean(), points[4]
        else:
            left_eye, right_eye, nose = points[0], points[1], points[2]
        across = complex(right_eye - left_eye)
        if across == 0:
            return Pose(yaw=1.0, roll_deg=0.0)
        offset = complex(nose - (left_eye + right_eye) / 2) / across
        return Pose(yaw=offset.real, roll_deg=float(np.degrees(np.angle(across))))
