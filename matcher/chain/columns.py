"""Arrays with room to grow that never move, so that one thread may fill them while others read."""

import ctypes
import mmap
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Without it the kernel may refuse what exceeds its memory, although most is never touched. The module has it from
# Python 3.13 on.
_NO_RESERVE = 0x4000 if sys.platform == "linux" else 0


def roomy(shape: int | tuple[int, ...], dtype: Any) -> NDArray[Any]:
    """Return an array of zeros whose memory is taken page by page when it is first written to, and not before."""
    size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    pages = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _NO_RESERVE)
    array: NDArray[Any] = np.frombuffer(pages, np.uint8, size).view(dtype).reshape(shape)
    return array


def give_back_memory() -> None:
    """Return what was freed to the operating system, where the C library can: glibc keeps small pieces for itself."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
