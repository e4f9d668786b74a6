"""The reference engine: face_recognition itself behind the Embedder port, for proof and comparison.

It needs dlib, which no user of this program does, so it runs in a Python of its own: ``faces/reference_worker.py`` is
started there and fed through pipes.
"""

import os
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import numpy as np

from faces.engines import Engine
from faces.errors import ModelError
from faces.packs import Pack, open_pack
from faces.ports import Embeddings, Image
from faces.reference_worker import received, send

PYTHON_VARIABLE = "FOOTFALL_REFERENCE_PYTHON"
# Where the program runs from a checkout, `make reference` puts it there.
_PYTHON_OF_CHECKOUT = Path(__file__).resolve().parents[1] / "out/reference-venv/bin/python"
_WORKER = Path(__file__).with_name("reference_worker.py")


def reference_python() -> Path | None:
    """Return the Python that has face_recognition: FOOTFALL_REFERENCE_PYTHON, else what `make reference` made."""
    chosen = os.environ.get(PYTHON_VARIABLE)
    python = Path(chosen) if chosen else _PYTHON_OF_CHECKOUT
    return python if python.exists() else None


def as_in_face_recognition(engine: Engine) -> Pack:
    """Return the dlib pack giving what its network does: one look at each crop, its answer as it comes."""
    pack = open_pack("dlib", engine=engine)
    return replace(pack, embedder=pack.embedder.model_copy(update={"mirrored": False, "metric": "l2"}))


class ReferenceEmbedder:
    """face_recognition's own network on dlib's aligned crops. A context manager; for one thread at a time."""

    def __init__(self, python: Path) -> None:
        """Start the engine in ``python``; raises ModelError where that does not start."""
        self._python = python
        try:
            self._worker = subprocess.Popen(  # noqa: S603 - the user's own Python, with a script of ours
                [python, _WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        except OSError as error:
            raise ModelError(f"{python}: does not start ({error.strerror}); run `make reference`") from error

    @property
    def model_id(self) -> str:
        """See Embedder. Not that of the dlib pack, which makes something else of what the network answers."""
        return "dlib-resnet-128.chip150.v1"

    @property
    def dim(self) -> int:
        """See Embedder."""
        return 128

    def embed(self, aligned: Sequence[Image]) -> Embeddings:
        """See Embedder. Raises ModelError when the engine has ended."""
        return self.timed_embed(aligned)[0]

    def timed_embed(self, aligned: Sequence[Image]) -> tuple[Embeddings, float]:
        """Return the embeddings and the seconds of CPU that face_recognition itself took for them."""
        if not aligned:
            return np.zeros((0, self.dim), dtype=np.float32), 0.0
        stdin, stdout = self._pipes()
        try:
            send(stdin, np.stack(aligned))
            embeddings, took_s = received(stdout), received(stdout)
        except OSError:
            embeddings = took_s = None
        if embeddings is None or took_s is None:
            raise ModelError(f"{self._python}: face_recognition has ended; run `make reference` again")
        return embeddings.astype(np.float32), float(took_s)

    def close(self) -> None:
        """End the engine."""
        stdin, stdout = self._pipes()
        with suppress(BrokenPipeError):  # it has ended by itself
            stdin.close()
        self._worker.wait()
        stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        assert self._worker.stdin is not None
        assert self._worker.stdout is not None
        return self._worker.stdin, self._worker.stdout
