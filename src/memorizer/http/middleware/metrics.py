"""Counts requests and times them, by route."""

from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


_REFUSAL_REASONS = ("no_token", "wrong_token", "scope", "pace")


class HttpMetrics:
    """Prometheus metrics of HTTP; clients cannot create new label values."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._requests = Counter(
            "memorizer_http_requests", "Requests answered.", labels, registry=self.registry
        )
        self._seconds = Histogram(
            "memorizer_http_request_duration_seconds",
            "Time until a reply began; a stream goes on after that.",
            labels[:2],
            buckets=_BUCKETS_SECONDS,
            registry=self.registry,
        )

        self._refused = Counter(
            "memorizer_refused_requests",
            "Requests that were not let in.",
            ("reason",),
            registry=self.registry,
        )
        for reason in _REFUSAL_REASONS:
            self._refused.labels(reason)  # so that each series exists from the start

    def refused(self, reason: str) -> None:
        """Count a refused request, by reason."""
        self._refused.labels(reason).inc()

    def answered(self, scope: Scope, status: int, seconds: float) -> None:
        """Count one reply and the seconds until it began."""
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = getattr(scope.get("route"), "path", None) or "unknown"
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)


class MetricsMiddleware:
    """Counts and times every request."""

    def __init__(self, app: ASGIApp, metrics: HttpMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the request and time it up to the head of its reply."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = perf_counter()

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._metrics.answered(scope, message["status"], perf_counter() - start)
            await send(message)

        await self._app(scope, receive, send_on)
