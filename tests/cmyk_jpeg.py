"""A JPEG in the colours of print, as scanners and agencies send them.

OpenCV writes none and Pillow is no part of this project: ``python tests/cmyk_jpeg.py`` makes the file again where
Pillow is installed. It shows a person who does not exist.
"""

from pathlib import Path

FILE = Path(__file__).parent / "fixtures" / "cmyk.jpg"


def _make() -> None:
    import cv2
    from faces_scene import portrait, scene
    from PIL import Image

    picture = cv2.resize(scene(portrait(0), width=520), (347, 240), interpolation=cv2.INTER_AREA)
    Image.fromarray(picture[:, :, ::-1]).convert("CMYK").save(FILE, "JPEG", quality=85)


if __name__ == "__main__":
    _make()
