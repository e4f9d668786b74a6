"""The report on each business day, told when the day is over and no camera is behind any more."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta

from analytics.business_time import business_day, day_began_at, window_of
from analytics.cameras import CameraState
from analytics.outbound.delivery import Webhook
from analytics.outbound.events import EventKind, daily_report_id, daily_report_message
from analytics.records.repository import VisitRepository
from analytics.reports.report import build_report
from analytics.reports.report_json import report_json
from analytics.reports.report_range import By
from analytics.settings import StoreSettings

SETTLES_WITHIN = timedelta(minutes=10)
"""How long after the end of a day is waited for the last visits to be decided and recorded."""

WAITS_AT_MOST = timedelta(hours=6)
"""How long for a camera that has not yet told of the time until the end of the day: its line may be down."""

CAUGHT_UP = 6
"""How many days that are over are told of after an outage."""


def tell_of_days(repository: VisitRepository, hooks: Collection[Webhook], now: datetime) -> int:
    """Put the reports on days that are over, and can be told, into the outbox; return how many are new.

    A day is told of once: a figure that is restated later is not told again. A webhook is told of days that ended
    after it was made. Raises as ``VisitRepository`` does.
    """
    hooks = [hook for hook in hooks if EventKind.DAILY_REPORT in hook.events and hook.disabled_at is None]
    told = 0
    for store_id in repository.stores() if hooks else ():
        settings = repository.settings_of(store_id)
        mine = [hook for hook in hooks if hook.stores is None or store_id in hook.stores]
        wanted = {day: _wanting(mine, settings, day) for day in _days_over(settings, now)}
        there = repository.outbox.holds([daily_report_id(store_id, day) for day in wanted])
        for day, targets in wanted.items():
            missing = [one for one in targets if (daily_report_id(store_id, day), one) not in there]
            if missing and _can_be_told(repository, settings, day, now):
                told += _tell(repository, settings, day, missing, now)
    return told


def cameras_are_done(cameras: Iterable[CameraState], day_ended_at: datetime, now: datetime) -> bool:
    """Tell whether nothing more is to be expected of a day: every camera has told of it, or has had hours to. Pure."""
    if now < day_ended_at + SETTLES_WITHIN:
        return False
    return now >= day_ended_at + WAITS_AT_MOST or all(camera.until >= day_ended_at for camera in cameras)


def _days_over(settings: StoreSettings, now: datetime) -> list[date]:
    today = business_day(now, settings)
    return [today - timedelta(days=ago) for ago in range(CAUGHT_UP, 0, -1)]


def _wanting(hooks: Sequence[Webhook], settings: StoreSettings, day: date) -> list[str]:
    ended_at = day_began_at(day + timedelta(days=1), settings)
    return [hook.webhook_id for hook in hooks if hook.made_at < ended_at]


def _can_be_told(repository: VisitRepository, settings: StoreSettings, day: date, now: datetime) -> bool:
    began_at, ended_at = window_of(day, day, settings)
    if now >= ended_at + WAITS_AT_MOST:
        return True
    return cameras_are_done(repository.lately_heard(settings.store_id, began_at), ended_at, now)


def _tell(
    repository: VisitRepository, settings: StoreSettings, day: date, targets: Collection[str], now: datetime
) -> int:
    with repository.one_state():
        report = build_report(repository, settings, day, day, by=By.HOUR, now=now)
    if not report.figures.pv and report.figures.completeness is None:
        return 0  # the shop was closed, or is no more: nobody was seen and nothing expected to be watched
    message = daily_report_message(settings.store_id, day, report_json(report), now=now)
    repository.outbox.put([(message, targets)])
    return 1
