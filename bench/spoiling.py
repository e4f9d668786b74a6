"""Ways in which a camera spoils a good picture, each with a strength from 0 to 1."""

from collections.abc import Callable

import cv2
import numpy as np

from faces.ports import Image

Box = tuple[float, float, float, float]
Spoiling = Callable[[Image, Box, float], Image]


def blur(image: Image, box: Box, strength: float) -> Image:
    """Out of focus, up to a sixteenth of the face."""
    return _picture(cv2.GaussianBlur(image, (0, 0), 0.3 + strength * box[2] / 16))


def motion(image: Image, box: Box, strength: float) -> Image:
    """Smeared along the rows, up to a fifth of the face."""
    return _picture(cv2.blur(image, (1 + round(strength * box[2] / 5), 1)))


def distance(image: Image, box: Box, strength: float) -> Image:
    """Taken from afar and enlarged again: a face of 64 down to 16 pixels."""
    scale = min(1.0, (64 - 48 * strength) / box[2])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return _picture(cv2.resize(small, image.shape[1::-1], interpolation=cv2.INTER_LINEAR))


def darkness(image: Image, _box: Box, strength: float) -> Image:
    """Down to a tenth of the light, with the noise of a sensor that amplifies it."""
    return _noisy(image * (1.0 - 0.9 * strength), 3.0)


def glare(image: Image, _box: Box, strength: float) -> Image:
    """Up to three times the light."""
    return _picture(np.clip(image * (1.0 + 2.0 * strength), 0, 255))


def noise(image: Image, _box: Box, strength: float) -> Image:
    """A sensor that makes up to 35 levels of its own."""
    return _noisy(image.astype(np.float64), 35.0 * strength)


def side_light(image: Image, box: Box, strength: float) -> Image:
    """Light from the right alone."""
    across = np.clip((np.arange(image.shape[1]) - box[0]) / box[2], 0, 1)
    return _picture(image * (1.0 - strength * (1.0 - across**1.5))[None, :, None])


def dark_glasses(image: Image, box: Box, strength: float) -> Image:
    """A bar over the eyes, from transparent to opaque."""
    return _covered(image, box, (0.0, 0.2, 1.0, 0.5), strength, 30)


def mask(image: Image, box: Box, strength: float) -> Image:
    """A grey mask, from the chin up to the nose."""
    return _covered(image, box, (0.0, 1.0 - 0.4 * strength, 1.0, 1.05), 1.0, 128)


def compression(image: Image, _box: Box, strength: float) -> Image:
    """JPEG down to quality 5."""
    _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, round(60 - 55 * strength)])
    return _picture(cv2.imdecode(encoded, cv2.IMREAD_COLOR))


def tilt(image: Image, box: Box, strength: float) -> Image:
    """The head, or the camera, turned by up to 60 degrees in the plane of the picture."""
    centre = (box[0] + box[2] / 2, box[1] + box[3] / 2)
    turn = cv2.getRotationMatrix2D(centre, 60 * strength, 1.0)
    return _picture(cv2.warpAffine(image, turn, image.shape[1::-1]))


def cut_at_the_side(image: Image, box: Box, strength: float) -> Image:
    """Up to half of the face outside the picture, on the left."""
    return _picture(image[:, max(0, round(box[0] + 0.5 * strength * box[2])) :])


def cut_below(image: Image, box: Box, strength: float) -> Image:
    """Up to half of the face outside the picture, below."""
    return _picture(image[: max(1, round(box[1] + box[3] * (1.0 - 0.5 * strength)))])


SPOILINGS: tuple[Spoiling, ...] = (
    blur,
    motion,
    distance,
    darkness,
    glare,
    noise,
    side_light,
    dark_glasses,
    mask,
    compression,
    tilt,
    cut_at_the_side,
    cut_below,
)


def _covered(image: Image, box: Box, part: tuple[float, float, float, float], opacity: float, level: int) -> Image:
    left, top, width, height = box
    rows = slice(max(0, round(top + part[1] * height)), max(0, round(top + part[3] * height)))
    columns = slice(max(0, round(left + part[0] * width)), max(0, round(left + part[2] * width)))
    covered = image.astype(np.float64)
    covered[rows, columns] = (1.0 - opacity) * covered[rows, columns] + opacity * level
    return _picture(covered)


def _noisy(image: np.ndarray[tuple[int, ...], np.dtype[np.float64]], deviation: float) -> Image:
    drawn = np.random.default_rng(0).normal(0.0, deviation, image.shape)
    return _picture(np.clip(image + drawn, 0, 255))


def _picture(values: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> Image:
    return np.ascontiguousarray(values).astype(np.uint8)
