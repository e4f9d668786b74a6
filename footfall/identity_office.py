"""What ``footfall identity`` works with, put together, and what it tells in JSON."""

from typing import Any

from analytics.records.repository import VisitRepository
from faces.packs import Pack
from footfall.config import Settings
from footfall.data_dir import DataDir
from footfall.erasing import Eraser, Receipt
from footfall.error_rates import keep_error_rates
from footfall.identity_desk import IdentityDesk
from footfall.identity_lookup import sorted_ids
from footfall.reconciling import Reconciler
from footfall.snapshot_file import CHAIN_FILE, SNAPSHOT_FILE
from footfall.wiring import open_pack_for, utc_now
from schemas.codec import to_json
from schemas.errors import InputError
from schemas.event_log import EventLog
from schemas.topics import TEMPLATES


def require_visits(settings: Settings) -> None:
    """Raise InputError where the settings mean a data directory in which no visits are."""
    if settings.database is None:
        DataDir(path=settings.data_dir).require_data()


def require_log(settings: Settings) -> None:
    """Raise InputError where the settings mean a data directory in which no event log is."""
    if settings.events.url is None and not DataDir(path=settings.data_dir).has_log:
        raise InputError(
            f"{settings.data_dir} holds no event log, and the ledger is kept there: name the log with --log, "
            "or the directory with --data-dir"
        )


class Office:
    """The desk and the eraser, over one log and one database."""

    def __init__(
        self, *, settings: Settings, log: EventLog, repository: VisitRepository, actor: str, reason: str
    ) -> None:
        self._settings = settings
        self._log = log
        self._repository = repository
        self.desk = IdentityDesk(log=log, repository=repository, actor=actor, reason=reason, now=utc_now)
        folders = {settings.data_dir, settings.matcher.state_dir or settings.data_dir}
        self.eraser = Eraser(
            log=log,
            repository=repository,
            desk=self.desk,
            snapshots=tuple(folder / name for folder in sorted(folders) for name in (SNAPSHOT_FILE, CHAIN_FILE)),
            now=utc_now,
        )

    def reconciler(self) -> Reconciler:
        """Return who reconciles by the pack by which the visitors of the log were learnt."""
        pack = open_pack_for(self._settings, self._log)
        return Reconciler(log=self._log, desk=self.desk, pack=pack, matcher=self._settings.matcher)

    def keep_error_rates(self, pack: Pack) -> None:
        """Keep how often the matcher errs in each store, by the pack of its visitors."""
        keep_error_rates(self._repository, pack.calibration, pack.model_id, self._settings.matcher, now=utc_now())

    def templates(self) -> int:
        """Return how many records the topic of templates holds at most."""
        state = self._log.describe(TEMPLATES)
        return 0 if state is None else sum(state.ends.values()) - sum(state.begins.values())


def receipt_json(receipt: Receipt) -> dict[str, Any]:
    """Return a receipt as programs read it."""
    return {
        "face_ids": sorted_ids(receipt.face_ids),
        "entries": [to_json(entry) for entry in receipt.entries],
        "templates": receipt.templates,
        "templates_left": receipt.templates_left,
        "sightings": receipt.sightings,
        "visits": receipt.visits,
        "visits_too": receipt.visits_too,
        "snapshots": [str(file) for file in receipt.snapshots],
        "pictures_gone_by": receipt.pictures_gone_by.isoformat(),
    }
