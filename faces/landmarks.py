"""What five landmarks mean: each detector has its own order, and pose can be read from any once it is known."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

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

    @property
    def places(self) -> NDArray[np.float64]:
        """Where the landmarks of a face seen from the front lie, (5, 2), in the frame of ``faces.average_face``."""
        return _PLACES[self]

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


# The frame is that of the crops of face-reidentification-retail-0095, from its description in Open Model Zoo. For dlib
# it is where its landmarks lie in the median over the pictures of LFW that were brought into the frame by YuNet's.
_PLACES = {
    LandmarkScheme.FIVE_POINT: np.array(
        [(0.31557, 0.46157), (0.68262, 0.46157), (0.50026, 0.64054), (0.34947, 0.82470), (0.65344, 0.82470)]
    ),
    LandmarkScheme.DLIB5: np.array(
        [(0.7333, 0.4570), (0.5993, 0.4634), (0.2576, 0.4611), (0.3923, 0.4646), (0.4975, 0.7196)]
    ),
}
