"""What can be measured of a role while it runs. docs/metrics.md lists the same, and a test compares."""

import threading
from dataclasses import dataclass
from enum import StrEnum

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)

# They would double the page, to say when the process began to count.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Kind(StrEnum):
    """How a metric behaves: it only grows, it stands somewhere, or it is spread over buckets."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric: its name, how it behaves, a line on what it means, and by what it is told apart."""

    name: str
    kind: Kind
    meaning: str
    labels: tuple[str, ...] = ()


READY = Metric(name="footfall_ready", kind=Kind.GAUGE, meaning="1 while /readyz answers 200, else 0.")
RECORDS = Metric(
    name="footfall_records_total",
    kind=Kind.COUNTER,
    meaning="Records of the log that a consumer group has handled and committed here.",
    labels=("group",),
)
BATCH_SECONDS = Metric(
    name="footfall_batch_seconds",
    kind=Kind.HISTOGRAM,
    meaning="From a batch polled to its offsets committed.",
    labels=("group",),
)
LAG = Metric(
    name="footfall_lag_records",
    kind=Kind.GAUGE,
    meaning="Records that wait in the partitions owned here; measured every five seconds.",
    labels=("group",),
)
PARTITIONS = Metric(
    name="footfall_partitions", kind=Kind.GAUGE, meaning="Partitions of the log owned here.", labels=("group",)
)
RETRIES = Metric(
    name="footfall_retries_total",
    kind=Kind.COUNTER,
    meaning="Batches that were handled again because log or database were away.",
    labels=("group",),
)
DEAD_LETTERS = Metric(
    name="footfall_dead_letters_total",
    kind=Kind.COUNTER,
    meaning="Records that could not be handled and lie in the topic dead-letters.",
    labels=("group",),
)
LATENCY = Metric(
    name="footfall_latency_seconds",
    kind=Kind.HISTOGRAM,
    meaning="From a best shot told by its camera to its sighting decided, and to its visit and its arrival in the "
    "database; by the clocks of the machines concerned.",
    labels=("until",),
)
CLOCK_AHEAD = Metric(
    name="footfall_clock_ahead_seconds",
    kind=Kind.GAUGE,
    meaning="By how much the clock of a camera's machine is ahead of the matcher's, less the time that a best shot "
    "takes; beyond a minute the matcher warns.",
    labels=("store", "camera"),
)
TEMPLATES = Metric(
    name="footfall_templates",
    kind=Kind.GAUGE,
    meaning="Templates of all stores that a matcher knows, without those it learnt since its last snapshot.",
)
FRAMES = Metric(
    name="footfall_camera_frames_total",
    kind=Kind.COUNTER,
    meaning="Frames of a camera that were looked at.",
    labels=("camera",),
)
FRAMES_DROPPED = Metric(
    name="footfall_camera_frames_dropped_total",
    kind=Kind.COUNTER,
    meaning="Frames of a camera that were passed over because a later one had come.",
    labels=("camera",),
)
TRACKS = Metric(
    name="footfall_camera_tracks_total",
    kind=Kind.COUNTER,
    meaning="Faces that a camera followed to their end.",
    labels=("camera",),
)
USABLE_TRACKS = Metric(
    name="footfall_camera_usable_tracks_total",
    kind=Kind.COUNTER,
    meaning="Those of them of which at least one picture was good enough to recognise.",
    labels=("camera",),
)
CAMERA_UP = Metric(
    name="footfall_camera_up",
    kind=Kind.GAUGE,
    meaning="1 while a camera gives frames, else 0.",
    labels=("camera",),
)
SPOOL_BYTES = Metric(
    name="footfall_spool_bytes", kind=Kind.GAUGE, meaning="What waits on disk for the log to come back."
)
LOST = Metric(
    name="footfall_lost_total",
    kind=Kind.COUNTER,
    meaning="Crops that never reached the log, by reason.",
    labels=("reason",),
)
ARRIVALS_WITHHELD = Metric(
    name="footfall_arrivals_withheld_total",
    kind=Kind.COUNTER,
    meaning="Sightings of members that are no arrival, as their picture may hang there, by reason: still, picture or "
    "unscored.",
    labels=("reason",),
)
DELIVERIES = Metric(
    name="footfall_deliveries_total",
    kind=Kind.COUNTER,
    meaning="Attempts to send an event to a webhook or a report by mail, by outcome: delivered or failed.",
    labels=("outcome",),
)
DELIVERIES_WAITING = Metric(
    name="footfall_deliveries_waiting",
    kind=Kind.GAUGE,
    meaning="Messages that have not arrived yet, by receiver; looked at every quarter of a minute.",
    labels=("target",),
)
RECONCILIATIONS = Metric(
    name="footfall_reconciliations_total",
    kind=Kind.COUNTER,
    meaning="Nights on which everybody was looked at again here, done or failed; what failed is tried again.",
    labels=("outcome",),
)
RECONCILED = Metric(
    name="footfall_reconciled_total",
    kind=Kind.COUNTER,
    meaning="FaceIds that reconciliation by night merged or split here.",
    labels=("kind",),
)
REVIEW_WAITING = Metric(
    name="footfall_review_waiting",
    kind=Kind.GAUGE,
    meaning="Merges and splits that were likely but not sure when everybody was last looked at here by night.",
)
API_REQUESTS = Metric(
    name="footfall_api_requests_total",
    kind=Kind.COUNTER,
    meaning="Requests to the recognition service that were answered, by route (other: none of them) and status.",
    labels=("route", "status"),
)
API_SECONDS = Metric(
    name="footfall_api_seconds",
    kind=Kind.HISTOGRAM,
    meaning="From the last byte of a request to the recognition service to the first of its answer.",
    labels=("route",),
)
PICTURES_REFUSED = Metric(
    name="footfall_api_pictures_refused_total",
    kind=Kind.COUNTER,
    meaning="Pictures that the recognition service did not take, by reason.",
    labels=("reason",),
)

