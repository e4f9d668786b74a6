"""A picture with text in it, drawn by OpenCV: from version 5 on it brings a font that knows Latin, Greek, Cyrillic and
Chinese, Japanese and Korean writing, so that nothing depends on the fonts of the machine."""

import cv2
import numpy as np

from faces.ports import Image

Colour = tuple[int, int, int]

REGULAR, BOLD = 400, 650
_ELLIPSIS = "…"


class Canvas:
    """A white picture to draw on. Places are pixels from the top left; colours are (red, green, blue), 0..255."""

    def __init__(self, width: int, height: int, ground: Colour) -> None:
        self.image: Image = np.full((height, width, 3), ground[::-1], dtype=np.uint8)
        self._font = cv2.FontFace("sans")

    def text(self, text: str, x: int, baseline: int, *, size_px: int, colour: Colour, weight: int = REGULAR) -> None:
        """Write one line from ``x`` on."""
        # A margin at the right so that OpenCV does not wrap what was measured to fit.
        cv2.putText(self.image, text, (x, baseline), colour[::-1], self._font, size_px, weight)

    def text_width(self, text: str, size_px: int, weight: int = REGULAR) -> int:
        """Return how wide a line becomes, in pixels."""
        if not text:
            return 0
        _, _, width, _ = cv2.getTextSize((1 << 15, 1 << 10), text, (0, 0), self._font, size_px, weight)
        return int(width)

    def lines(self, text: str, width: int, most: int, size_px: int, weight: int = REGULAR) -> list[str]:
        """Break a text, anywhere, into at most so many lines of a width; what is too much is left out in the middle."""
        lines = self._broken(text, width, size_px, weight)
        kept = len(text)
        while len(lines) > most:
            kept -= 1
            shortened = text[: kept // 2] + _ELLIPSIS + text[len(text) - (kept - kept // 2) :]
            lines = self._broken(shortened, width, size_px, weight)
        return lines

    def picture(self, image: Image, x: int, y: int) -> None:
        """Lay a picture down, its top left corner at a place."""
        rows, columns = image.shape[:2]
        self.image[y : y + rows, x : x + columns] = image

    def pill(self, text: str, x: int, y: int, *, size_px: int, colour: Colour, ground: Colour) -> None:
        """Write a line on a rounded ground of its own, twice as high as the text."""
        height = 2 * size_px
        radius = height // 2
        right = x + self.text_width(text, size_px, BOLD) + height
        for centre in (x + radius, right - radius):
            cv2.circle(self.image, (centre, y + radius), radius, ground[::-1], cv2.FILLED, cv2.LINE_AA)
        cv2.rectangle(self.image, (x + radius, y), (right - radius, y + height), ground[::-1], cv2.FILLED)
        self.text(text, x + radius, y + round(1.36 * size_px), size_px=size_px, colour=colour, weight=BOLD)

    def line(self, x: int, top: int, bottom: int, colour: Colour) -> None:
        """Draw an upright line, two pixels wide."""
        self.image[top:bottom, x : x + 2] = colour[::-1]

    def _broken(self, text: str, width: int, size_px: int, weight: int) -> list[str]:
        lines = [""]
        for character in text:
            if self.text_width(lines[-1] + character, size_px, weight) > width and lines[-1]:
                lines.append("")
            lines[-1] += character
        return lines
