"""Measures how much one matcher and the analytics take from Kafka to Postgres, and how long a visitor takes.

    python -m bench.stream

Broker and Postgres are those of FOOTFALL_TEST_KAFKA and FOOTFALL_TEST_POSTGRES, or are started. A matcher has the first
core of this process for itself; all the rest shares the second: broker, Postgres, analytics and this process. Where two
analytics are measured each has a core, and what they need works on either. The rates count from when everything is in
the log and all have their partitions. Writes every figure to out/bench/stream.json.

matcher_crops_per_s        crop events of 15 kB from Kafka to visits in Postgres: one matcher, one analytics. Every JPEG
                           is decoded; alignment and embedding are replaced by stored vectors
matcher_faces_per_s        the same events by a matcher alone, aligned and embedded with the retail pack
analytics_sightings_per_s  sightings from Kafka to Postgres: two analytics, one on each core
latency_ms                 from the best shot told by its camera, through the spool, Kafka, matcher (retail pack), Kafka
                           and analytics to its visit committed, by the times in the events, under 50 crops a second
client_ratio               of bench.stream_client
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from sqlalchemy import text

from analytics.records.database import connect, reading, upgrade
from bench.database import STORES, seen
from bench.stream_client import client_ratio
from bench.stream_load import crops, put
from bench.stream_parts import GIVEN_UP_AFTER_S, Place, Told, at_work, match, record
from faces.packs import in_place, open_pack
from footfall.cameras import new_spool
from footfall.event_logs import open_event_log
from footfall.kafka_log.address import kafka_address
from footfall.kafka_log.clients import new_admin
from footfall.matching import MATCHER_GROUP
from footfall.recording import ANALYTICS_GROUP, RECORDED
from schemas.event_log import EventLog
from schemas.messages import FaceCrop
from schemas.topics import CROPS, SIGHTINGS, TOPICS, Topic
from tests.services import KafkaBroker

sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))
from postgres_server import NAMED, PostgresServer, new_database

OUT = Path("out/bench/stream.json")
PACK = "retail"
CROPS_PER_S = 50
BARS = {
    "matcher_crops_per_s": 1_500,
    "matcher_faces_per_s": 150,
    "analytics_sightings_per_s": 20_000,
    "latency_ms p50": 300,
    "latency_ms p95": 1_000,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """Where Kafka and Postgres are, and the cores that are shared out."""

    kafka_url: str
    postgres_url: str
    first: frozenset[int]
    second: frozenset[int]

    @contextmanager
    def fresh(self) -> Iterator[tuple[EventLog, Callable[..., Place]]]:
        """Give a log and a database of their own, and what says where a part works."""
        prefix = f"bench-{uuid4().hex[:8]}-"
        log_url = f"{self.kafka_url}{'&' if '?' in self.kafka_url else '?'}prefix={prefix}"
        with new_database(self.postgres_url) as database_url, closing(open_event_log(log_url)) as log:
            engine = connect(database_url)
            upgrade(engine)
            engine.dispose()
            log.create(TOPICS)
            try:
                yield log, lambda **more: Place(log_url=log_url, database_url=database_url, **more)
            finally:
                with closing(new_admin(kafka_address(self.kafka_url).options)) as admin:
                    admin.delete_topics([prefix + topic.name for topic in TOPICS])

    def matcher_of(self, place: Callable[..., Place], *, stored: bool) -> tuple[Any, ...]:
        return match, place(cores=self.first, partitions=CROPS.partitions), PACK, stored

    def analytics_of(self, place: Callable[..., Place], cores: frozenset[int], *, among: int = 1) -> tuple[Any, ...]:
        return record, place(cores=cores, partitions=sum(topic.partitions for topic in RECORDED) // among)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crops", type=int, default=20_000, help="how many are matched with stored vectors")
    parser.add_argument("--faces", type=int, default=3_000, help="how many are embedded")
    parser.add_argument("--sightings", type=int, default=100_000, help="how many the analytics record")
    parser.add_argument("--seconds", type=float, default=30.0, help="for how long latency is measured")
    parser.add_argument("--records", type=int, default=5_000, help="how many each Kafka client writes a round")
    parser.add_argument("--out", type=Path, default=OUT, help="the file of the figures")
    asked = parser.parse_args()
    if not in_place(PACK):
        sys.exit(f"the model pack {PACK} is not in place: footfall models pull {PACK}")
    with servers(beside_the_matcher=True) as found:
        ratio, rates = client_ratio(found.kafka_url.removeprefix("kafka://"), asked.records)
        rows = {
            "matcher_crops_per_s": crops_per_s(found, asked.crops),
            "matcher_faces_per_s": faces_per_s(found, asked.faces),
        }
        latency = latency_ms(found, asked.seconds)
    with servers(beside_the_matcher=False) as anywhere:
        rows["analytics_sightings_per_s"] = sightings_per_s(anywhere, asked.sightings)
    figures = {**{name: row.per_s for name, row in rows.items()}, "latency_ms": latency, "client_ratio": ratio}
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    tell(figures, rows, rates, found)
    print(f"\nWritten to {asked.out}")


@contextmanager
def servers(*, beside_the_matcher: bool) -> Iterator[Servers]:
    """Give the servers that are named, or start our own: on the second core, or on both; this process does the same."""
    cores = sorted(os.sched_getaffinity(0))
    first, second = frozenset(cores[:1]), frozenset(cores[1:2] or cores)
    with ExitStack() as opened:
        opened.callback(os.sched_setaffinity, 0, cores)
        os.sched_setaffinity(0, second if beside_the_matcher else first | second)
        kafka_url = os.environ.get("FOOTFALL_TEST_KAFKA") or opened.enter_context(KafkaBroker()).url
        postgres_url = os.environ.get(NAMED) or opened.enter_context(PostgresServer(durable=True)).url
        yield Servers(kafka_url=kafka_url, postgres_url=postgres_url, first=first, second=second)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How many were done a second, and how many microseconds of a processor each took the parts."""

    per_s: int
    cpu_us: tuple[int, ...]