METRICS = (
    READY, RECORDS, BATCH_SECONDS, LAG, PARTITIONS, RETRIES, DEAD_LETTERS, LATENCY, CLOCK_AHEAD, TEMPLATES, FRAMES,
    FRAMES_DROPPED, TRACKS, USABLE_TRACKS, CAMERA_UP, SPOOL_BYTES, LOST, ARRIVALS_WITHHELD, DELIVERIES,
    DELIVERIES_WAITING, RECONCILIATIONS, RECONCILED, REVIEW_WAITING, API_REQUESTS, API_SECONDS, PICTURES_REFUSED,
)  # fmt: skip


class Meters:
    """The metrics of one process, each there once it has been set. Safe to use from several threads."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)  # memory, CPU and open files of the process, under its own names
        self._lock = threading.Lock()
        self._counters: dict[str, Counter] = {}
        self._gauges: dict[str, Gauge] = {}
        self._histograms: dict[str, Histogram] = {}

    def add(self, counter: Metric, amount: float = 1.0, **labels: str) -> None:
        """Let a counter grow."""
        with self._lock:
            if counter.name not in self._counters:
                made = Counter(counter.name, counter.meaning, counter.labels, registry=self._registry)
                self._counters[counter.name] = made
        found = self._counters[counter.name]
        (found.labels(**labels) if labels else found).inc(amount)

    def set(self, gauge: Metric, value: float, **labels: str) -> None:
        """Set a gauge."""
        with self._lock:
            if gauge.name not in self._gauges:
                made = Gauge(gauge.name, gauge.meaning, gauge.labels, registry=self._registry)
                self._gauges[gauge.name] = made
        found = self._gauges[gauge.name]
        (found.labels(**labels) if labels else found).set(value)

    def observe(self, histogram: Metric, value: float, **labels: str) -> None:
        """Enter a value into a histogram of seconds."""
        with self._lock:
            if histogram.name not in self._histograms:
                made = Histogram(
                    histogram.name, histogram.meaning, histogram.labels, registry=self._registry, buckets=_SECONDS
                )
                self._histograms[histogram.name] = made
        found = self._histograms[histogram.name]
        (found.labels(**labels) if labels else found).observe(value)

    def page(self) -> bytes:
        """Return everything in Prometheus's text format."""
        return generate_latest(self._registry)
