"""How a person looks, coarsely: enough to notice that a track has jumped to someone else."""

from typing import cast

import numpy as np

from faces.ports import Image
from ingest.tracks import Box, Look

_ROWS, _COLUMNS = 8, 6
_SAMPLES = 4
# Half a face to each side and a whole one below: hair and clothes tell people apart where faces look alike.
_ASIDE, _ABOVE, _BELOW = 0.5, 0.3, 1.0


def look_of(image: Image, box: Box) -> Look:
    """Return the colours of a face and what is around it: (8, 6, 3) float32, 0 to 1, by mean of 16 samples a cell.

    Beyond the edge of the frame the nearest pixel counts.
    """
    x, y, width, height = box
    columns = np.linspace(x - _ASIDE * width, x + (1.0 + _ASIDE) * width, _COLUMNS * _SAMPLES)
    rows = np.linspace(y - _ABOVE * height, y + (1.0 + _BELOW) * height, _ROWS * _SAMPLES)
    across = np.clip(columns.astype(np.intp), 0, image.shape[1] - 1)
    down = np.clip(rows.astype(np.intp), 0, image.shape[0] - 1)
    samples = image[np.ix_(down, across)].reshape(_ROWS, _SAMPLES, _COLUMNS, _SAMPLES, 3)
    return cast("Look", samples.mean(axis=(1, 3), dtype=np.float32) / np.float32(255.0))
