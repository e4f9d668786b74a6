"""The chain's gallery as a file, so that a restart need not train it anew.

Layout: eight bytes that name the format, the length of a header and the header (JSON), the arrays that it describes,
and the SHA-256 of all that. As with a matcher's snapshot, whatever is wrong with it, it is refused: what is in it is in
the log.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from matcher.chain.codes import HalfCodes, ShortCodes
from matcher.chain.gallery import ChainGallery
from matcher.chain.holdings import ChainParts
from matcher.chain.index import lists_of_bytes
from matcher.chain.search import ChainSizes
from matcher.snapshot import SnapshotRefused
from schemas.errors import InputError

_FORMAT = b"FFCHAIN1"
_LENGTH_BYTES = 4
_DIGEST_BYTES = 32
_AT_ONCE = 8_000_000
_ORDER = ("templates", "faces", "stamps", "coded", "waiting", "mean", "axes", "steps", "list_mean", "turn", "lists")

Arrays = dict[str, NDArray[Any]]


def chain_pieces(gallery: ChainGallery, model_id: str) -> Iterator[bytes]:
    """Yield the bytes of the file, piece by piece. Until the last is drawn, changes of the gallery wait."""
    digest = hashlib.sha256()
    with gallery.parts() as parts:
        for piece in _pieces(parts, model_id):
            digest.update(piece)
            yield piece
    yield digest.digest()


def read_chain(file: BinaryIO, *, model_id: str, sizes: ChainSizes = ChainSizes()) -> ChainGallery:  # noqa: B008
    """Return the gallery of a file that can be read twice. Raises SnapshotRefused.

    Nothing is made of what is in it before its SHA-256 is right: Faiss takes flipped bits without a word.
    """
    length = _whole_length(file)
    file.seek(len(_FORMAT))
    try:
        header = json.loads(file.read(int.from_bytes(file.read(_LENGTH_BYTES), "little")))
        if header["model_id"] != model_id:
            raise SnapshotRefused(f"it is of the model {header['model_id']}, not of {model_id}")
        arrays = {name: _array(file, kind, shape) for name, kind, shape in header["arrays"]}
        if file.tell() != length:
            raise SnapshotRefused("it holds more than it says")
        return ChainGallery.of_parts(_parts(int(header["dim"]), arrays), sizes)
    except InputError as error:
        raise SnapshotRefused(str(error)) from error
    except (ValueError, KeyError, TypeError) as error:
        raise SnapshotRefused("another version of the program wrote it") from error


def _pieces(parts: ChainParts, model_id: str) -> Iterator[bytes]:
    arrays = _arrays(parts)
    header = json.dumps(
        {
            "model_id": model_id,
            "dim": parts.dim,
            "arrays": [(name, arrays[name].dtype.str, arrays[name].shape) for name in _ORDER if name in arrays],
        }
    ).encode()
    yield _FORMAT + len(header).to_bytes(_LENGTH_BYTES, "little") + header
    for name in _ORDER:
        if name in arrays:
            flat = np.ascontiguousarray(arrays.pop(name)).reshape(-1).view(np.uint8).data
            for begin in range(0, len(flat), _AT_ONCE):
                yield bytes(flat[begin : begin + _AT_ONCE])


def _arrays(parts: ChainParts) -> Arrays:
    arrays: Arrays = {name: getattr(parts, name) for name in ("templates", "faces", "stamps", "coded", "waiting")}
    if isinstance(parts.codes, ShortCodes):
        codes = parts.codes
        arrays |= {"mean": codes.mean, "axes": codes.axes, "steps": np.append(codes.steps, np.float32(codes.loss))}
    if parts.lists is not None:
        arrays |= {"list_mean": parts.lists.mean, "turn": parts.lists.turn, "lists": parts.lists.to_bytes()}
    return arrays


def _parts(dim: int, arrays: Arrays) -> ChainParts:
    if "steps" in arrays:
        steps, loss = arrays["steps"][:-1], float(arrays["steps"][-1])
        codes: HalfCodes | ShortCodes = ShortCodes(mean=arrays["mean"], axes=arrays["axes"], steps=steps, loss=loss)
    else:
        codes = HalfCodes(dim)
    return ChainParts(
        dim=dim,
        templates=arrays["templates"],
        faces=arrays["faces"],
        stamps=arrays["stamps"],
        codes=codes,
        coded=arrays["coded"],
        lists=lists_of_bytes(arrays["list_mean"], arrays["turn"], arrays["lists"]) if "lists" in arrays else None,
        waiting=arrays["waiting"],
    )


def _whole_length(file: BinaryIO) -> int:
    """Return at which place the SHA-256 stands, having compared it."""
    length = file.seek(0, 2) - _DIGEST_BYTES
    file.seek(0)
    if length < 0 or file.read(len(_FORMAT)) != _FORMAT:
        raise SnapshotRefused("it is not a gallery that this version of the program wrote")
    digest, left = hashlib.sha256(_FORMAT), length - len(_FORMAT)
    while left > 0 and (some := file.read(min(left, _AT_ONCE))):
        digest.update(some)
        left -= len(some)
    if file.read() != digest.digest():
        raise SnapshotRefused("it is cut short or damaged: its SHA-256 does not fit")
    return length


def _array(file: BinaryIO, kind: str, shape: list[int]) -> NDArray[Any]:
    array = np.empty(shape, np.dtype(kind))
    view = array.reshape(-1).view(np.uint8).data
    for begin in range(0, len(view), _AT_ONCE):
        file.readinto(view[begin : begin + _AT_ONCE])  # type: ignore[attr-defined]
    return array
