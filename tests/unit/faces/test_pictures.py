import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faces.errors import PictureError
from faces.pictures import decode_jpeg, encode_jpeg, jpeg_size


def picture(width: int = 64, height: int = 48) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_a_picture_comes_back_from_its_jpeg():
    smooth = np.tile(np.linspace(0, 255, 64, dtype=np.uint8)[None, :, None], (48, 1, 3))
    back = decode_jpeg(encode_jpeg(smooth, quality=95))
    assert back.shape == smooth.shape
    assert np.abs(back.astype(int) - smooth).mean() < 3


def test_the_size_is_read_from_the_header():
    assert jpeg_size(encode_jpeg(picture(64, 48))) == (64, 48)


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"<svg/>", b"\xff\xd8", b"\xff\xd8\xff"])
def test_what_is_no_jpeg_is_refused(data: bytes):
    with pytest.raises(PictureError):
        decode_jpeg(data)


@given(st.floats(min_value=0, max_value=0.999))
def test_a_jpeg_cut_short_anywhere_is_refused(share: float):
    whole = encode_jpeg(picture())
    with pytest.raises(PictureError):
        decode_jpeg(whole[: int(len(whole) * share)])


def test_a_jpeg_that_promises_too_much_is_refused_before_it_is_decoded():
    data = bytearray(encode_jpeg(picture()))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = (14_000).to_bytes(2, "big") * 2
    with pytest.raises(PictureError, match="14000x14000"):
        decode_jpeg(bytes(data))


def test_a_picture_without_pixels_is_refused():
    with pytest.raises(PictureError, match="no pixels"):
        encode_jpeg(np.zeros((0, 10, 3), dtype=np.uint8))
