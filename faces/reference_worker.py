"""Embeds aligned crops with face_recognition, as they come. Run by a Python that has it; imports nothing of ours.

Standard input: arrays (n, 150, 150, 3) uint8, BGR. Standard output, for each: the embeddings (n, 128) and the
seconds of CPU they took. An array goes through a pipe in NumPy's own format, behind its length in 8 bytes.
"""

import io
import sys
import time
import warnings
from typing import IO, Any

import numpy as np


def main() -> None:
    """Answer until the input ends."""
    warnings.filterwarnings("ignore", message="pkg_resources is deprecated")
    from face_recognition import api

    while (crops := received(sys.stdin.buffer)) is not None:
        began = time.process_time()
        found = [api.face_encoder.compute_face_descriptor(np.ascontiguousarray(crop[:, :, ::-1])) for crop in crops]
        took_s = time.process_time() - began
        send(sys.stdout.buffer, np.array(found))
        send(sys.stdout.buffer, np.array(took_s))


def send(pipe: IO[bytes], array: "np.ndarray[Any, Any]") -> None:
    """Put an array into a pipe."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    pipe.write(file.tell().to_bytes(8, "little"))
    pipe.write(file.getvalue())
    pipe.flush()


def received(pipe: IO[bytes]) -> "np.ndarray[Any, Any] | None":
    """Take an array out of a pipe; None where that has ended."""
    length = int.from_bytes(pipe.read(8), "little")
    return np.load(io.BytesIO(pipe.read(length)), allow_pickle=False) if length else None


if __name__ == "__main__":
    main()
