"""What a camera last saw as a picture for people: enlarged, with a frame around each face."""

import cv2

from faces.pictures import encode_jpeg
from ingest.last_picture import LastPicture
from ingest.still import scaled_to

_LONGER_SIDE_PX = 480
_QUALITY = 80
_USABLE, _REFUSED = (90, 200, 80), (40, 150, 250)
"""Green and amber, as (blue, green, red)."""


def boxed_still(picture: LastPicture) -> bytes:
    """Return a JPEG whose longer side is 480 pixels: no more than is in the coarse picture, and the frames.

    Green is around a face of whose track a crop was good enough, amber around one of which none was yet.
    """
    shown = scaled_to(picture.image, _LONGER_SIDE_PX, cv2.INTER_LINEAR)
    scale = shown.shape[1] / picture.width_px
    for face in picture.faces:
        x, y, width, height = (scale * side for side in face.box)
        corners = (round(x), round(y)), (round(x + width), round(y + height))
        cv2.rectangle(shown, *corners, _USABLE if face.is_usable else _REFUSED, 2)
    return encode_jpeg(shown, _QUALITY)
