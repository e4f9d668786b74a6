from pathlib import Path

import numpy as np
import pytest

from evaluation.stored_embeddings import load_embeddings
from faces.packs import Pack, open_pack
from schemas.errors import InputError


@pytest.fixture(scope="module")
def dlib() -> Pack:
    return open_pack("dlib")


def stored(tmp_path: Path, **arrays: object) -> Path:
    np.savez(tmp_path / "faces.npz", **arrays)
    return tmp_path / "faces.npz"


def test_what_was_stored_is_read(tmp_path: Path, dlib: Pack):
    vectors = np.eye(3, 128, dtype=np.float32)
    found = load_embeddings(stored(tmp_path, embeddings=vectors, names=["a", "王", "c"], model_id=dlib.model_id), dlib)
    assert (found.embeddings == vectors).all()
    assert found.names == ["a", "王", "c"]
    assert load_embeddings(stored(tmp_path, embeddings=vectors.astype(np.float64)), dlib).names == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"vectors": np.zeros((2, 3))}, "no array `embeddings`"),
        ({"embeddings": np.zeros(3)}, "a row for each face"),
        ({"embeddings": np.full((2, 3), np.nan)}, "finite numbers"),
        ({"embeddings": np.array([["a"]])}, "finite numbers"),
        ({"embeddings": np.zeros((0, 128))}, "a row for each face"),
        ({"embeddings": np.full((2, 128), 1e300)}, "finite numbers"),
        ({"embeddings": np.zeros((2, 256))}, "has 256 numbers here, one of pack dlib has 128"),
        ({"embeddings": np.zeros((2, 128)), "names": ["a"]}, "2 embeddings, but 1 names"),
        ({"embeddings": np.zeros((2, 128)), "names": "anna"}, r"`names` is an array of shape \(\) and type <U4"),
        ({"embeddings": np.zeros((2, 128)), "names": [["a"], ["b"]]}, "a text, or a whole number, for each row"),
        ({"embeddings": np.zeros((2, 128)), "names": [0.5, 1.5]}, "and type float64"),
        ({"embeddings": np.zeros((2, 128)), "model_id": "other.v1"}, "of model other.v1"),
    ],
)
def test_what_is_no_set_of_embeddings_is_named(tmp_path: Path, dlib: Pack, arrays: dict[str, object], says: str):
    with pytest.raises(InputError, match=says):
        load_embeddings(stored(tmp_path, **arrays), dlib)


def test_a_file_that_is_none_is_named(tmp_path: Path, dlib: Pack):
    (tmp_path / "letter.npz").write_text("Dear Sir or Madam")
    np.save(tmp_path / "one.npy", np.zeros((2, 3)))
    whole = stored(tmp_path, embeddings=np.zeros((50, 3))).read_bytes()
    (tmp_path / "half.npz").write_bytes(whole[: len(whole) // 2])
    np.savez(tmp_path / "pickled.npz", embeddings=np.array([{}], dtype=object))
    for name in ("gone.npz", "letter.npz", "one.npy", "half.npz", "pickled.npz"):
        with pytest.raises(InputError, match=rf"{name}: cannot be read"):
            load_embeddings(tmp_path / name, dlib)
