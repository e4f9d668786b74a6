"""What OpenVINO is asked for: which formats, and that compiling for one size changes nothing."""

import numpy as np
import pytest

from faces.dlib_models import DLIB_DETECTOR_IN_INTEGERS
from faces.engines import Engine
from faces.runtime import Network, bfloat16_is_fast, fast_formats

SIZES = [(64 + 7 * number, 100 + 11 * number) for number in range(12)]


def detector() -> Network:
    return Network(DLIB_DETECTOR_IN_INTEGERS, name="the detector", threads=1, bfloat16=True)


def test_which_sizes_come_first_makes_no_difference():
    """Those are compiled for, and a film that is counted again may begin with others."""
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (1, *size, 3), dtype=np.uint8) for size in SIZES]
    first, second = detector(), detector()
    forwards = [first.infer(picture)["scores"] for picture in pictures]
    backwards = [second.infer(picture)["scores"] for picture in reversed(pictures)]
    assert all(np.array_equal(one, other) for one, other in zip(forwards, reversed(backwards), strict=True))


def test_integers_are_for_openvino_where_the_cpu_has_them_and_nothing_else_is_asked_for():
    assert Engine().takes_integers() == ("INT8" in fast_formats())
    assert not Engine(precision="f32").takes_integers()
    assert not Engine(library="onnxruntime").takes_integers()


@pytest.mark.parametrize(
    ("tells", "fast"),
    [
        ("vendor_id : GenuineIntel\nflags : fpu avx512f avx512_bf16 avx512_vnni", False),
        ("vendor_id : GenuineIntel\nflags : fpu avx512f avx512_bf16 amx_bf16 amx_tile", True),
        ("vendor_id : AuthenticAMD\nflags : fpu avx512f avx512_bf16", True),
        ("CPU implementer : 0x41\nFeatures : fp asimd bf16", True),
    ],
)
def test_bfloat16_is_for_cpus_that_are_faster_in_it(tells: str, fast: bool):
    assert bfloat16_is_fast(tells) == fast
