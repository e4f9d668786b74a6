"""Sets our Kafka client beside the other one, with records of the size of a crop event.

    python -m bench.stream_client [--json]

Both write and read the same number of 15 kB records with the same settings (idempotent, acknowledged by all replicas,
uncompressed, checksums verified), in this process, against a broker on this machine: that of FOOTFALL_TEST_KAFKA, or
one that is started. Each figure is the median of three rounds in turn; the first round is not counted.

rates          records a second, by client, produced (until the last is acknowledged) and consumed
client_ratio   rate of kafka-python ÷ rate of confluent-kafka: below 1, the other one is faster
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import confluent_kafka
from kafka import TopicPartition

from footfall.kafka_log.clients import new_admin, new_consumer, new_producer
from tests.services import KafkaBroker

RECORD_BYTES = 15_000
RECORDS = 5_000
PARTITIONS = 12
ROUNDS = 3

Rates = dict[str, dict[str, float]]
Work = Callable[[str, str, int], None]
_VALUE = os.urandom(RECORD_BYTES)
_KEYS = [f"shop-{number}".encode() for number in range(48)]


def client_ratio(server: str, records: int = RECORDS) -> tuple[dict[str, float], Rates]:
    """Return the ratios and the rates behind them. ``server`` is HOST:PORT without encryption."""
    sides: dict[str, tuple[Work, Work]] = {
        "kafka-python": (_produce_with_ours, _consume_with_ours),
        "confluent-kafka": (_produce_with_the_other, _consume_with_the_other),
    }
    seconds: dict[str, dict[str, list[float]]] = {name: {"produce": [], "consume": []} for name in sides}
    admin = new_admin({"bootstrap_servers": server})
    for number in range(1 + ROUNDS):
        for name, (produce, consume) in sides.items():
            topic = f"bench-{uuid4().hex}"
            admin.create_topics({topic: {"num_partitions": PARTITIONS}}, wait_for_metadata=True)
            for act, do in (("produce", produce), ("consume", consume)):
                began_at_s = time.perf_counter()
                do(server, topic, records)
                if number > 0:
                    seconds[name][act].append(time.perf_counter() - began_at_s)
            admin.delete_topics([topic])
    admin.close()
    rates = {
        name: {act: records / statistics.median(spent) for act, spent in acts.items()} for name, acts in seconds.items()
    }
    ours, other = rates["kafka-python"], rates["confluent-kafka"]
    return {act: round(ours[act] / other[act], 3) for act in ours}, rates


def _produce_with_ours(server: str, topic: str, records: int) -> None:
    producer = new_producer({"bootstrap_servers": server})
    answers = [producer.send(topic, key=_KEYS[number % 48], value=_VALUE) for number in range(records)]
    producer.flush()
    assert all(answer.succeeded() for answer in answers)
    producer.close()


def _consume_with_ours(server: str, topic: str, records: int) -> None:
    consumer = new_consumer({"bootstrap_servers": server})
    consumer.assign([TopicPartition(topic, number) for number in range(PARTITIONS)])
    left = records
    while left:
        left -= sum(map(len, consumer.poll(timeout_ms=1000).values()))
    consumer.close()


def _produce_with_the_other(server: str, topic: str, records: int) -> None:
    producer = confluent_kafka.Producer(
        {"bootstrap.servers": server, "enable.idempotence": True, "batch.size": 262_144, "linger.ms": 20}
    )
    refused: list[Any] = []
    for number in range(records):
        producer.produce(
            topic, _VALUE, _KEYS[number % 48], on_delivery=lambda error, _: refused.append(error) if error else None
        )
        producer.poll(0)
    producer.flush()
    assert not refused


def _consume_with_the_other(server: str, topic: str, records: int) -> None:
    consumer = confluent_kafka.Consumer(
        {
            "bootstrap.servers": server,
            "group.id": "bench",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "check.crcs": True,
        }
    )
    beginning = confluent_kafka.OFFSET_BEGINNING
    consumer.assign([confluent_kafka.TopicPartition(topic, number, beginning) for number in range(PARTITIONS)])
    left = records
    while left:
        left -= len(consumer.consume(500, timeout=1.0))
    consumer.close()


def main() -> None:
    arguments = argparse.ArgumentParser(description="Set our Kafka client beside the other one.")
    arguments.add_argument("--json", action="store_true", help="print one JSON object")
    asked = arguments.parse_args()
    with ExitStack() as opened:
        given = os.environ.get("FOOTFALL_TEST_KAFKA")
        url = given or opened.enter_context(KafkaBroker()).url
        ratio, rates = client_ratio(url.removeprefix("kafka://"))
    if asked.json:
        print(json.dumps({"client_ratio": ratio, "rates": rates}, indent=2))
        return
    print(f"{RECORDS:,} records of {RECORD_BYTES:,} bytes, records/s")
    for name, acts in rates.items():
        print(f"  {name:16} produce {acts['produce']:9,.0f}   consume {acts['consume']:9,.0f}")
    print(f"  {'ratio':16} produce {ratio['produce']:9.2f}   consume {ratio['consume']:9.2f}")


if __name__ == "__main__":
    main()
