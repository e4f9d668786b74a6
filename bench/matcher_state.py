"""Measures how long a matcher of a whole chain takes to be ready after it was killed, and what memory it needs.

    python -m bench.matcher_state [--templates N] [--stores N] [--log URL] [--json]

Writes that many templates of the default pack's model into an event log (a local one unless --log names another, in
which the topics are made: with an `instance` in a Kafka address, or a killed matcher has to wait for its own session to
end), and starts the real `footfall matcher` on it: first without a snapshot, so that all is read
from the log; then, killed, from the snapshot that it left. Everything goes to out/bench/restart.json as well.

ready_s      from the start of the process to the first yes of /readyz: interpreter, model and all
cpu_s        seconds of CPU that took; above what a machine with nothing else to do needs, ready_s is waiting
rss_mb       memory of the process then
snapshot_mb  size of the snapshot
trained_s    from the first start being ready until the trained lists of the chain's gallery were kept; meanwhile every
             template is searched exactly
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np

from bench.pipeline import cpu_name
from faces.packs import default_pack_name, open_pack
from footfall.event_logs import local_log_url, open_event_log
from footfall.publisher import Publisher
from footfall.snapshot_file import CHAIN_FILE, SNAPSHOT_FILE
from matcher.chain.search import ChainSizes
from schemas import ids
from schemas.event_log import EventLog
from schemas.messages import Template
from schemas.topics import CROPS, TOPICS

GIVEN_UP_AFTER_S = 600.0
TRAINED_ABOVE = ChainSizes().exact_up_to
FLUSHED_EVERY = 10_000
PORT = 18_317
OUT = Path("out/bench/restart.json")
BEGAN_AT = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--templates", type=int, default=1_000_000)
    parser.add_argument("--stores", type=int, default=100)
    parser.add_argument("--log", help="URL of an event log whose templates are nobody's")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    pack = default_pack_name()
    embedder = open_pack(pack).make_embedder()
    with tempfile.TemporaryDirectory() as folder:
        url = arguments.log or local_log_url(Path(folder) / "log.sqlite")
        began_s = time.perf_counter()
        with closing(open_event_log(url)) as log:
            log.create(TOPICS)
            write(log, arguments.templates, arguments.stores, embedder.model_id, embedder.dim)
        written_s = time.perf_counter() - began_s
        command = ["footfall", "matcher", "--log", url, "--pack", pack, "--state-dir", f"{folder}/state"]
        with matcher(command) as (without, ended):
            trained_s = wait_for(Path(folder) / "state" / CHAIN_FILE) if arguments.templates > TRAINED_ABOVE else 0.0
        with matcher(command) as (snapshot, _):
            pass
        with matcher(command, kill=True):
            pass
        with matcher(command) as (again, _):
            pass
        size = (Path(folder) / "state" / SNAPSHOT_FILE).stat().st_size
    found = {
        "cpu": cpu_name(),
        "cores": os.cpu_count(),
        "log": url.partition(":")[0],
        "pack": pack,
        "dim": embedder.dim,
        "templates": arguments.templates,
        "stores": arguments.stores,
        "written_s": round(written_s, 1),
        "ready_s": {
            "from_the_log": without["ready_s"],
            "from_the_snapshot": snapshot["ready_s"],
            "from_the_snapshot_after_a_kill": again["ready_s"],
        },
        "cpu_s": {"from_the_log": without["cpu_s"], "from_the_snapshot": again["cpu_s"]},
        "trained_s": round(trained_s, 1),
        "ended_with_a_snapshot_s": ended["ended_s"],
        "rss_mb": {"from_the_log": without["rss_mb"], "from_the_snapshot": again["rss_mb"]},
        "snapshot_mb": round(size / 1e6),
    }
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=2) if arguments.json else sentence(found))


def write(log: EventLog, templates: int, stores: int, model_id: str, dim: int) -> None:
    """Put templates of visitors who do not exist on the log."""
    rng = np.random.default_rng(1)
    publisher = Publisher(log)
    for number in range(templates):
        if number % FLUSHED_EVERY == 0:
            publisher.flush()
            looks = rng.standard_normal((FLUSHED_EVERY, dim), dtype=np.float32)
            looks /= np.linalg.norm(looks, axis=1, keepdims=True)
        event_id = UUID(bytes=rng.bytes(16), version=4)
        publisher.publish(
            Template(
                template_id=ids.template_id(event_id),
                face_id=ids.minted_face_id(event_id),
                store_id=f"store-{number % stores}",
                model_id=model_id,
                embedding=looks[number % FLUSHED_EVERY].astype("<f4").tobytes(),
                quality=0.5,
                captured_at=BEGAN_AT + timedelta(seconds=number),
                event_id=event_id,
                source_partition=number % CROPS.partitions,
                source_offset=-1,  # decided and committed long ago
            )
        )
    publisher.flush()


@contextmanager
def matcher(command: list[str], *, kill: bool = False) -> Iterator[tuple[dict[str, float], dict[str, float]]]:
    """Start a matcher, wait until it is ready, and end it; give what was measured, then and afterwards."""
    began_s = time.perf_counter()
    environment = {**os.environ, "FOOTFALL_LOG_LEVEL": "warning", "FOOTFALL_MATCHER_SNAPSHOT_S": "2"}
    entry = [sys.executable, "-c", "from footfall.cli import main; main()", *command[1:], "--health-port", str(PORT)]
    ended: dict[str, float] = {}
    with subprocess.Popen(entry, env=environment) as process:
        try:
            while not is_ready():
                if process.poll() is not None or time.perf_counter() - began_s > GIVEN_UP_AFTER_S:
                    sys.exit(f"the matcher was not ready within {time.perf_counter() - began_s:.0f} s")
                time.sleep(0.02)
            ready_s = time.perf_counter() - began_s
            memory, cpu_s = figures("process_resident_memory_bytes", "process_cpu_seconds_total")
            yield {"ready_s": round(ready_s, 2), "cpu_s": round(cpu_s, 2), "rss_mb": round(memory / 1e6)}, ended
        finally:
            began_s = time.perf_counter()
            (process.kill if kill else process.terminate)()
            process.wait(GIVEN_UP_AFTER_S)
            ended["ended_s"] = round(time.perf_counter() - began_s, 2)


def wait_for(file: Path) -> float:
    """Return after how many seconds a file is there."""
    began_s = time.perf_counter()
    while not file.exists():
        if time.perf_counter() - began_s > GIVEN_UP_AFTER_S:
            sys.exit(f"{file.name} was not there within {GIVEN_UP_AFTER_S:.0f} s")
        time.sleep(0.1)
    return time.perf_counter() - began_s


def is_ready() -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def figures(*names: str) -> list[float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    return [float(next(line for line in lines if line.startswith(f"{name} ")).split()[1]) for name in names]


def sentence(found: dict[str, Any]) -> str:
    ready, cpu, rss = found["ready_s"], found["cpu_s"], found["rss_mb"]
    return (
        f"{found['cpu']}, {found['cores']} cores; {found['templates']:,} templates of {found['stores']} stores, "
        f"{found['dim']} numbers each ({found['pack']}), in a {found['log']} log\n"
        f"  from the log: ready in {ready['from_the_log']} s ({cpu['from_the_log']} s of CPU), "
        f"{rss['from_the_log']} MB of memory\n"
        f"  from the snapshot of {found['snapshot_mb']} MB: ready in {ready['from_the_snapshot']} s, after a kill in "
        f"{ready['from_the_snapshot_after_a_kill']} s ({cpu['from_the_snapshot']} s of CPU), "
        f"{rss['from_the_snapshot']} MB of memory\n"
        f"  searched exactly for {found['trained_s']} s, until the lists were trained and kept\n"
        f"  ended in {found['ended_with_a_snapshot_s']} s, the snapshot written\nWritten to {OUT}"
    )


if __name__ == "__main__":
    main()
