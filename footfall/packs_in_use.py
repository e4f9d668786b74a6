"""Whether a pack may be taken away."""

from contextlib import closing

from footfall.config import Settings
from footfall.data_dir import DataDir
from footfall.event_logs import open_event_log
from footfall.wiring import pack_known_to


def use_of_pack(name: str, settings: Settings) -> str | None:
    """Return what a pack is needed for, as the rest of a sentence; None for nothing that these settings know of."""
    if settings.pack == name:
        return "the settings name it"
    data_dir = DataDir(path=settings.data_dir)
    if not data_dir.has_log:
        return None
    with closing(open_event_log(data_dir.log_url)) as log:
        learnt = pack_known_to(log) == name
    return f"without it the visitors in {data_dir.path} are not known again" if learnt else None
