"""The command line: one module for each command, each with a thin function that wires, calls and prints."""

import os
import sys

from faces.errors import FacesError
from footfall.cli import (  # noqa: F401 - each registers its command
    analytics,
    audit,
    bench,
    camera,
    cluster,
    compare,
    database,
    demo,
    enrol,
    gallery,
    identity,
    ingest,
    key,
    matcher,
    models,
    reconcile,
    report,
    run,
    score,
    simulate,
    store,
    topics,
    transactions,
    user,
    webhook,
)
from footfall.cli.app import app
from footfall.cli.output import escape, say
from footfall.exit_codes import ExitCode, exit_code_of
from schemas.errors import FootfallError


def main() -> None:
    """Run the command line; errors of ours end in a sentence on standard error and a named exit code."""
    # OpenCV reads these when it is loaded. What FFmpeg says of a camera we say ourselves, without its address.
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    try:
        app()
    except (FootfallError, FacesError) as error:
        say(f"[red]footfall:[/red] {escape(str(error))}")
        sys.exit(exit_code_of(error))
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
