"""What a file's content must hash to."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from faces.errors import ModelError


@dataclass(frozen=True, slots=True, kw_only=True)
class Checksum:
    """A digest, in hexadecimal, by one of hashlib's algorithms."""

    algorithm: str
    digest: str

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.digest}"

    def fits(self, path: Path) -> bool:
        """Tell whether a file has this content; raises ModelError when it cannot be read."""
        return _digest(path, self.algorithm) == self.digest


def checksum_of(path: Path) -> Checksum:
    """Return the SHA-256 of a file; raises ModelError when it cannot be read."""
    return Checksum(algorithm="sha256", digest=_digest(path, "sha256"))


def parse_checksum(text: str) -> Checksum:
    """Return a checksum from ``str`` of one."""
    algorithm, _, digest = text.partition(":")
    return Checksum(algorithm=algorithm, digest=digest)


def _digest(path: Path, algorithm: str) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, algorithm).hexdigest()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
