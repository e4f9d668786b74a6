"""``footfall matcher``: crops to FaceIds."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

from footfall.config import Settings
from footfall.consumer import Turn
from footfall.data_dir import held_folder
from footfall.event_logs import open_event_log
from footfall.health import Health, told
from footfall.matching import MATCHER_GROUP, new_matcher, new_state
from footfall.metrics import TEMPLATES as TEMPLATES_KNOWN
from footfall.metrics import Meters
from footfall.roles.clocks import ClockWatch
from footfall.roles.standby import stand_by
from footfall.roles.watch import ConsumerWatch, until_decided
from footfall.snapshot_file import SNAPSHOT_FILE
from footfall.snapshot_keeper import SnapshotKeeper
from footfall.upkeep import maintained
from footfall.wiring import log_url_of, open_pack_for, utc_now
from matcher.state import MatcherState
from schemas.topics import CROPS, DEAD_LETTERS, IDENTITY, SIGHTINGS, TEMPLATES


def run_matcher(settings: Settings, stop: threading.Event, *, standby: bool) -> None:
    """Decide who each track is, as a member of the matchers' group, until ``stop`` is set.

    The end is in order: the batch in hand is finished and committed, the group left, a snapshot taken. With ``standby``
    it follows the log first, and joins the group only when nobody is at work on some of the crops. Raises StorageError
    or ConfigError where log or folder cannot be used at the start; outages afterwards are ridden out.
    """
    meters = Meters()
    health = Health(meters)
    folder = settings.matcher.state_dir or settings.data_dir / "matcher"
    with ExitStack() as opened:
        opened.enter_context(held_folder(folder, what="state directory", option="--state-dir"))
        log = opened.enter_context(closing(open_event_log(log_url_of(settings))))
        log.require([CROPS, TEMPLATES, IDENTITY, SIGHTINGS, DEAD_LETTERS])
        opened.enter_context(told(health, meters, settings.health.host, settings.health.port))
        pack = open_pack_for(settings, log)
        with ThreadPoolExecutor(1, "network") as beside:  # what is known is read meanwhile
            loading = beside.submit(pack.make_embedder)
            state = opened.enter_context(closing(new_state(log, pack, folder / SNAPSHOT_FILE, settings)))
            state.follow(range(SIGHTINGS.partitions) if standby else ())
        embedder = loading.result()
        every_s = settings.matcher.snapshot_s
        opened.enter_context(SnapshotKeeper(state, folder / SNAPSHOT_FILE, now=utc_now, every_s=every_s))
        if settings.api.port is not None:
            # Imported here: a matcher that serves nothing need not load a web server.
            from footfall.recognition import recognition_served

            opened.enter_context(recognition_served(settings, settings.api.port, pack, log, state, meters))
        if standby:
            after_s = settings.matcher.standby_s
            stand_by(log, MATCHER_GROUP, state, stop, after_s=after_s, health=health, meters=meters)
        opened.enter_context(maintained(log, stop))
        clocks = ClockWatch(meters, utc_now)
        consumer = new_matcher(
            settings,
            pack,
            log,
            embedder,
            state,
            around=lambda handler: clocks.around(until_decided(handler, meters)),
            on_turn=_watching(meters, health, state, clocks),
        )
        with closing(consumer):
            consumer.run(stop)


def _watching(meters: Meters, health: Health, state: MatcherState, clocks: ClockWatch) -> Callable[[Turn], None]:
    watch = ConsumerWatch(meters, health)

    def on_turn(turn: Turn) -> None:
        watch(turn)
        clocks.turned(turn)
        meters.set(TEMPLATES_KNOWN, len(state))

    return on_turn
