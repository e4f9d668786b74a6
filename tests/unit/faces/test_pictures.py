from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from picture_files import file_of, turned_jpeg

from faces.errors import OversizedPicture, PictureError, UnknownPicture
from faces.picture_headers import PictureHeader, PictureKind, header_of
from faces.pictures import decode_jpeg, decode_own_picture, decode_picture, encode_jpeg, encode_png, read_picture

KINDS = {"jpg": PictureKind.JPEG, "png": PictureKind.PNG, "webp": PictureKind.WEBP, "bmp": PictureKind.BMP}
every_kind = pytest.mark.parametrize("suffix", KINDS)


def picture(width: int = 64, height: int = 48) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def smooth(width: int = 64, height: int = 48) -> np.ndarray:
    across, down = np.linspace(0, 255, width)[None, :], np.linspace(0, 200, height)[:, None]
    return np.stack(np.broadcast_arrays(across, down, 100.0), axis=-1).astype(np.uint8)


def lossy_webp(image: np.ndarray) -> bytes:
    return cv2.imencode(".webp", image, [cv2.IMWRITE_WEBP_QUALITY, 80])[1].tobytes()


@every_kind
def test_a_picture_comes_back_from_its_file(suffix: str):
    back = decode_own_picture(file_of(smooth(), suffix))
    assert back.shape == (48, 64, 3)
    assert np.abs(back.astype(int) - smooth()).mean() < 3


@pytest.mark.parametrize(("width", "height"), [(64, 48), (1, 1), (300, 7)])
def test_kind_and_size_are_read_from_the_header(width: int, height: int):
    for suffix, kind in KINDS.items():
        assert header_of(file_of(picture(width, height), suffix)) == PictureHeader(
            kind=kind, width=width, height=height
        )


def test_every_form_of_webp_states_its_size():
    transparent = np.dstack([picture(), np.full((48, 64), 90, np.uint8)])
    plain, lossless = lossy_webp(smooth()), file_of(picture(), "webp")
    extended = lossy_webp(transparent)
    assert [data[12:16] for data in (plain, lossless, extended)] == [b"VP8 ", b"VP8L", b"VP8X"]
    for data in (plain, lossless, extended):
        assert header_of(data) == PictureHeader(kind=PictureKind.WEBP, width=64, height=48)
        assert decode_picture(data).shape == (48, 64, 3)


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_picture_taken_with_the_telephone_askew_stands_upright(orientation: int):
    back = decode_picture(turned_jpeg(smooth(), orientation))
    assert back.shape == (48, 64, 3)
    assert np.abs(back.astype(int) - smooth()).mean() < 3


@pytest.mark.parametrize("data", [b"\0", b"GIF89a", b"<svg/>", b"RIFF\0\0\0\0AVI "])
def test_what_is_no_picture_is_told_apart_from_what_is_damaged(data: bytes):
    with pytest.raises(UnknownPicture, match="JPEG, PNG, WebP or BMP"):
        decode_picture(data)


def test_an_empty_file_is_called_empty():
    with pytest.raises(UnknownPicture, match="is empty"):
        decode_picture(b"")


@pytest.mark.parametrize("data", [b"\xff\xd8", b"\xff\xd8\xff", b"\xff\xd8\xff\xd9", b"\xff\xd8\0\xd9"])
def test_a_jpeg_of_nothing_is_refused(data: bytes):
    with pytest.raises(PictureError):
        decode_picture(data)


@given(st.floats(min_value=0, max_value=0.999), st.sampled_from(sorted(KINDS)))
def test_a_picture_cut_short_anywhere_is_refused(share: float, suffix: str):
    whole = file_of(picture(), suffix)
    with pytest.raises(PictureError):
        decode_own_picture(whole[: int(len(whole) * share)])


@given(st.data(), st.sampled_from(sorted(KINDS)))
def test_a_damaged_file_is_a_picture_or_an_error_of_ours(data: st.DataObject, suffix: str):
    content = bytearray(file_of(picture(), suffix))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        image = decode_own_picture(bytes(content), max_pixels=100_000)
    except PictureError:
        return
    assert image.size


