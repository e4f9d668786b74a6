"""Measures the peak memory of a matcher, a process of its own, with each pack in place.

    python -m bench.speed_matcher

Films the small simulated door of bench.pipeline, and has a new process identify the best shots of everyone seen, 200
tracks one after the other, with log, database, gallery and network in place.
"""

import re
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from bench.pipeline import DOOR, STORE, copies, decoded, identify_cpu_s, in_view, watched
from faces.packs import in_place, open_pack, pack_names
from footfall.config_loading import load_settings
from footfall.site import open_site
from schemas.messages import FaceCrop
from simulator.simulation import simulate

TRACKS = 200


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        truth = simulate(DOOR, Path(folder), progress=lambda _share: None)
        stretches = in_view(truth)
        frames, _ = decoded(Path(folder), truth, stretches)
        for name in pack_names():
            if in_place(name):
                _, crops = watched(open_pack(name), frames, stretches)
                many = list(islice(copies(crops), TRACKS))
                with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
                    peak_mb = process.submit(matched, name, many, Path(folder) / name).result()
                print(f"{name}: the matcher held {peak_mb:.0f} MB at most, over {len(many)} tracks")


def matched(pack: str, crops: Sequence[FaceCrop], data_dir: Path) -> float:
    """Identify the crops and return the peak memory of this process in megabytes."""
    with open_site(load_settings(None, data_dir=data_dir, pack=pack, store={"id": STORE})) as site:
        assert len(list(identify_cpu_s(site, crops))) == len(crops)
    # Linux only, as the benches are: getrusage would count what the parent held.
    (peak_kb,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(peak_kb) / 1024


if __name__ == "__main__":
    main()
