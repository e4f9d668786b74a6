"""Reports that are sent by a timetable: each period once, when it is over, also after an outage."""

import base64
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from analytics.outbound.events import EventKind, Outgoing, body_of, message_id_of
from analytics.outbound.schedule import Every, Scheduled, last_period
from analytics.records.repository import VisitRepository
from analytics.reports.chain_report import ChainReport, build_chain_report
from analytics.reports.files import report_file
from analytics.reports.report import Report, build_report
from analytics.reports.report_range import By
from analytics.settings import StoreSettings


def send_what_is_due(repository: VisitRepository, timetable: Sequence[Scheduled], now: datetime) -> int:
    """Put the reports that are due into the outbox, and return how many are new. Raises as ``VisitRepository`` does.

    A report lies there as the file that it was when its period was due: what is tried again is the same.
    """
    recorded = repository.stores() if timetable else []
    new = 0
    for one in timetable:
        stores = [repository.settings_of(store) for store in one.stores or recorded if store in recorded]
        period = last_period(one, stores, now) if stores else None
        if period is None:
            continue
        message_id = scheduled_id(one, period)
        if not repository.outbox.holds([message_id]):
            message = _message(repository, one, stores, period, now)
            repository.outbox.put([(message, [one.target])])
            new += 1
    return new


def scheduled_id(one: Scheduled, period: tuple[date, date]) -> UUID:
    """Return the id of the message that holds a report of a period."""
    return message_id_of(EventKind.SCHEDULED_REPORT, one.name, one.target, *map(str, period))


def _message(
    repository: VisitRepository,
    one: Scheduled,
    stores: Sequence[StoreSettings],
    period: tuple[date, date],
    now: datetime,
) -> Outgoing:
    by = By.HOUR if one.every is Every.DAY else By.DAY
    with repository.one_state():
        report: Report | ChainReport = (
            build_report(repository, stores[0], *period, by=by, now=now)
            if len(stores) == 1
            else build_chain_report(repository, stores, *period, by=by, now=now)
        )
    file = report_file(report, one.form)
    told = {
        "schedule": one.name,
        "stores": [store.store_id for store in stores],
        "from": period[0].isoformat(),
        "to": period[1].isoformat(),
        "file": {"name": file.name, "type": file.media_type, "base64": base64.b64encode(file.content).decode()},
    }
    return Outgoing(
        message_id=scheduled_id(one, period),
        kind=EventKind.SCHEDULED_REPORT,
        store_id=stores[0].store_id if len(stores) == 1 else None,
        made_at=now,
        body=body_of(EventKind.SCHEDULED_REPORT, told, now),
    )
