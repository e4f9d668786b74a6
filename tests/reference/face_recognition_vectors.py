"""Runs face_recognition itself over pictures and saves what it finds. Needs an environment of its own.

    out/reference-venv/bin/python tests/reference/face_recognition_vectors.py OUT.npz PICTURE...

For every face: ``picture`` (index into the arguments), ``box`` (left, top, right, bottom), ``encoding`` of the face in
its picture, ``chip`` (dlib's aligned crop, BGR) and ``chip_encoding``; for all: ``seconds`` (detection, encoding).
"""

import sys
import time
import warnings

warnings.filterwarnings("ignore", message="pkg_resources is deprecated")

import dlib  # noqa: E402
import face_recognition  # noqa: E402
import numpy as np  # noqa: E402
from face_recognition import api  # noqa: E402


def main(out: str, *pictures: str) -> None:
    found: dict[str, list] = {"picture": [], "box": [], "encoding": [], "chip": [], "chip_encoding": []}
    detecting = encoding = 0.0
    for index, path in enumerate(pictures):
        image = face_recognition.load_image_file(path)
        began = time.perf_counter()
        locations = face_recognition.face_locations(image, number_of_times_to_upsample=0, model="cnn")
        detecting += time.perf_counter() - began
        for top, right, bottom, left in locations:
            began = time.perf_counter()
            (vector,) = face_recognition.face_encodings(image, [(top, right, bottom, left)], model="small")
            encoding += time.perf_counter() - began
            points = api.pose_predictor_5_point(image, dlib.rectangle(left, top, right, bottom))
            chip = dlib.get_face_chip(image, points, size=150, padding=0.25)
            found["picture"].append(index)
            found["box"].append((left, top, right, bottom))
            found["encoding"].append(vector)
            found["chip"].append(chip[:, :, ::-1])
            found["chip_encoding"].append(np.array(api.face_encoder.compute_face_descriptor(chip)))
    np.savez(out, **{name: np.array(values) for name, values in found.items()}, seconds=np.array([detecting, encoding]))


if __name__ == "__main__":
    main(*sys.argv[1:])
