"""What a camera last saw as a picture for people: enlarged, with a frame around each face."""

import cv2

from ingest.last_picture import LastPicture
from ingest.still import as_shown, enlarged

_USABLE, _REFUSED = (90, 200, 80), (40, 150, 250)
"""Green and amber, as (blue, green, red)."""


def boxed_still(picture: LastPicture) -> bytes:
    """Return a JPEG whose longer side is 480 pixels: no more than is in the coarse picture, and the frames.

    Green is around a face of whose track a crop was good enough, amber around one of which none was yet.
    """
    shown = enlarged(picture.image)
    scale = shown.shape[1] / picture.width_px
    for face in picture.faces:
        x, y, width, height = (scale * side for side in face.box)
        corners = (round(x), round(y)), (round(x + width), round(y + height))
        cv2.rectangle(shown, *corners, _USABLE if face.is_usable else _REFUSED, 2)
    return as_shown(shown)
