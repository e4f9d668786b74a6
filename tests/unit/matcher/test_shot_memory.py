"""Shots that are told of again: the same rows, and none made twice."""

from collections.abc import Sequence

import numpy as np
from colour_crops import BLUE, GREEN, RED, face_crop
from hypothesis import given
from hypothesis import strategies as st

from faces.pictures import decode_jpeg
from faces.ports import Image
from matcher.shot_memory import NumberedShot, ShotMemory

COLOURS = (RED, GREEN, BLUE)


def mean_colour(images: Sequence[Image]) -> np.ndarray:
    return np.array([image.reshape(-1, 3).mean(axis=0) for image in images], np.float32)


@given(st.lists(st.lists(st.tuples(st.integers(1, 3), st.lists(st.sampled_from(COLOURS), min_size=1, max_size=4)))))
def test_rows_are_those_of_the_embedder_and_a_shot_of_a_track_is_embedded_once(batches):
    embedded: list[int] = []

    def embed(shots: Sequence[NumberedShot]) -> np.ndarray:
        embedded.append(len(shots))
        return mean_colour([decode_jpeg(shot.jpeg) for _, shot in shots])

    memory = ShotMemory(embed)
    told = set()
    for batch in batches:
        crops = [face_crop(number, colours) for number, colours in batch]
        found = memory.embed(crops)
        assert len(found) == len(crops)
        for crop, rows in zip(crops, found, strict=True):
            assert np.array_equal(rows, mean_colour([decode_jpeg(shot.jpeg) for shot in crop.shots]))
            told |= {(crop.track_id, shot.jpeg) for shot in crop.shots}
    assert sum(embedded) == len(told)
