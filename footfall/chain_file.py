"""The file in which a matcher keeps what the chain's gallery has learnt, so that it need not learn it at each start.

It is no part of the snapshot: what is in the gallery the snapshot and the log say, whatever this file holds. It says
only in which trained list a template lies. One that is missing, old, damaged or of another model costs time and nothing
else.
"""

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from footfall.snapshot_file import write_atomically
from matcher.chain.file import learnt_pieces, read_learnt
from matcher.chain.gallery import ChainGallery
from matcher.chain.holdings import Learnt
from matcher.gallery import Gallery, Known
from matcher.snapshot import SnapshotOfOtherModel, SnapshotRefused

_CHANGED_SHARE = 1 / 16

_log = logging.getLogger(__name__)


def chain_opener(file: Path, model_id: str) -> Callable[[int, Iterable[Known]], ChainGallery]:
    """Return what makes the chain's gallery, once, searched in the lists of a file where they can be used.

    The file is read from now on, beside whatever else is.
    """
    beside = ThreadPoolExecutor(1, "chain-file")
    reading = [beside.submit(_load, file, model_id)]  # popped: what was read is kept by the gallery alone
    beside.shutdown(wait=False)

    def open_chain(dim: int, known: Iterable[Known]) -> ChainGallery:
        return ChainGallery.filled(dim, known, learnt=reading.pop().result())

    return open_chain


class ChainKeeper:
    """Writes what the chain's gallery has learnt whenever that has become another, or a good part of it is new."""

    def __init__(self, file: Path, model_id: str) -> None:
        self._file = file
        self._model_id = model_id
        self._kept: tuple[int, int] | None = None

    def save(self, gallery: Gallery) -> None:
        """Write it if it is worth it; nothing happens for galleries that learn nothing. Raises StorageError."""
        if not isinstance(gallery, ChainGallery) or not gallery.lists:
            return
        lists, templates = gallery.lists, len(gallery)
        kept = self._file.exists() and self._kept  # an erasure removes the file
        if kept and kept[0] == lists and abs(templates - kept[1]) < _CHANGED_SHARE * kept[1]:
            return
        learnt = gallery.learnt()
        if learnt is not None:
            write_atomically(self._file, learnt_pieces(learnt, self._model_id))
            self._kept = lists, templates


def _load(file: Path, model_id: str) -> Learnt | None:
    try:
        with file.open("rb") as opened:
            return read_learnt(opened, model_id=model_id)
    except FileNotFoundError:
        return None
    except OSError as error:
        _log.warning("%s cannot be read (%s): the chain's gallery is trained anew", file, error.strerror)
    except SnapshotOfOtherModel as refused:
        _log.warning("%s is not used, and kept until the next is written: %s", file, refused)
    except SnapshotRefused as refused:
        _log.warning("%s is not used and removed: %s. The chain's gallery is trained anew", file, refused)
        file.unlink(missing_ok=True)
    return None
