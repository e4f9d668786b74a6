"""Measures what a camera costs, and how long a crop takes to become a visit, with each pack in place.

    python -m bench.pipeline [--json]

Films a small simulated door, takes its frames through the parts of the real pipeline, and writes every figure to
out/bench/pipeline.json as well. CPU is that of all threads of the process. Of people in view there is always at least
one: most doors are empty most of the time and cost less.

cpu_s_per_minute      seconds of CPU for one minute of watched film with people in view; median over walks through it
cameras_per_core      how many such cameras keep one core busy
identify_cpu_ms       CPU from a track's crops to its decision, embedding included; median over tracks
crop_to_visit_ms      from the crop in the log to the visit in the database, through log, matcher and analytics
"""

import argparse
import json
import os
import platform
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from faces.packs import Pack, open_pack, pack_files, pack_names
from faces.quality import assess
from footfall.config_loading import load_settings
from footfall.matching import matching
from footfall.publisher import Publisher
from footfall.recording import new_analytics
from footfall.site import Site, open_site
from footfall.stages import Stages
from ingest.frames import Frame
from ingest.gates import Gates
from ingest.pipeline import CameraPipeline
from ingest.sources import open_source
from ingest.stopwatch import Stopwatch
from schemas import ids
from schemas.messages import FaceCrop, Phase
from simulator.simulation import FRAME_EVERY_MS, Simulation, simulate
from simulator.truth import Truth

STORE = "bench"
DOOR = Simulation(people=6, visits=6, minutes=10, seed=1, store=STORE)
DETECTIONS_PER_S = 5.0
CROPS = 60
GIVEN_UP_AFTER_S = 10.0
OUT = Path("out/bench/pipeline.json")

