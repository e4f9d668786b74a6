"""Where a camera is, with a password that shows itself to nobody by accident."""

from dataclasses import dataclass, field

from ingest.addresses import redact


@dataclass(frozen=True, slots=True)
class CameraUrl:
    """An address, or the path of a file. Printing, formatting and logging it shows it without user and password."""

    _address: str = field(repr=False)

    @property
    def redacted(self) -> str:
        """The address as it may be shown."""
        return redact(self._address)

    def reveal(self) -> str:
        """Return the whole address, for the camera alone."""
        return self._address

    def __repr__(self) -> str:
        return f"CameraUrl({self.redacted!r})"

    def __str__(self) -> str:
        return self.redacted
