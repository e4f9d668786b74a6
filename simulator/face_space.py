"""Faces of people who do not exist: points of a space spanned by the principal components of many faces.

The space is a mean, components and their deviations. A person is a point of it, drawn once; a look of that person is
the point with a little noise, drawn for each walk past a camera.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import cv2
import numpy as np
from numpy.typing import NDArray

from faces.ports import Image
from simulator.portrait import SIDE_PX

Coefficients = NDArray[np.float32]

CHROMA_PX = 32
LOOK_NOISE = 0.15
# Beyond this many deviations a face no longer looks like one.
_LIMIT = 2.2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaceSpace:
    """Mean (d,), components (k, d) and deviations (k,), float32.

    A row holds 128x128 values of luma and then 32x32 of each chroma channel (YCrCb): colour varies slowly over a face.
    """

    mean: NDArray[np.float32]
    components: NDArray[np.float32]
    deviations: NDArray[np.float32]

    def person(self, rng: np.random.Generator) -> Coefficients:
        """Draw a person: normal coefficients in units of the deviations, none beyond the limit of plausible faces."""
        drawn = np.clip(rng.standard_normal(len(self.deviations)), -_LIMIT, _LIMIT)
        return np.asarray(drawn, dtype=np.float32)

    def look(self, person: Coefficients, rng: np.random.Generator) -> Coefficients:
        """Draw another look of a person: the same coefficients with ``LOOK_NOISE`` deviations of noise."""
        noise = rng.standard_normal(len(person)).astype(np.float32)
        return np.asarray(person + LOOK_NOISE * noise, dtype=np.float32)

    def portrait(self, look: Coefficients) -> Image:
        """Return the portrait of a look."""
        row = self.mean + (look * self.deviations) @ self.components
        return from_row(np.asarray(row, dtype=np.float32))


def to_row(portrait: Image) -> NDArray[np.float32]:
    """Return a portrait as a row of the space: luma, then both chroma channels at a quarter of the side."""
    luma, *chroma = cv2.split(cv2.cvtColor(portrait, cv2.COLOR_BGR2YCrCb))
    small = [cv2.resize(channel, (CHROMA_PX, CHROMA_PX), interpolation=cv2.INTER_AREA) for channel in chroma]
    return np.concatenate([luma.ravel(), *(channel.ravel() for channel in small)]).astype(np.float32)


def from_row(row: NDArray[np.float32]) -> Image:
    """Return the portrait that a row of the space stands for."""
    luma, cr, cb = np.split(row, [SIDE_PX**2, SIDE_PX**2 + CHROMA_PX**2])
    chroma = [
        cv2.resize(channel.reshape(CHROMA_PX, CHROMA_PX), (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_CUBIC)
        for channel in (cr, cb)
    ]
    picture = cv2.merge([luma.reshape(SIDE_PX, SIDE_PX), *chroma])
    ycrcb = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(ycrcb, cv2.COLOR_YCrCb2BGR), dtype=np.uint8)


@cache
def shipped_face_space() -> FaceSpace:
    """Return the space in ``data/faces.npz``, computed by ``simulator.build_faces``."""
    with files("simulator").joinpath("data", "faces.npz").open("rb") as file, np.load(file) as stored:
        return FaceSpace(
            mean=stored["mean"].astype(np.float32),
            components=stored["components"].astype(np.float32) * stored["scales"][:, None],
            deviations=stored["deviations"],
        )
