"""The composition root: what settings name is opened here; ``cameras``, ``matching``, ``recording`` join the parts."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass

from analytics.arrivals import TagsOf, own_first
from analytics.records.repository import VisitRepository
from faces.packs import Pack
from footfall.config import Settings
from footfall.data_dir import DataDir
from footfall.databases import open_repository
from footfall.event_logs import open_event_log
from footfall.store_settings import apply_store_settings, set_up_stores
from footfall.wiring import log_url_of, open_pack_for
from schemas.event_log import EventLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the stages of one process share."""

    settings: Settings
    pack: Pack
    log: EventLog
    repository: VisitRepository
    tags_of: TagsOf


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
        tags_of = opened.enter_context(member_tags(settings, repository))
        yield Site(settings=settings, pack=pack, log=log, repository=repository, tags_of=tags_of)


@contextmanager
def member_tags(settings: Settings, repository: VisitRepository) -> Iterator[TagsOf]:
    """Give what looks up the tags of members: those that are kept, then those of the shop's system, if that is set."""
    own = repository.identities.tags_of_members
    if settings.arrivals.tags_url is None:
        yield own
        return
    from footfall.member_tags import MemberTags

    with closing(MemberTags(settings.arrivals.tags_url)) as tags:
        yield own_first(own, tags.of)
