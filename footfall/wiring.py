"""The composition root: what settings name is opened here; ``cameras``, ``matching``, ``recording`` join the parts."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from analytics.arrivals import TagsOf, no_tags
from analytics.records.repository import VisitRepository
from faces.engines import Engine
from faces.packs import Pack, default_pack_name, open_pack, pack_of_model
from footfall.config import Settings
from footfall.data_dir import DataDir
from footfall.databases import open_repository
from footfall.event_logs import open_event_log
from footfall.store_settings import apply_store_settings, set_up_stores
from matcher.policy import Policy
from matcher.state import model_known_to
from schemas.event_log import EventLog

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the stages of one process share."""

    settings: Settings
    pack: Pack
    log: EventLog
    repository: VisitRepository
    tags_of: TagsOf


def utc_now() -> datetime:
    """Return the clock's time, aware and in UTC."""
    return datetime.now(UTC)


def policy_of(settings: Settings) -> Policy:
    """Return what the operator grants the matcher."""
    return Policy(
        false_merge_budget=settings.matcher.false_merge_budget,
        min_consistent_shots=settings.matcher.min_consistent_shots,
    )


def log_url_of(settings: Settings) -> str:
    """Return where the events go: where ``events.url`` says, or into the data directory."""
    url = settings.events.url
    return DataDir(path=settings.data_dir).log_url if url is None else url.get_secret_value()


@contextmanager
def open_site(settings: Settings) -> Iterator[Site]:
    """Open what ``settings`` name: data directory, log, database, model pack; close them in reverse order."""
    data_dir = DataDir(path=settings.data_dir)
    with ExitStack() as opened:
        opened.enter_context(data_dir.held())
        if settings.database is None:
            data_dir.prepare_database()
        log = open_event_log(log_url_of(settings))
        opened.callback(log.close)
        pack = open_pack_for(settings, log)
        repository = open_repository(settings)
        opened.callback(repository.close)
        apply_store_settings(settings.store, repository, set_up_stores(settings))
        tags_of = opened.enter_context(member_tags(settings))
        yield Site(settings=settings, pack=pack, log=log, repository=repository, tags_of=tags_of)


@contextmanager
def member_tags(settings: Settings) -> Iterator[TagsOf]:
    """Give what looks up the tags of members where the settings say."""
    if settings.arrivals.tags_url is None:
        yield no_tags
        return
    from footfall.member_tags import MemberTags

    with closing(MemberTags(settings.arrivals.tags_url)) as tags:
        yield tags.of


def engine_of(settings: Settings) -> Engine:
    """Return the engine the settings name. Raises ModelError where it is not to be had on this machine."""
    inference = settings.inference
    return Engine(library=inference.engine, device=inference.device, precision=inference.precision)


def about(pack: Pack) -> str:
    """Return which pack runs, under which licence, what to expect of it and what improves it."""
    return f"model pack {pack.name} {pack.version}, licence {pack.licence}. {sentence(pack.accuracy)}".rstrip()


def sentence(text: str) -> str:
    """Return a text with a capital at its beginning and a full stop at its end; nothing for nothing."""
    return f"{text[0].upper()}{text[1:].removesuffix('.')}." if text else ""


def open_pack_for(settings: Settings, log: EventLog | None) -> Pack:
    """Open the pack that is set, else that by which the visitors of a log were learnt, else the default one.

    With another than that of the log, all visitors would be counted anew. Raises ModelError for one that cannot be used
    or has no calibration.
    """
    known = pack_known_to(log) if log is not None and settings.pack is None else None
    pack = open_pack(settings.pack or known or default_pack_name(), engine=engine_of(settings))
    measured = pack.calibration.measured_on  # a pack without one is refused before any camera is opened
    _log.info("%s", about(pack))
    _log.info("thresholds follow from what was measured on %s", measured)
    return pack


def pack_known_to(log: EventLog) -> str | None:
    """Return the pack by which the visitors of a log were learnt."""
    learnt = model_known_to(log)
    return pack_of_model(learnt) if learnt else None