def test_a_jpeg_whose_thumbnail_is_whole_but_itself_is_not_is_refused():
    thumbnail = b"Exif\0\0" + file_of(picture(8, 8), "jpg")
    whole = file_of(picture(), "jpg")
    with_thumbnail = whole[:2] + b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail + whole[2:]
    assert header_of(with_thumbnail).width == 64
    with pytest.raises(PictureError, match="breaks off"):
        decode_picture(with_thumbnail[:-400])


@every_kind
def test_what_a_telephone_appends_after_the_picture_does_no_harm(suffix: str):
    assert decode_own_picture(file_of(picture(), suffix) + b"\0\0 a film of a second SEFT").shape == (48, 64, 3)


@pytest.mark.parametrize(
    ("suffix", "place", "size"),
    [
        ("jpg", lambda data: data.index(b"\xff\xc0") + 5, (14_000).to_bytes(2, "big") * 2),
        ("png", lambda data: 16, (14_000).to_bytes(4, "big") * 2),
        ("webp", lambda data: 21, (13_999 | 13_999 << 14).to_bytes(4, "little")),
    ],
)
def test_a_picture_that_promises_too_much_is_refused_before_it_is_decoded(suffix, place, size):
    data = bytearray(file_of(picture(), suffix))
    data[place(data) : place(data) + len(size)] = size
    with pytest.raises(OversizedPicture, match="14000x14000"):
        decode_picture(bytes(data))


def test_where_only_jpeg_is_accepted_another_kind_is_named():
    assert decode_jpeg(file_of(picture(), "jpg")).shape == (48, 64, 3)
    with pytest.raises(UnknownPicture, match="is a PNG; only JPEG"):
        decode_jpeg(file_of(picture(), "png"))


def test_bmp_is_for_files_of_ones_own_alone():
    with pytest.raises(UnknownPicture, match="is a BMP; only JPEG, PNG and WebP are accepted"):
        decode_picture(file_of(picture(), "bmp"))


def test_a_bmp_that_promises_more_than_it_holds_is_refused():
    data = bytearray(file_of(picture(), "bmp"))
    data[18:26] = (14_000).to_bytes(4, "little") * 2
    with pytest.raises(PictureError, match="BMP breaks off"):
        decode_own_picture(bytes(data))


def test_a_file_may_hold_more_pixels_than_what_comes_from_others(tmp_path: Path):
    path = tmp_path / "wide.jpg"
    path.write_bytes(encode_jpeg(np.zeros((3001, 4000, 3), dtype=np.uint8)))
    assert read_picture(path).shape == (3001, 4000, 3)
    with pytest.raises(OversizedPicture, match=r"wide\.jpg: JPEG of 4000x3001"):
        read_picture(path, max_pixels=12_000_000)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path):
    for path in (tmp_path / "gone.jpg", tmp_path):
        with pytest.raises(PictureError, match=str(path)):
            read_picture(path)


def test_a_png_loses_nothing():
    assert (decode_picture(encode_png(picture())) == picture()).all()


def test_a_picture_without_pixels_is_refused():
    for encode in (encode_jpeg, encode_png):
        with pytest.raises(PictureError, match="no pixels"):
            encode(np.zeros((0, 10, 3), dtype=np.uint8))


def test_a_small_file_of_a_great_many_scans_is_not_decoded():
    """Each scan of a few bytes costs as much as a whole picture."""
    progressive = cv2.imencode(".jpg", smooth(), [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1].tobytes()
    assert decode_picture(progressive).shape == (48, 64, 3)
    last_scan = progressive[progressive.rindex(b"\xff\xda") : -2]
    with pytest.raises(PictureError, match="more than 64 scans"):
        decode_picture(progressive[:-2] + 100 * last_scan + b"\xff\xd9")
