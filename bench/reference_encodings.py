"""Encodes pictures with face_recognition alone. Run by a Python that has it; imports nothing of ours.

    python bench/reference_encodings.py OUT.npz JITTERS < paths

Of each picture the face nearest its middle, found by dlib's CNN; a row of nan where none was found.
"""

import sys
import warnings

import numpy as np

warnings.filterwarnings("ignore", message="pkg_resources is deprecated")


def main() -> None:
    from face_recognition import api, load_image_file

    out, jitters = sys.argv[1], int(sys.argv[2])
    encodings = []
    for path in sys.stdin.read().splitlines():
        image = load_image_file(path)
        middle = np.array(image.shape[1::-1]) / 2
        boxes = [found.rect for found in api.cnn_face_detector(image, 0)]
        if boxes:
            nearest = min(boxes, key=lambda box: np.hypot(*(np.array([box.center().x, box.center().y]) - middle)))
            shape = api.pose_predictor_5_point(image, nearest)
            encodings.append(np.array(api.face_encoder.compute_face_descriptor(image, shape, jitters)))
        else:
            encodings.append(np.full(128, np.nan))
        print(len(encodings), flush=True)
    np.savez(out, encodings=np.array(encodings, dtype=np.float32))


if __name__ == "__main__":
    main()
