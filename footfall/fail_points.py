"""Places at which a test may have the process die, to see what it finds when it is started again.

``FOOTFALL_TEST_FAIL_AT=between-stages:3`` kills it, as a power cut would, when it comes to that place for the third
time. Nothing else makes them do anything.
"""

import os
import signal
from itertools import count
from typing import Literal, get_args

VARIABLE = "FOOTFALL_TEST_FAIL_AT"
Place = Literal[
    "between-stages",  # templates are in the log, the sightings that rest on them are not
    "after-flush",  # all outputs are in the log, the offsets are not committed
    "after-database-commit",  # visits are in the database, the offsets are not committed
    "giving-partitions-up",  # the group is shared out anew, and has yet to hear that what others are to get is free
    "snapshot-begun",  # the first bytes of a snapshot are written
    "snapshot-written",  # all of them are, and not yet on the disk for certain
    "snapshot-synced",  # they are, under a temporary name
    "snapshot-renamed",  # the name is right, and not yet on the disk for certain
]
PLACES: tuple[Place, ...] = get_args(Place)

_asked, _, _times = os.environ.get(VARIABLE, "").partition(":")
_passed = count(1)


def fail_point(place: Place) -> None:
    """Die here if a test asks for it."""
    if place == _asked and next(_passed) == int(_times or 1):
        os.kill(os.getpid(), signal.SIGKILL)
