"""Every error a user can meet, in one tree.

::

    FootfallError
    ├── ConfigError          a setting is unknown, malformed or contradicts another
    ├── InputError           a file, picture, video or argument cannot be used
    ├── CameraError          a camera cannot be reached or refuses us
    ├── StorageError         disk, log or database cannot be read or written
    │   ├── TransientError   the same call may succeed in a moment: retry with back-off
    │   └── PartitionsLost   another member of the group has the partitions of this batch: drop it and poll
    └── InvalidRecord        a record in the log is not what its topic promises: dead-letter it

Anything else that is raised is a bug: the process ends uncommitted, and the next start takes up the same work.
A model pack that is missing or damaged is ``faces.errors.ModelError``: that package stands alone.
A message names the thing, says what is wrong with it, and says what to do.
"""


class FootfallError(Exception):
    """Something the user, the operator or the surroundings can put right."""


class ConfigError(FootfallError):
    """A setting is unknown, malformed or contradicts another."""


class InputError(FootfallError):
    """A file, picture, video or argument cannot be used."""


class CameraError(FootfallError):
    """A camera cannot be reached or refuses us."""


class StorageError(FootfallError):
    """Disk, log or database cannot be read or written."""


class TransientError(StorageError):
    """The same call may succeed in a moment."""


class PartitionsLost(StorageError):
    """Another member of the consumer group owns the partitions of this batch now."""


class InvalidRecord(FootfallError):
    """A record is not what its topic promises.

    ``field`` is the path of the offending field (``"shots[0].jpeg"``), or ``""`` where the whole record is at fault.
    """

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field = field
        self.reason = reason
