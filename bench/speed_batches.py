"""Measures what batches, threads and streams bring, with each pack in place.

    python -m bench.speed_batches

Embedding: milliseconds of CPU for a face, in batches of 1 to 16 on one core. Detection: pictures of 640x360 a second on
all cores of this machine, as cameras ask for them: one after the other, or as many at once as there are cores, with an
inference on one core or on all of them.
"""

import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from faces.packs import Pack, in_place, open_pack, pack_names
from faces.self_test import SOME_LANDMARKS
from simulator.scene import View
from simulator.still import draw_still

BATCHES = (1, 4, 8, 16)
ROUNDS = 15
PICTURES = 60
STILL = draw_still(View(width_px=640, height_px=360), (100, 120), np.random.default_rng(0))


def main() -> None:
    for name in pack_names():
        if in_place(name):
            pack = open_pack(name)
            each = ", ".join(f"{embed_ms(pack, batch):.2f} in {batch}" for batch in BATCHES)
            print(f"{name}: embedding {each} (ms a face)")
            for threads in sorted({1, os.cpu_count() or 1}):
                for callers in sorted({1, os.cpu_count() or 1}):
                    rate = detections_per_s(pack, threads=threads, callers=callers)
                    print(f"{name}: {callers} at once, {threads} cores each: {rate:.0f} pictures a second")


def embed_ms(pack: Pack, batch: int) -> float:
    embedder = pack.make_embedder(threads=1)
    crops = [pack.align(STILL, SOME_LANDMARKS)] * batch
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        embedder.embed(crops)
        times.append(time.process_time() - began)
    return 1000 * statistics.median(times) / batch


def detections_per_s(pack: Pack, *, threads: int, callers: int) -> float:
    detector = pack.make_detector(threads=threads)
    with ThreadPoolExecutor(callers) as cameras:
        list(cameras.map(detector.detect, [STILL] * callers))
        began = time.perf_counter()
        list(cameras.map(detector.detect, [STILL] * PICTURES))
        return PICTURES / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
