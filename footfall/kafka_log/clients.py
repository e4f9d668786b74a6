"""The three kinds of client, made as this program needs them and ended without a trace."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.errors import KafkaError
from kafka.net.compat import KafkaNetClient

from footfall.kafka_log.receiving import receive_in_large_pieces

_ENDS_WITHIN_S = 5.0
# The client copies an answer several times: one that a processor's cache holds is taken four times as fast. With half
# of this a matcher takes a tenth longer: for each batch it waits for the broker four times.
_FETCHED_AT_ONCE_BYTES = 8_388_608
# What is handed over in one go travels together. Nobody waits for it: a batch ends with a flush, which sends at once.
# Not for longer, so that the broker is at work already while a consumer has yet something to do before its flush.
_LINGER_MS = 5

receive_in_large_pieces()


def new_producer(options: Mapping[str, Any], **more: Any) -> KafkaProducer:
    """Return a producer whose records count once all replicas in sync have them, and once however often it retries.

    Nothing is compressed: what travels are JPEGs and embeddings.
    """
    with _connections() as connections:
        return KafkaProducer(
            **options,
            **more,
            acks="all",
            enable_idempotence=True,
            compression_type=None,
            batch_size=262_144,
            linger_ms=_LINGER_MS,
            max_request_size=1_048_576,
            max_block_ms=10_000,
            allow_auto_create_topics=False,
            metrics_enabled=False,
            kafka_client=connections,
        )


def let_go(producer: KafkaProducer) -> None:
    """End a producer, and with it whatever it has not sent.

    Its own ``close`` would raise for what is left and go on sending it behind our back.
    """
    producer._sender.force_close()
    producer._sender.join(_ENDS_WITHIN_S)
    with suppress(KafkaError):
        producer.close(timeout=0)


def new_consumer(options: Mapping[str, Any], **more: Any) -> KafkaConsumer:
    """Return a consumer that begins at the oldest record and commits nothing by itself."""
    with _connections() as connections:
        return KafkaConsumer(
            **options,
            **more,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            allow_auto_create_topics=False,
            max_partition_fetch_bytes=_FETCHED_AT_ONCE_BYTES,
            fetch_max_bytes=_FETCHED_AT_ONCE_BYTES,
            metrics_enabled=False,
            kafka_client=connections,
        )


def new_admin(options: Mapping[str, Any]) -> KafkaAdminClient:
    """Return a client for topics and groups."""
    with _connections() as connections:
        return KafkaAdminClient(**options, kafka_client=connections)


class _Connections:
    """Makes the network part of a client, and remembers it."""

    def __init__(self) -> None:
        self.made: list[KafkaNetClient] = []

    def __call__(self, **options: Any) -> KafkaNetClient:
        self.made.append(KafkaNetClient(**options))
        return self.made[-1]


@contextmanager
def _connections() -> Iterator[_Connections]:
    # A client that finds no broker raises from its constructor, and leaves its thread and its sockets to nobody.
    connections = _Connections()
    try:
        yield connections
    except BaseException:
        for made in connections.made:
            made.close()
        raise
