"""The ingest of one store, in a process that can be killed: it replays what the cameras gave, through the real spool.

    python -m bench.chaos.replay --input FILE --store ID --log URL --spool-dir DIR --accepted FILE …

Decoding films and finding faces for eight cameras at twenty times their speed is more than two cores can do; so this
part of the real ingest was done beforehand. What is left of it is here as it ships: the spool, its folder's lock, the
ids, the ordered end. What the spool has accepted is entered in a file, by which the next process knows where to go on;
as after a kill nobody knows what became of the last of it, it begins some events earlier.
"""

import argparse
import logging
import time
from contextlib import closing
from pathlib import Path
from threading import Event as Flag

from bench.chaos.world import Event, World, events_of
from footfall.data_dir import SPOOL_FILE, held_folder
from footfall.event_logs import open_event_log
from footfall.logs import configure_logs
from footfall.shutdown import stop_on_signals
from footfall.spool import Loss, Spool
from schemas.errors import FootfallError
from schemas.messages import Coverage, FaceCrop

AGAIN = 4
ENDED_BY_AN_ERROR = 7
_ROOM_LOOKED_FOR_EVERY_S = 0.2
_SPOOL_BYTES = 1_000_000_000

_log = logging.getLogger("bench.chaos.replay")


class Accepted:
    """The file of what the spool has accepted: a line for each event, whole or not there."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def lines(self) -> list[str]:
        """Return the ids of the events, in order, those that were given again twice."""
        text = self._file.read_text() if self._file.exists() else ""
        return text[: text.rfind("\n") + 1].split()

    def position(self) -> int:
        """Return how many events, from the first, have been accepted."""
        return max((int(line.partition(":")[0]) + 1 for line in self.lines()), default=0)

    def enter(self, number: int, message: FaceCrop | Coverage) -> None:
        """Add an event."""
        with self._file.open("a") as opened:
            opened.write(f"{number}:{message.event_id}\n")

    def event_ids(self) -> list[str]:
        """Return the id of each event once, in the order of the first time."""
        return list(dict.fromkeys(line.partition(":")[2] for line in self.lines()))


def replay(spool: Spool, events: list[Event], accepted: Accepted, stop: Flag, *, began_s: float, speed: float) -> None:
    """Give each event to the spool when it is due, until the last one has reached the log, or ``stop`` is set."""
    first = max(0, accepted.position() - AGAIN)
    _log.info("going on with event %d of %d", first, len(events))
    for number, event in enumerate(events[first:], start=first):
        if stop.wait(max(0.0, began_s + event.due_s / speed - time.time())):
            return
        while not _takes(spool, event.message):
            # A live camera cannot wait and has lost this crop; a film can.
            if stop.wait(_ROOM_LOOKED_FOR_EVERY_S):
                return
        accepted.enter(number, event.message)
    while spool.backlog_bytes and not stop.wait(0.1):
        pass


def _takes(spool: Spool, message: FaceCrop | Coverage) -> bool:
    before = spool.lost()
    spool.publish(message)
    after = spool.lost()
    return all(after[loss] == before[loss] for loss in (Loss.DISK_FULL, Loss.SPOOL_FULL))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", type=Path, required=True)
    parser.add_argument("--log", required=True)
    parser.add_argument("--spool-dir", type=Path, required=True)
    parser.add_argument("--accepted", type=Path, required=True)
    parser.add_argument("--began", type=float, required=True, help="when the run began, seconds since 1970")
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--speed", type=float, required=True)
    parser.add_argument("--times-as-fast", type=float, default=1.0, help="let time go by faster than in the run")
    asked = parser.parse_args()
    configure_logs(level="info", format="text")
    world = World(seed=0, minutes=asked.minutes, speed=asked.speed)
    events = events_of(world, asked.input)
    try:
        with (
            stop_on_signals() as stop,
            held_folder(asked.spool_dir, what="spool directory", option="--spool-dir") as folder,
            closing(Spool(folder / SPOOL_FILE, lambda: open_event_log(asked.log), limit_bytes=_SPOOL_BYTES)) as spool,
        ):
            speed = asked.speed * asked.times_as_fast
            replay(spool, events, Accepted(asked.accepted), stop, began_s=asked.began, speed=speed)
    except FootfallError as error:
        _log.error("%s", error)
        raise SystemExit(ENDED_BY_AN_ERROR) from error


if __name__ == "__main__":
    main()
