"""An address that may hold a password, and shows it to nobody by accident."""

from ingest.addresses import redact


class SecretUrl:
    """An address, or the path of a file. Printed, formatted, logged or dumped, it shows no user and no password.

    Not a dataclass: those hand their fields to whoever walks over them.
    """

    __slots__ = ("_address",)

    def __init__(self, address: str) -> None:
        self._address = address

    @property
    def redacted(self) -> str:
        """The address as it may be shown."""
        return redact(self._address)

    def reveal(self) -> str:
        """Return the whole address, for the one it leads to alone."""
        return self._address

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.reveal() == self._address

    def __hash__(self) -> int:
        return hash(self._address)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.redacted!r})"

    def __str__(self) -> str:
        return self.redacted