Stretch = tuple[datetime, datetime]
Costs = dict[Stretch, Counter[str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        truth = simulate(DOOR, Path(folder), progress=lambda _share: None)
        stretches = in_view(truth)
        frames, decoding = decoded(Path(folder), truth, stretches)
        packs = {}
        for name in pack_names():
            if all(file.found for file in pack_files(name)):
                packs[name] = measured(open_pack(name), frames, stretches, decoding, Path(folder) / name)
    found = {
        "cpu": cpu_name(),
        "cores": os.cpu_count(),
        "film": {
            "height_px": DOOR.height_px,
            "frames_per_s": 1000 / FRAME_EVERY_MS,
            "walks": len(stretches),
            "in_view_s": round(sum(map(length_s, stretches)), 1),
        },
        "detections_per_s": DETECTIONS_PER_S,
        "packs": packs,
    }
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    if arguments.json:
        print(json.dumps(found, indent=2))
    else:
        tell(found)


def in_view(truth: Truth) -> list[Stretch]:
    """Return when somebody is in view: the passages, those that touch made one."""
    stretches: list[Stretch] = []
    for passage in sorted(truth.passages, key=lambda passage: passage.began_at):
        if stretches and passage.began_at <= stretches[-1][1]:
            stretches[-1] = (stretches[-1][0], max(stretches[-1][1], passage.ended_at))
        else:
            stretches.append((passage.began_at, passage.ended_at))
    return stretches


def decoded(folder: Path, truth: Truth, stretches: Sequence[Stretch]) -> tuple[list[Frame], Costs]:
    """Return the frames due, and what decoding cost while somebody was in view."""
    camera = truth.cameras[0]
    frames: list[Frame] = []
    costs: Costs = {stretch: Counter() for stretch in stretches}
    source = open_source(str(folder / camera.file), start=camera.starts_at, frames_per_s=DETECTIONS_PER_S)
    with closing(source):
        before_s = time.process_time()
        for item in source:
            assert isinstance(item, Frame)
            frames.append(item)
            now_s = time.process_time()
            if stretch := stretch_of(item, stretches):
                costs[stretch]["decode"] += now_s - before_s
            before_s = now_s
    return frames, costs


def measured(
    pack: Pack, frames: Sequence[Frame], stretches: Sequence[Stretch], decoding: Costs, data_dir: Path
) -> dict[str, Any]:
    watching, crops = watched(pack, frames, stretches)
    costs = [
        {stage: 60 * seconds / length_s(stretch) for stage, seconds in (decoding[stretch] + watching[stretch]).items()}
        for stretch in stretches
    ]
    total = statistics.median(sum(cost.values()) for cost in costs)
    stages = ("decode", "motion", "detect", "track", "quality")
    settings = load_settings(None, data_dir=data_dir, pack=pack.name, store={"id": STORE})
    with open_site(settings) as site:
        many = list(islice(copies(crops), 2 * CROPS))
        identifying = list(identify_cpu_s(site, many[:CROPS]))
        latencies = sorted(crop_to_visit_s(site, many[CROPS:]))
    return {
        "cpu_s_per_minute": {
            **{stage: round(statistics.median(cost.get(stage, 0.0) for cost in costs), 2) for stage in stages},
            "total": round(total, 2),
        },
        "cameras_per_core": round(60 / total, 1),
        "identify_cpu_ms": round(1000 * statistics.median(identifying), 1),
        "crop_to_visit_ms": {
            "p50": round(1000 * statistics.median(latencies), 1),
            "p95": round(1000 * statistics.quantiles(latencies, n=20)[-1], 1),
            "crops": len(latencies),
        },
    }


def watched(pack: Pack, frames: Sequence[Frame], stretches: Sequence[Stretch]) -> tuple[Costs, list[FaceCrop]]:
    """Return what watching cost while somebody was in view, and the best shots of everyone seen."""
    stopwatch = Stopwatch(time.process_time)
    pipeline = CameraPipeline(
        STORE,
        "door",
        pack.make_detector(threads=1),
        clock=lambda: datetime.now(UTC),
        assess=partial(assess, scheme=pack.landmark_scheme),
        gates=Gates(min_score=pack.min_score),
        stopwatch=stopwatch,
    )
    costs: Costs = {stretch: Counter() for stretch in stretches}
    messages = []
    for frame in frames:
        before = Counter(stopwatch.seconds())
        messages += pipeline.process(frame)
        if stretch := stretch_of(frame, stretches):
            costs[stretch] += Counter(stopwatch.seconds()) - before
    messages += pipeline.flush()
    return costs, [one for one in messages if isinstance(one, FaceCrop) and one.phase is Phase.CONFIRMED]


def copies(crops: Sequence[FaceCrop]) -> Iterator[FaceCrop]:
    """Yield the crops again and again, each an hour after the one before and so a visit of its own."""
    if not crops:
        sys.exit("no usable face was found in the simulated film: nothing can be identified")
    for number, crop in enumerate(cycle(crops)):
        later = DOOR.starts_at + timedelta(hours=number) - crop.began_at
        track = ids.track_id(STORE, crop.camera_id, crop.began_at + later, number)
        yield replace(
            crop,
            event_id=ids.crop_event_id(track, crop.phase),
            track_id=track,
            began_at=crop.began_at + later,
            ended_at=crop.ended_at + later,
            shots=tuple(replace(shot, captured_at=shot.captured_at + later) for shot in crop.shots),
        )


def identify_cpu_s(site: Site, crops: Sequence[FaceCrop]) -> Iterator[float]:
    """Yield the CPU of each crop's identification, with nothing else at work."""
    stopwatch, publisher = Stopwatch(time.process_time), Publisher(site.log)
    with (
        matching(site, stopwatch) as unclosed,
        closing(unclosed) as matcher,
        closing(new_analytics(site.log, site.repository, Stopwatch())) as analytics,
    ):
        for crop in crops:
            before_s = stopwatch.seconds().get("identify", 0.0)
            publisher.publish(crop)
            publisher.flush()
            matcher.step(0.0)
            analytics.step(0.0)
            yield stopwatch.seconds()["identify"] - before_s


def crop_to_visit_s(site: Site, crops: Sequence[FaceCrop]) -> Iterator[float]:
    """Yield how long each crop takes from the log to its visit's row, matcher and analytics in their threads."""
    publisher, rng = Publisher(site.log), random.Random(1)
    with (
        matching(site, Stopwatch()) as matcher,
        Stages(
            [("matcher", matcher), ("analytics", new_analytics(site.log, site.repository, Stopwatch()))],
            threading.Event(),
        ),
    ):
        for crop in crops:
            time.sleep(rng.uniform(0.0, 0.1))  # not in step with anybody's polling
            publisher.publish(crop)
            publisher.flush()
            began_s = time.perf_counter()
            while not site.repository.visits(STORE, crop.began_at, crop.began_at + timedelta(microseconds=1)):
                if time.perf_counter() - began_s > GIVEN_UP_AFTER_S:
                    sys.exit(f"the crop of {crop.began_at} has become no visit within {GIVEN_UP_AFTER_S:.0f} s")
                time.sleep(0.001)
            yield time.perf_counter() - began_s


def stretch_of(frame: Frame, stretches: Sequence[Stretch]) -> Stretch | None:
    return next((stretch for stretch in stretches if stretch[0] <= frame.captured_at <= stretch[1]), None)


def length_s(stretch: Stretch) -> float:
    return (stretch[1] - stretch[0]).total_seconds()


def cpu_name() -> str:
    """Return what the processor calls itself, where the operating system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return next(iter(names), platform.processor() or platform.machine())


def tell(found: dict[str, Any]) -> None:
    film = found["film"]
    print(f"{found['cpu']}, {found['cores']} cores")
    print(
        f"{film['height_px']}p film of {film['frames_per_s']:g} pictures a second, {film['walks']} walks, "
        f"{film['in_view_s']} s with people in view, searched {found['detections_per_s']:g} times a second"
    )
    for name, figures in found["packs"].items():
        stages = ", ".join(f"{stage} {seconds}" for stage, seconds in figures["cpu_s_per_minute"].items())
        latency = figures["crop_to_visit_ms"]
        print(f"\n{name}")
        print(f"  seconds of CPU a minute with people in view: {stages}")
        print(f"  such cameras on one core: {figures['cameras_per_core']}")
        print(f"  embedding and decision of a track: {figures['identify_cpu_ms']} ms of CPU")
        print(
            f"  from the crop in the log to the visit in the database, {latency['crops']} crops: "
            f"p50 {latency['p50']} ms, p95 {latency['p95']} ms"
        )
    print(f"\nWritten to {OUT}")


if __name__ == "__main__":
    main()
