"""Prometheus metrics; docs/reference/metrics.md lists them."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from memorizer.domain.jobs import MAX_ATTEMPTS, JobState, Queue
from memorizer.domain.search import Leg
from memorizer.supervision import Supervisor

_JOB_SECONDS = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300, 1_800)
_BATCH_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
_BATCH_TEXTS = (1, 2, 4, 8, 16, 32, 64, 128)
_QUERY_RESULTS = {True: "hit", False: "miss"}
_LEG_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5)


class LoopMetrics(Collector):
    """Metrics of this process's background loops, read at each scrape."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor

    def collect(self) -> Iterator[Metric]:
        restarts = CounterMetricFamily(
            "memorizer_loop_restarts",
            "How often a loop was started again after an unexpected error.",
            labels=["loop"],
        )
        up = GaugeMetricFamily("memorizer_loop_up", "Whether a loop works.", labels=["loop"])
        failing = {failure.loop for failure in self._supervisor.failures}
        for loop, count in sorted(self._supervisor.restarts.items()):
            restarts.add_metric([loop], count)
            up.add_metric([loop], loop not in failing)
        yield restarts
        yield up


class PrometheusTelemetry:
    """Implements ports.telemetry.Telemetry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        job = ("queue", "name")
        self._attempts = Counter(
            "memorizer_job_attempts",
            "Attempts to run a job, by the state in which they left it.",
            (*job, "state"),
            registry=registry,
        )
        self._duration = Histogram(
            "memorizer_job_duration_seconds",
            "How long one attempt to run a job took.",
            job,
            buckets=_JOB_SECONDS,
            registry=registry,
        )
        self._attempt_number = Histogram(
            "memorizer_job_attempt_number",
            "Which attempt it was; above 1 means that jobs are tried again.",
            job,
            buckets=tuple(range(1, MAX_ATTEMPTS + 1)),
            registry=registry,
        )
        self._batch_size = Histogram(
            "memorizer_embedding_batch_size",
            "Texts that went through the embedding model together.",
            buckets=_BATCH_TEXTS,
            registry=registry,
        )
        self._batch_seconds = Histogram(
            "memorizer_embedding_batch_seconds",
            "How long the embedding model took for one batch.",
            buckets=_BATCH_SECONDS,
            registry=registry,
        )
        self._queries = Counter(
            "memorizer_query_embeddings",
            "Vectors of queries: remembered from before, or computed.",
            ("result",),
            registry=registry,
        )
        for result in _QUERY_RESULTS.values():
            self._queries.labels(result)  # a rate needs the series before its first event
        self._leg_seconds = Histogram(
            "memorizer_search_leg_seconds",
            "How long one leg of a search took.",
            ("leg",),
            buckets=_LEG_SECONDS,
            registry=registry,
        )

    def attempt_ended(
        self, queue: Queue, name: str, state: JobState, seconds: float, attempt: int
    ) -> None:
        self._attempts.labels(queue.value, name, state.value).inc()
        self._duration.labels(queue.value, name).observe(seconds)
        self._attempt_number.labels(queue.value, name).observe(attempt)

    def batch_embedded(self, texts: int, seconds: float) -> None:
        self._batch_size.observe(texts)
        self._batch_seconds.observe(seconds)

    def query_embedded(self, *, remembered: bool) -> None:
        self._queries.labels(_QUERY_RESULTS[remembered]).inc()

    def leg_searched(self, leg: Leg, seconds: float) -> None:
        self._leg_seconds.labels(leg.value).observe(seconds)
