"""The matcher, put together."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from faces.packs import Pack
from faces.ports import Embedder
from footfall.chain_file import chain_opener
from footfall.config import Settings
from footfall.consumer import Consumer, Turn
from footfall.snapshot_file import CHAIN_FILE, SNAPSHOT_FILE, open_state
from footfall.snapshot_keeper import SnapshotKeeper
from footfall.timing import timed
from footfall.wiring import policy_of, utc_now
from ingest.stopwatch import Stopwatch
from matcher.faiss_gallery import FaissGallery
from matcher.gallery import Gallery, Known
from matcher.identifier import Identifier
from matcher.recognition import Recogniser
from matcher.state import MatcherState
from schemas.event_log import EventLog
from schemas.messages import Message
from schemas.received import Handler, Received
from schemas.topics import CROPS

if TYPE_CHECKING:  # a matcher of its own needs no database, and starts without
    from footfall.site import Site

MATCHER_GROUP = "matcher"
# What a batch costs whatever is in it, two transactions and a commit, is shared by so many: more than Kafka's client
# fetches at once of crops of one shot, as it fetches no further ahead while anything of that is left. A matcher that is
# told to end finishes them first: with the shipped packs a matter of seconds.
_MATCHED_AT_ONCE = 640


@contextmanager
def matching(
    site: "Site", stopwatch: Stopwatch, on_state: Callable[[MatcherState], None] = lambda _state: None
) -> Iterator[Consumer]:
    """Give the matcher where the log says it left off, its snapshots kept in the data directory meanwhile.

    Its time is added to the stage "identify". ``on_state`` is given what it knows.
    """
    file = site.settings.data_dir / SNAPSHOT_FILE
    with ThreadPoolExecutor(1, "network") as beside:  # what is known is read meanwhile
        loading = beside.submit(site.pack.make_embedder)
        state = new_state(site.log, site.pack, file, site.settings)
        state.follow()
    embedder = loading.result()
    on_state(state)
    with closing(state), SnapshotKeeper(state, file, now=utc_now, every_s=site.settings.matcher.snapshot_s):
        yield new_matcher(
            site.settings,
            site.pack,
            site.log,
            embedder,
            state,
            around=lambda handler: timed(handler, stopwatch, "identify"),
        )


def new_state(log: EventLog, pack: Pack, file: Path, settings: Settings) -> MatcherState:
    """Return what a matcher knows from its snapshot in ``file``, or nothing yet where there is none."""
    return open_state(
        file,
        log,
        group=MATCHER_GROUP,
        model_id=pack.model_id,
        dim=pack.embedder.dimension,
        new_gallery=FaissGallery,
        new_chain=_new_chain(pack.model_id, file.with_name(CHAIN_FILE), settings),
        travel=timedelta(seconds=settings.matcher.travel_s),
        now=utc_now(),
    )


def _new_chain(model_id: str, file: Path, settings: Settings) -> Callable[[int, Iterable[Known]], Gallery]:
    engine = settings.matcher.vector_engine
    if engine is None:
        return chain_opener(file, model_id)
    from footfall.vector_engine import open_engine  # what it needs is an extra

    return partial(open_engine, engine.reveal(), model_id)


def new_matcher(
    settings: Settings,
    pack: Pack,
    log: EventLog,
    embedder: Embedder,
    state: MatcherState,
    *,
    around: Callable[[Handler], Handler],
    on_turn: Callable[[Turn], None] | None = None,
) -> Consumer:
    """Return a member of the matchers' group; ``around`` is put around its handler."""
    identifier = Identifier(
        embedder=embedder,
        align_all=pack.align_all,
        recogniser=Recogniser(calibration=pack.calibration, policy=policy_of(settings)),
        detector_id=pack.detector_id,
        state_of=state.of,
        elsewhere_of=state.people.elsewhere,
        now=utc_now,
    )

    def match(batch: Sequence[Received]) -> Sequence[Sequence[Message]]:
        # The broker is waited for while pictures are decoded and embedded: left is the context when both are done.
        with ThreadPoolExecutor(1, "catch-up") as beside:
            caught_up = beside.submit(state.catch_up)
            embedded = identifier.embed(batch)
        caught_up.result()
        return identifier.conclude(batch, embedded)

    def turned(turn: Turn) -> None:
        if not turn.records and not turn.failure:
            state.catch_up()
        if on_turn is not None:
            on_turn(turn)

    return Consumer(
        log=log,
        topics=[CROPS],
        group=MATCHER_GROUP,
        handler=around(match),
        on_turn=turned,
        on_assigned=state.assign,
        on_revoked=state.revoke,
        max_records=_MATCHED_AT_ONCE,
    )
