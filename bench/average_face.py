"""Writes faces/average_face.png: the middle of the simulator's space of faces, brought into the frame of landmarks.

    python -m bench.average_face

That space is a statistic over thousands of pictures (see NOTICE), and its middle the face of nobody. Both sides of the
face are made alike, so that no direction of light or of a parting is taken for a trait of faces.
"""

from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np

from faces.average_face import in_frame
from faces.packs import open_pack
from simulator.face_space import shipped_face_space


def main() -> None:
    space = shipped_face_space()
    portrait = space.portrait(np.zeros_like(space.deviations))
    pack = open_pack("retail")
    face = pack.make_detector(min_face_px=portrait.shape[0] / 4).detect(portrait)[0]
    framed, _ = in_frame(portrait, face.landmarks, pack.landmark_scheme)
    both = np.rint((framed + framed[:, ::-1]) / 2).astype(np.uint8)
    place = Path(str(files("faces"))) / "average_face.png"
    cv2.imwrite(str(place), both)
    print(f"{place}: {both.shape[1]}x{both.shape[0]}, {place.stat().st_size} bytes")


if __name__ == "__main__":
    main()
