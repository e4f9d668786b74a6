"""Makes dlib's face detector in 8-bit integers, which ships in faces/data. Run by `make quantise`.

    python -m bench.quantise [--out faces/data]

Post-training quantisation by NNCF: the weights are rounded, and the range of every activation is taken from pictures of
a simulated door with people who do not exist. The last two layers stay in floats: they add up 3,645 products to the
score, and rounding what goes in moves it by 0.05 (0.015 with them in floats). Weights keep to 7 bits, so that a CPU
that adds 8-bit products in 16 bits does not overflow.
"""

import argparse
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import nncf
import numpy as np
import openvino as ov

from faces.dlib_models import DLIB_DETECTOR_IN_INTEGERS, dlib_detector_model
from faces.packs import open_pack
from faces.ports import Image
from simulator.scene import View
from simulator.still import draw_still

PICTURES = 96
VIEW = View(width_px=640, height_px=360)
IN_FLOATS = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=DLIB_DETECTOR_IN_INTEGERS.parent)
    arguments = parser.parse_args()
    nncf.set_log_level(logging.ERROR)
    floats = dlib_detector_model(open_pack("dlib").places["mmod_human_face_detector.dat"])
    model = in_integers(floats, list(pictures()), in_floats=IN_FLOATS)
    take_every_brightness(model)
    arguments.out.mkdir(parents=True, exist_ok=True)
    place = arguments.out / DLIB_DETECTOR_IN_INTEGERS.name
    ov.save_model(model, place, compress_to_fp16=False)
    print(f"{place} and {place.with_suffix('.bin').name}: {place.with_suffix('.bin').stat().st_size} bytes of numbers")


def in_integers(floats: bytes | Path, samples: Sequence[Image], *, in_floats: int = 0) -> ov.Model:
    """Return a network in 8-bit integers, its last ``in_floats`` convolutions excepted, given what it will see."""
    model = ov.Core().read_model(floats)
    convolutions = [
        node.get_friendly_name() for node in model.get_ordered_ops() if node.get_type_name() == "Convolution"
    ]
    return nncf.quantize(
        model,
        nncf.Dataset([np.ascontiguousarray(sample.transpose(2, 0, 1)[None], np.float32) for sample in samples]),
        preset=nncf.QuantizationPreset.PERFORMANCE,
        subset_size=len(samples),
        ignored_scope=nncf.IgnoredScope(names=convolutions[len(convolutions) - in_floats :]),
        advanced_parameters=nncf.AdvancedQuantizationParameters(overflow_fix=nncf.OverflowFix.ENABLE),
    )


def take_every_brightness(model: ov.Model) -> None:
    """Let the input range from 0 to 255: a byte is an integer already, and the brightest pixels are not cut off."""
    (rounding,) = model.input().get_target_inputs()
    for end, value in enumerate((0.0, 255.0, 0.0, 255.0), start=1):
        rounding.get_node().set_argument(end, ov.opset13.constant(np.array(value, dtype=np.float32)).output(0))


def pictures() -> Iterator[Image]:
    """Yield pictures of the door with one to three people, faces from 50 to 200 pixels, darker and brighter."""
    rng = np.random.default_rng(2026)
    for _ in range(PICTURES):
        widths = rng.uniform(50, 200, rng.integers(1, 4))
        picture = draw_still(VIEW, widths, rng)
        yield np.clip(picture * rng.uniform(0.5, 1.3), 0, 255).astype(np.uint8)


if __name__ == "__main__":
    main()
