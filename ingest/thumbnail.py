"""A frame made so small that comparing two costs nothing: the eyes of the motion gate and of the scene watch."""

from typing import TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from faces.ports import Image

Thumbnail: TypeAlias = NDArray[np.float32]

_SAMPLED_WIDTH_PX = 320
_CELL = 5


def thumbnail(image: Image) -> Thumbnail:
    """Return a grey picture of about 64 columns, float32, 0 to 255; a cell is the mean of 25 samples of its area.

    The green channel stands for brightness: it carries most of it and needs no conversion.
    """
    step = max(1, image.shape[1] // _SAMPLED_WIDTH_PX)
    samples = image[::step, ::step, 1]
    rows, columns = samples.shape[0] // _CELL, samples.shape[1] // _CELL
    if rows == 0 or columns == 0:
        return samples.astype(np.float32)
    cells = samples[: rows * _CELL, : columns * _CELL].reshape(rows, _CELL, columns, _CELL)
    return cast("Thumbnail", cells.mean(axis=(1, 3), dtype=np.float32))
