"""What a network expects of the pictures it is given."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from faces.errors import ModelError

Layout = Literal["NCHW", "NHWC"]
Channels = Literal["BGR", "RGB"]
Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFormat:
    """How a picture becomes a network's input: each value is (pixel - mean) / scale, pixels counting from 0 to 255.

    ``mean`` and ``scale`` hold a number for each channel, in the network's own order. ``side_px`` is the side of the
    square it takes; None where it takes any size.
    """

    side_px: int | None = None
    layout: Layout = "NCHW"
    channels: Channels = "BGR"
    mean: Triple = (0.0, 0.0, 0.0)
    scale: Triple = (1.0, 1.0, 1.0)

    def require(self, name: str, shapes: Sequence[Sequence[object]]) -> None:
        """Raise ModelError unless a network with inputs of these shapes takes such pictures; only numbers are fixed."""
        if len(shapes) != 1 or len(shapes[0]) != 4:
            raise ModelError(
                f"{name}: takes {len(shapes)} inputs of shape {list(map(list, shapes))}, not one of pictures"
            )
        fixed = [side for side in self.of_layout(shapes[0])[1:3] if isinstance(side, int)]
        if self.side_px is not None and any(side != self.side_px for side in fixed):
            raise ModelError(
                f"{name}: takes pictures of {' x '.join(map(str, fixed))} pixels in the layout {self.layout}, and its "
                f"manifest says side_px = {self.side_px}: correct side_px or layout"
            )

    def of_layout(self, shape: Sequence[object]) -> tuple[object, ...]:
        """Return (n, rows, columns, channels) from a shape in the network's own layout."""
        return tuple(shape) if self.layout == "NHWC" else (shape[0], shape[2], shape[3], shape[1])


PLAIN = InputFormat()
"""BGR as OpenCV gives it, channels first, any size: what our own conversions and YuNet take."""
