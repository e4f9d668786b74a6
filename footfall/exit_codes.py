"""The exit codes of every command."""

from enum import IntEnum

from faces.errors import FacesError, ModelError, UnwritableCache
from schemas.errors import CameraError, ConfigError, FootfallError, InputError, InvalidRecord, StorageError


class ExitCode(IntEnum):
    """What a script may learn from how a command ended."""

    OK = 0
    BUG = 1
    USAGE = 2
    BAD_INPUT = 3
    BAD_CONFIG = 4
    CAMERA = 5
    MODEL = 6
    STORAGE = 7
    INTERRUPTED = 130


MEANINGS = {
    ExitCode.OK: "done",
    ExitCode.BUG: "a fault of the program",
    ExitCode.USAGE: "the command cannot be meant so",
    ExitCode.BAD_INPUT: "what was given cannot be used",
    ExitCode.BAD_CONFIG: "a setting cannot be used",
    ExitCode.CAMERA: "a camera cannot be used",
    ExitCode.MODEL: "a model pack cannot be used",
    ExitCode.STORAGE: "disk, database or event log failed",
    ExitCode.INTERRUPTED: "ended by a signal",
}
"""What each tells, in a few words; docs/exit-codes.md says more."""


def exit_code_of(error: FootfallError | FacesError) -> ExitCode:
    """Return the exit code for an error of ours."""
    for kind, code in (
        (ConfigError, ExitCode.BAD_CONFIG),
        (CameraError, ExitCode.CAMERA),
        (UnwritableCache, ExitCode.STORAGE),  # before ModelError, of which it is one
        (ModelError, ExitCode.MODEL),
        (StorageError, ExitCode.STORAGE),
        (InvalidRecord, ExitCode.STORAGE),
        (InputError, ExitCode.BAD_INPUT),
        (FacesError, ExitCode.BAD_INPUT),
    ):
        if isinstance(error, kind):
            return code
    return ExitCode.BUG