def crops_per_s(servers: Servers, number: int) -> Rate:
    with servers.fresh() as (log, place):
        parts = servers.matcher_of(place, stored=True), servers.analytics_of(place, servers.second)
        with at_work(*parts) as (holding, told), confirmed(parts[0][1].database_url) as count:
            holding.wait(GIVEN_UP_AFTER_S)
            put(log, islice(crops(open_pack(PACK).detector_id), number))
            holding.wait(GIVEN_UP_AFTER_S)
            per_s = rate(number, lambda: count() >= number // 2)
    return measured(number, per_s, told)


def faces_per_s(servers: Servers, number: int) -> Rate:
    with servers.fresh() as (log, place), at_work(servers.matcher_of(place, stored=False)) as (holding, told):
        holding.wait(GIVEN_UP_AFTER_S)
        put(log, islice(crops(open_pack(PACK).detector_id), number))
        holding.wait(GIVEN_UP_AFTER_S)
        per_s = rate(number, lambda: committed(log, CROPS, MATCHER_GROUP) >= number)
    return measured(number, per_s, told)


def sightings_per_s(servers: Servers, number: int) -> Rate:
    with servers.fresh() as (log, place):
        parts = [servers.analytics_of(place, cores, among=2) for cores in (servers.first, servers.second)]
        with at_work(*parts) as (holding, told):
            holding.wait(GIVEN_UP_AFTER_S)
            stores = [f"store-{store:02}" for store in range(STORES)]
            put(log, islice(seen(stores, Random(1)), number))
            holding.wait(GIVEN_UP_AFTER_S)
            per_s = rate(number, lambda: committed(log, SIGHTINGS, ANALYTICS_GROUP) >= number)
    return measured(number, per_s, told)


def measured(number: int, per_s: int, told: Sequence[Told]) -> Rate:
    return Rate(per_s=per_s, cpu_us=tuple(round(part.cpu_s / number * 1e6) for part in told))


def latency_ms(servers: Servers, seconds: float) -> dict[str, float]:
    with servers.fresh() as (_, place), TemporaryDirectory() as folder:
        analytics = servers.analytics_of(place, servers.second)
        matcher = servers.matcher_of(place, stored=False)
        with at_work(matcher, analytics) as (holding, told), confirmed(analytics[1].database_url) as count:
            for _ in ("they hold", "nothing is to be there"):
                holding.wait(GIVEN_UP_AFTER_S)
            settings = place(cores=servers.second, partitions=0).settings(folder)
            with closing(new_spool(settings, Path(folder) / "spool.sqlite")) as spool:
                number = in_step(spool.publish, round(seconds * CROPS_PER_S))
            rate(number, lambda: count() >= number // 2)
    latencies_s = [latency_s for part in told for latency_s in part.latencies_s]
    *_, p95 = statistics.quantiles(latencies_s, n=20)
    return {"p50": round(1000 * statistics.median(latencies_s), 1), "p95": round(1000 * p95, 1)}


def in_step(publish: Callable[[FaceCrop], None], number: int) -> int:
    """Publish so many crops, each when it is due."""
    began_s = time.monotonic()
    source = crops(open_pack(PACK).detector_id)
    for due in range(number):
        time.sleep(max(0.0, began_s + due / CROPS_PER_S - time.monotonic()))
        publish(next(source))
    return number


def rate(number: int, done: Callable[[], bool]) -> int:
    """Return how many a second were done, from now until all are."""
    began_s = time.perf_counter()
    while not done():
        if time.perf_counter() - began_s > GIVEN_UP_AFTER_S:
            sys.exit(f"{number} records were not handled within {GIVEN_UP_AFTER_S:.0f} s")
        time.sleep(0.1)
    return round(number / (time.perf_counter() - began_s))


@contextmanager
def confirmed(database_url: str) -> Iterator[Callable[[], int]]:
    """Give what counts the tracks recorded wholly: a confirmed sighting takes the row of its provisional one."""
    engine = connect(database_url)

    def count() -> int:
        with reading(engine) as connection:
            return int(
                connection.execute(text("SELECT count(*) FROM sightings WHERE phase = 'confirmed'")).scalar_one()
            )

    yield count
    engine.dispose()


def committed(log: EventLog, topic: Topic, group: str) -> int:
    return sum(log.committed(topic, group).values())


def tell(figures: dict[str, Any], rows: dict[str, Rate], rates: dict[str, dict[str, float]], found: Servers) -> None:
    named = [name for name in ("FOOTFALL_TEST_KAFKA", NAMED) if name in os.environ]
    print(f"matcher on core {min(found.first)}; analytics, broker, Postgres and the bench on core {min(found.second)}")
    print(f"{', '.join(named)}: wherever it runs\n" if named else "")
    latency = {f"latency_ms {name}": value for name, value in figures["latency_ms"].items()}
    for name, bar in BARS.items():
        value = (figures | latency)[name]
        met = value <= bar if name in latency else value >= bar
        print(
            f"{name:26} {value:>10,}   bar {'≤' if name in latency else '≥'} {bar:>6,}   {'met' if met else 'MISSED'}"
        )
    for name, row in rows.items():
        cpu = " + ".join(f"{one:,}" for one in row.cpu_us)
        print(f"{name:26} {cpu:>10} µs of a processor for each, in matcher or analytics")
    for act, ratio in figures["client_ratio"].items():
        ours, other = (rates[name][act] for name in ("kafka-python", "confluent-kafka"))
        print(
            f"{f'client_ratio {act}':26} {ratio:>10.2f}   {ours:,.0f} records/s beside {other:,.0f} of confluent-kafka"
        )


if __name__ == "__main__":
    main()
