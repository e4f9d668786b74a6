"""Torments a simulated chain of stores and proves that its numbers are those of an undisturbed one.

    python -m bench.chaos [--minutes 10] [--seed N] [--out out/chaos]

Four stores with two cameras each, at twenty times their speed, over a Kafka and a Postgres of its own behind Toxiproxy;
an ingest for each store, two matchers, two analytics. What is done to them, and what must hold afterwards, stands in
docs/reliability.md. Writes summary.json, faults.log (every fault with its time) and the logs of all processes. Ends
with 1 when anything is lost, duplicated or different.
"""

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bench.chaos.fault_log import FaultLog
from bench.chaos.outcome import Outcome
from bench.chaos.run import count_undisturbed, torment
from bench.chaos.world import ROOT, World, prepare, truth_of
from footfall.cli.output import progress_bar

sys.path.append(str(ROOT / "tests"))
from postgres_server import require_postgres
from services import require_own_kafka, require_toxiproxy
from services.kafka import fetched_jars
from services.toxiproxy import built_toxiproxy

_SHOWN = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long the faults last")
    parser.add_argument("--seed", type=int, default=1, help="of the visitors and of what happens to them")
    parser.add_argument("--kill-every", type=float, default=2.2, metavar="S", help="seconds between kills, on average")
    parser.add_argument("--out", type=Path, default=Path("out/chaos"))
    asked = parser.parse_args()
    require_servers()
    out = asked.out.absolute()
    clear(out)
    world = World(seed=asked.seed, minutes=asked.minutes)
    with closing(FaultLog(out / "faults.log")) as faults, progress_bar() as bar:

        def showing(what: str) -> Callable[[float, str], None]:
            task = bar.add_task(what, total=1.0, note="")
            return lambda share, note="": bar.update(task, completed=share, note=note)

        inputs = prepare(world, out / "input", progress=showing("cameras"))
        undisturbed = count_undisturbed(world, inputs, out / "undisturbed", faults, showing("undisturbed"))
        outcome = torment(
            world, inputs, out, faults, undisturbed, kill_every_s=asked.kill_every, progress=showing("tormented")
        )
    summary = summary_of(outcome)
    (out / "summary.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    tell(world, inputs, outcome, summary, out)
    sys.exit(1 if outcome.wrong else 0)


def summary_of(outcome: Outcome) -> dict[str, Any]:
    """Return what is written for programs."""
    return {
        "seconds": round(outcome.seconds, 1),
        "kills": outcome.kills,
        "faults": dict(sorted(outcome.faults.items())),
        "accepted": outcome.delivery.accepted,
        "stored": outcome.delivery.stored,
        "lost": len(outcome.delivery.lost),
        "duplicated": outcome.delivery.duplicated,
        "poison": outcome.poison,
        "dead_letters": outcome.dead_letters,
        "equal_to_undisturbed": outcome.stored == outcome.undisturbed,
    }


def tell(world: World, inputs: Path, outcome: Outcome, summary: dict[str, Any], out: Path) -> None:
    """Print what came of it, for people."""
    print(f"\n{outcome.kills} kills and {sum(outcome.faults.values()) - outcome.kills} other faults:")
    for kind, count in summary["faults"].items():
        print(f"  {count:6} {kind}")
    if not outcome.small_disks:
        print("       0 disk_full: only root can mount the small disks that this takes")
    print(f"{'':12}{'truth':>14}{'undisturbed':>14}{'tormented':>14}   (PV / UV)")
    for store in world.store_ids:
        true = truth_of(world, inputs, store)
        counts = [(true.pv, true.uv)]
        counts += [(stored.pv(store), stored.uv(store)) for stored in (outcome.undisturbed, outcome.stored)]
        print(f"{store:12}" + "".join(f"{f'{pv} / {uv}':>14}" for pv, uv in counts))
    print(
        f"{summary['accepted']} events accepted, {summary['stored']} stored, {summary['lost']} lost, "
        f"{summary['duplicated']} duplicated; {len(outcome.stored.face_ids())} FaceIds; "
        f"{summary['poison']} poisoned records, {summary['dead_letters']} dead letters; "
        f"{'equal to' if summary['equal_to_undisturbed'] else 'NOT EQUAL to'} the undisturbed run"
    )
    for sentence in outcome.wrong[:_SHOWN]:
        print(f"WRONG: {sentence}")
    if len(outcome.wrong) > _SHOWN:
        print(f"WRONG: and {len(outcome.wrong) - _SHOWN} more")
    (out / "wrong.txt").write_text("".join(f"{sentence}\n" for sentence in outcome.wrong), encoding="utf-8")
    print(f"{summary['seconds']:.0f} s. Written to {out / 'summary.json'}; every fault stands in {out / 'faults.log'}")


def clear(out: Path) -> None:
    """Remove what a former run left, but for its input."""
    for disk in (out / "disks").glob("*"):
        subprocess.run(["umount", "-l", str(disk)], capture_output=True, check=False)
    for left in out.glob("*"):
        if left.name != "input":
            shutil.rmtree(left) if left.is_dir() else left.unlink()
    (out / "logs").mkdir(parents=True)


def require_servers() -> None:
    """End with a sentence where a server that this takes cannot be had."""
    try:
        require_own_kafka()
        require_postgres()
        require_toxiproxy()
        fetched_jars()
        built_toxiproxy()
    except (pytest.skip.Exception, pytest.fail.Exception) as missing:
        sys.exit(f"this bench {missing}")


if __name__ == "__main__":
    main()
