"""Telemetry becomes metrics."""

import pytest
from prometheus_client import CollectorRegistry

from memorizer.adapters.prometheus import PrometheusTelemetry
from memorizer.domain.jobs import GENERATE_TITLE, JobState, Queue
from memorizer.domain.search import Leg
from memorizer.ports.telemetry import Telemetry


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def telemetry(registry: CollectorRegistry) -> Telemetry:
    return PrometheusTelemetry(registry)


def test_attempts_are_counted_by_outcome(registry: CollectorRegistry, telemetry: Telemetry) -> None:
    for attempt, state in ((1, JobState.DELAYED), (2, JobState.COMPLETED)):
        telemetry.attempt_ended(Queue.TITLES, GENERATE_TITLE, state, 0.2, attempt)

    job = {"queue": "title-generation", "name": "generate-title"}
    value = registry.get_sample_value
    assert value("memorizer_job_attempts_total", job | {"state": "delayed"}) == 1
    assert value("memorizer_job_attempts_total", job | {"state": "completed"}) == 1
    assert value("memorizer_job_duration_seconds_sum", job) == pytest.approx(0.4)
    assert value("memorizer_job_attempt_number_bucket", job | {"le": "1.0"}) == 1


def test_batches_and_legs_are_measured(registry: CollectorRegistry, telemetry: Telemetry) -> None:
    telemetry.batch_embedded(16, 0.05)
    telemetry.leg_searched(Leg.FULL_TEXT, 0.002)

    value = registry.get_sample_value
    assert value("memorizer_embedding_batch_size_sum") == 16
    assert value("memorizer_embedding_batch_seconds_count") == 1
    assert value("memorizer_search_leg_seconds_sum", {"leg": "fullText"}) == pytest.approx(0.002)
