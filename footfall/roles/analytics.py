"""``footfall analytics``: sightings to visits, and the page that shows them."""

import threading
from collections.abc import Callable
from contextlib import ExitStack, closing

from footfall.config import Settings
from footfall.data_dir import DataDir
from footfall.databases import open_repository
from footfall.event_logs import open_event_log
from footfall.health import Health, told
from footfall.identity_pages import IdentityPages
from footfall.metrics import ARRIVALS_WITHHELD, Meters
from footfall.nightly import reconciled_nightly
from footfall.outgoing import sending
from footfall.recording import RECORDED, new_analytics
from footfall.roles.clocks import compare_with_database
from footfall.roles.watch import ConsumerWatch, until_recorded
from footfall.site import member_tags
from footfall.store_settings import apply_store_settings
from footfall.web_server import serving
from footfall.wiring import log_url_of, utc_now
from ingest.stopwatch import Stopwatch
from schemas.topics import ARRIVALS, DEAD_LETTERS


def run_analytics(settings: Settings, stop: threading.Event, *, on_page: Callable[[str], None]) -> None:
    """Record visits, as a member of the analytics' group, and serve the page, until ``stop`` is set.

    The end is in order: the batch in hand is finished and committed, the group left, the page closed. ``on_page`` is
    told the page's address. Raises StorageError or ConfigError where log, database or address cannot be used at the
    start; outages afterwards are ridden out.
    """
    meters = Meters()
    health = Health(meters)
    stores = (settings.store.id,) if "id" in settings.store.model_fields_set else ()
    with ExitStack() as opened:
        if settings.database is None:
            data_dir = DataDir(path=settings.data_dir)
            opened.enter_context(data_dir.held())
            data_dir.prepare_database()
        log = opened.enter_context(closing(open_event_log(log_url_of(settings))))
        repository = opened.enter_context(closing(open_repository(settings)))
        log.require([*RECORDED, ARRIVALS, DEAD_LETTERS])
        apply_store_settings(settings.store, repository, sorted({*stores, *repository.stores()}))
        compare_with_database(repository, utc_now)
        opened.enter_context(told(health, meters, settings.health.host, settings.health.port))
        tags_of = opened.enter_context(member_tags(settings, repository))
        pages = opened.enter_context(closing(IdentityPages(settings=settings, log=log, repository=repository)))
        served = serving(settings, repository, stores=stores, tags_of=tags_of, work=pages.work())
        on_page(opened.enter_context(served))
        opened.enter_context(sending(settings, repository, meters=meters))
        consumer = new_analytics(
            log,
            repository,
            Stopwatch(),
            arrivals=settings.arrivals.rules(),
            tags_of=tags_of,
            around=lambda handler: until_recorded(handler, meters, utc_now),
            on_turn=ConsumerWatch(meters, health),
            on_withheld=lambda reason: meters.add(ARRIVALS_WITHHELD, reason=reason.value),
        )
        with closing(consumer), reconciled_nightly(settings, repository, stop, meters):
            consumer.run(stop)
