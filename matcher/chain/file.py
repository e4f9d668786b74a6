"""The chain's gallery as a file, so that a restart need not train it anew.

Layout: eight bytes that name the format, the length of a header and the header (JSON), the arrays that it describes,
and the SHA-256 of all that. As with a matcher's snapshot, whatever is wrong with it, it is refused: what is in it is in
the log.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from matcher.chain.codes import HalfCodes, ShortCodes, TemplateCodes
from matcher.chain.gallery import ChainGallery
from matcher.chain.holdings import ChainParts, Learnt
from matcher.chain.index import Lists, lists_of_bytes
from matcher.chain.search import ChainSizes
from matcher.snapshot import SnapshotOfOtherModel, SnapshotRefused
from schemas.errors import InputError

_FORMAT = b"FFCHAIN1"
_LENGTH_BYTES = 4
_DIGEST_BYTES = 32
_AT_ONCE = 8_000_000
_ORDER = (
    *("templates", "faces", "stamps", "coded", "waiting"),
    *("keys", "marks"),
    *("mean", "axes", "steps", "list_mean", "turn", "lists"),
)

Arrays = dict[str, NDArray[Any]]


def chain_pieces(gallery: ChainGallery, model_id: str) -> Iterator[bytes]:
    """Yield the bytes of the file, piece by piece. Until the last is drawn, changes of the gallery wait."""
    with gallery.parts() as parts:
        columns: Arrays = {name: getattr(parts, name) for name in ("templates", "faces", "stamps", "coded", "waiting")}
        yield from _pieces(parts.dim, columns | _trained(parts.codes, parts.lists), model_id)


def learnt_pieces(learnt: Learnt, model_id: str) -> Iterator[bytes]:
    """Yield the bytes of a file of what training gave alone, piece by piece."""
    columns: Arrays = {"keys": learnt.keys, "marks": learnt.marks}
    yield from _pieces(learnt.dim, columns | _trained(learnt.codes, learnt.lists), model_id)


def read_chain(file: BinaryIO, *, model_id: str, sizes: ChainSizes = ChainSizes()) -> ChainGallery:  # noqa: B008
    """Return the gallery of a file that can be read twice. Raises SnapshotRefused.

    Nothing is made of what is in it before its SHA-256 is right: Faiss takes flipped bits without a word.
    """
    with _refused():
        return ChainGallery.of_parts(_parts(*_read(file, model_id)), sizes)


def read_learnt(file: BinaryIO, *, model_id: str) -> Learnt:
    """Return what training gave, of a file that can be read twice. Raises SnapshotRefused."""
    with _refused():
        dim, arrays = _read(file, model_id)
        codes, lists = _codes(dim, arrays), _lists(arrays)
        if lists is None:
            raise ValueError("no lists")
        return Learnt(dim=dim, codes=codes, lists=lists, keys=arrays["keys"], marks=arrays["marks"])


@contextmanager
def _refused() -> Iterator[None]:
    try:
        yield
    except InputError as error:
        raise SnapshotRefused(str(error)) from error
    except (ValueError, KeyError, TypeError) as error:
        raise SnapshotRefused("another version of the program wrote it") from error


def _read(file: BinaryIO, model_id: str) -> tuple[int, Arrays]:
    length = _whole_length(file)
    file.seek(len(_FORMAT))
    header = json.loads(file.read(int.from_bytes(file.read(_LENGTH_BYTES), "little")))
    if header["model_id"] != model_id:
        raise SnapshotOfOtherModel(f"it is of the model {header['model_id']}, not of {model_id}")
    arrays = {name: _array(file, kind, shape) for name, kind, shape in header["arrays"]}
    if file.tell() != length:
        raise SnapshotRefused("it holds more than it says")
    return int(header["dim"]), arrays


def _pieces(dim: int, arrays: Arrays, model_id: str) -> Iterator[bytes]:
    digest = hashlib.sha256()
    for piece in _unsigned(dim, arrays, model_id):
        digest.update(piece)
        yield piece
    yield digest.digest()


def _unsigned(dim: int, arrays: Arrays, model_id: str) -> Iterator[bytes]:
    header = json.dumps(
        {
            "model_id": model_id,
            "dim": dim,
            "arrays": [(name, arrays[name].dtype.str, arrays[name].shape) for name in _ORDER if name in arrays],
        }
    ).encode()
    yield _FORMAT + len(header).to_bytes(_LENGTH_BYTES, "little") + header
    for name in _ORDER:
        if name in arrays:
            flat = np.ascontiguousarray(arrays.pop(name)).reshape(-1).view(np.uint8).data
            for begin in range(0, len(flat), _AT_ONCE):
                yield bytes(flat[begin : begin + _AT_ONCE])


def _trained(codes: TemplateCodes, lists: Lists | None) -> Arrays:
    arrays: Arrays = {}
    if isinstance(codes, ShortCodes):
        arrays |= {"mean": codes.mean, "axes": codes.axes, "steps": np.append(codes.steps, np.float32(codes.loss))}
    if lists is not None:
        arrays |= {"list_mean": lists.mean, "turn": lists.turn, "lists": lists.to_bytes()}
    return arrays


def _codes(dim: int, arrays: Arrays) -> TemplateCodes:
    if "steps" not in arrays:
        return HalfCodes(dim)
    steps, loss = arrays["steps"][:-1], float(arrays["steps"][-1])
    return ShortCodes(mean=arrays["mean"], axes=arrays["axes"], steps=steps, loss=loss)


def _lists(arrays: Arrays) -> Lists | None:
    return lists_of_bytes(arrays["list_mean"], arrays["turn"], arrays["lists"]) if "lists" in arrays else None


def _parts(dim: int, arrays: Arrays) -> ChainParts:
    return ChainParts(
        dim=dim,
        templates=arrays["templates"],
        faces=arrays["faces"],
        stamps=arrays["stamps"],
        codes=_codes(dim, arrays),
        coded=arrays["coded"],
        lists=_lists(arrays),
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
