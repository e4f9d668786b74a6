"""What settings name, made: the model pack, the policy, the address of the log. ``site`` opens the whole."""

import logging
from datetime import UTC, datetime

from faces.engines import Engine
from faces.packs import Pack, default_pack_name, open_pack, pack_of_model
from footfall.config import Settings
from footfall.data_dir import DataDir
from matcher.policy import Policy
from matcher.state import model_known_to
from schemas.event_log import EventLog

_log = logging.getLogger(__name__)


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
