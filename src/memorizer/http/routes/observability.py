"""Routes and schemas for monitoring: liveness, readiness, Prometheus metrics."""

from time import time
from typing import Any, Literal, Self

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from memorizer.domain.jobs import JobState, QueueCounts
from memorizer.domain.timestamps import to_iso
from memorizer.http.app_state import state_of
from memorizer.http.dependencies import AdminServicesDep, IdentityDep, OpenServicesDep
from memorizer.http.errors import problems
from memorizer.http.schemas import ResponseModel, Timestamp, absent
from memorizer.services import Services, health
from memorizer.services.backups import Overview
from memorizer.services.health import MetricsSnapshot


class Alive(ResponseModel):
    """The process is alive."""

    status: Literal["ok"]
    timestamp: Timestamp


class Check(ResponseModel):
    """The latest check result of one component."""

    part: str = Field(examples=["database"])
    ok: bool = Field(examples=[True])
    detail: str = Field(examples=["readable and writable, 0.3 MB"])
    hint: str | SkipJsonSchema[None] = absent(description="What to do if it is not ok.")


class Readiness(ResponseModel):
    """Whether requests can be served."""

    status: Literal["ready", "degraded", "unavailable", "stopping"] = Field(
        description="degraded: memories are stored and found by words, but a component "
        "fails; unavailable: the database fails; stopping: the server is shutting down, use "
        "another one (the response status is 503 for these two)."
    )
    checks: list[Check]

    @classmethod
    def of(cls, checks: list[health.CheckResult]) -> Self:
        failing = {check.part for check in checks if not check.ok}
        status = "unavailable" if health.VITAL in failing else "degraded" if failing else "ready"
        parts = [Check(part=c.part, ok=c.ok, detail=c.detail, hint=c.hint) for c in checks]
        return cls.model_validate({"status": status, "checks": parts})


router = APIRouter(tags=["health"], responses=problems(400, 403))


METRICS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Prometheus text format.",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    }
}


@router.get("/health", include_in_schema=False)
@router.get("/api/health", include_in_schema=False)
@router.get("/healthz")
async def get_health(request: Request, response: Response) -> Alive:
    """Report that the process is alive."""
    if instance := state_of(request.app).instance_id:
        response.headers["Memorizer-Instance"] = instance  # for `memorizer mcp`
    return Alive(status="ok", timestamp=to_iso(int(time() * 1000)))


@router.get(
    "/readyz",
    responses={
        503: {
            "model": Readiness,
            "description": "The database fails, or the server is shutting down.",
        }
    },
)
async def get_readiness(
    request: Request, services: OpenServicesDep, identity: IdentityDep, response: Response
) -> Readiness:
    """Report the state of each component.

    Where tokens are required, anonymous callers get only the overall status; so do tokens that are
    bound to workspaces. Only a failing
    database makes the service unavailable (503): with a failing queue or embedder, memories are
    still stored and found by their words, and pending work is done later. Checks use
    the components, but results are cached for some seconds (of models, for a minute). The response
    does not wait for components slower than the database: it contains their latest result.
    """
    if state_of(request.app).is_draining:
        response.status_code = 503
        return Readiness(status="stopping", checks=[])
    readiness = Readiness.of(await services.readiness.checks())
    if readiness.status == "unavailable":
        response.status_code = 503
    is_bound = identity is not None and identity.grants is not None
    if is_bound or (identity is None and await _requires_token(request, services)):
        return readiness.model_copy(update={"checks": []})
    return readiness


async def _requires_token(request: Request, services: Services) -> bool:
    return await state_of(request.app).authenticator.policy.requires_token(services.auth)


@router.get("/metrics", response_class=Response, responses=METRICS)
async def get_metrics(request: Request, services: AdminServicesDep) -> Response:
    """Return all metrics, for Prometheus."""
    state = state_of(request.app)
    snapshot = await services.metrics.read()
    current = _Snapshot([*_queue_metrics(snapshot), *_backup_metrics(snapshot.backups)])
    registries = (state.metrics_registry, state.http_metrics.registry, current)
    text = b"".join(generate_latest(registry) for registry in registries)
    return Response(text, media_type=CONTENT_TYPE_LATEST)


class _Snapshot(CollectorRegistry):
    """Metrics that were read just now."""

    def __init__(self, metrics: list[Metric]) -> None:
        super().__init__()
        self._metrics = metrics

    def collect(self) -> list[Metric]:
        return self._metrics


def _queue_metrics(snapshot: MetricsSnapshot) -> list[Metric]:
    counts = snapshot.counts
    up = GaugeMetricFamily("memorizer_queue_up", "Whether the job queue answers and takes changes.")
    up.add_metric([], counts is not None and snapshot.queue_works)
    return [up] if counts is None else [up, *_count_metrics(counts)]


def _backup_metrics(overview: Overview | None) -> list[Metric]:
    if overview is None:
        return []
    failing = GaugeMetricFamily(
        "memorizer_backup_failing", "Whether the last attempt to make a backup failed."
    )
    failing.add_metric([], overview.failure is not None)
    made = GaugeMetricFamily(
        "memorizer_backup_last_success_timestamp_seconds", "When the last backup was begun."
    )
    size = GaugeMetricFamily("memorizer_backup_last_size_bytes", "How large it is.")
    if (good := overview.last_good) is not None and good.file is not None:
        made.add_metric([], good.started_at / 1000)
        size.add_metric([], good.file.bytes)
    return [failing, made, size]


def _count_metrics(counts: list[QueueCounts]) -> list[Metric]:
    jobs = GaugeMetricFamily("memorizer_jobs", "Jobs by state.", labels=["queue", "state"])
    paused = GaugeMetricFamily("memorizer_queue_paused", "Whether it is held.", labels=["queue"])
    for each in counts:
        paused.add_metric([each.queue], each.paused)
        for state in JobState:
            jobs.add_metric([each.queue, state], each.by_state.get(state, 0))
    return [jobs, paused]
