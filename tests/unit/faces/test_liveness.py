"""What the liveness networks are shown of a picture, and what is made of their answers."""

import numpy as np
import pytest
from numpy.typing import NDArray

from faces.engines import ON_CPU
from faces.errors import ModelError
from faces.liveness import FILES, Liveness, open_liveness
from faces.ports import Detection, Image


class Answering:
    """A network that gives the same answer to everything, and remembers what it was shown."""

    def __init__(self, *logits: float) -> None:
        self._logits = np.array([logits], np.float32)
        self.shown: list[Image] = []

    def infer(self, pictures: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        self.shown += list(pictures)
        return {"logits": self._logits}


def face(x: float, y: float, width: float, height: float) -> Detection:
    return Detection(box=(x, y, width, height), score=0.9, landmarks=np.zeros((5, 2), np.float32))


def picture() -> Image:
    """Blue tells the column, green the row."""
    image = np.zeros((200, 250, 3), np.uint8)
    image[:, :, 0], image[:, :, 1] = np.arange(250)[None, :], np.arange(200)[:, None]
    return image


def shown(detection: Detection, scale: float) -> tuple[int, int, int, int]:
    """The part of the picture that a network is shown: left, top, right and bottom, within the blur of shrinking."""
    network = Answering(0.0, 0.0, 0.0)
    Liveness([(scale, network)])(picture(), detection)
    (part,) = network.shown
    assert part.shape == (80, 80, 3)
    return int(part[0, 0, 0]), int(part[0, 0, 1]), int(part[-1, -1, 0]), int(part[-1, -1, 1])


def test_a_score_is_the_mean_of_the_networks_shares_for_a_live_face():
    sure, unsure = Answering(0.0, 20.0, 0.0), Answering(1.0, 1.0, 1.0)
    assert Liveness([(2.7, sure), (4.0, unsure)])(picture(), face(100, 80, 20, 20)) == pytest.approx(2 / 3, abs=1e-6)


@pytest.mark.parametrize(
    ("detection", "expected"),
    [
        (face(100, 80, 20, 30), (70, 35, 149, 154)),  # in the middle: four times as wide and high
        (face(2, 4, 20, 30), (0, 0, 79, 119)),  # at the edge: moved inward, and whole
        (face(228, 168, 20, 30), (170, 80, 249, 199)),
        (face(60, 40, 100, 100), (10, 0, 209, 199)),  # no more than the picture holds
    ],
)
def test_a_network_is_shown_the_face_with_its_surroundings(detection: Detection, expected: tuple[int, int, int, int]):
    assert shown(detection, 4.0) == pytest.approx(expected, abs=2)


def test_a_missing_network_is_named_with_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setenv("FOOTFALL_MODELS", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(ModelError, match=r"liveness needs the network 2\.7_80x80_MiniFASNetV2\.onnx.*or leave ingest"):
        open_liveness(ON_CPU)


def test_another_network_under_that_name_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("FOOTFALL_MODELS", str(tmp_path))
    for name in FILES:
        (tmp_path / name).write_bytes(b"another")
    with pytest.raises(ModelError, match="is not the network that was measured"):
        open_liveness(ON_CPU)


@pytest.mark.needs_models
def test_the_real_networks_answer_with_a_share():
    noise = np.random.default_rng(1).integers(0, 256, (200, 250, 3), dtype=np.uint8)
    each = open_liveness(ON_CPU).each(noise, face(100, 80, 40, 40))
    assert len(each) == 2
    assert all(0.0 <= score <= 1.0 for score in each)
