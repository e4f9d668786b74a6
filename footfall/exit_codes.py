"""The exit codes of every command."""

from enum import IntEnum

from faces.errors import FacesError, ModelError
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


def exit_code_of(error: FootfallError | FacesError) -> ExitCode:
    """Return the exit code for an error of ours."""
    for kind, code in (
        (ConfigError, ExitCode.BAD_CONFIG),
        (CameraError, ExitCode.CAMERA),
        (ModelError, ExitCode.MODEL),
        (StorageError, ExitCode.STORAGE),
        (InvalidRecord, ExitCode.STORAGE),
        (InputError, ExitCode.BAD_INPUT),
        (FacesError, ExitCode.BAD_INPUT),
    ):
        if isinstance(error, kind):
            return code
    return ExitCode.BUG
