"""What the parts of the HTTP application share, with types."""

from typing import Final

from prometheus_client import CollectorRegistry
from starlette.applications import Starlette

from memorizer.http.auth.authenticator import Authenticator
from memorizer.http.auth.rate_limit import StreamLimit, TokenBucket
from memorizer.http.middleware.metrics import HttpMetrics
from memorizer.http.oauth.addresses import PublicAddress
from memorizer.services import Services

OAUTH_REQUESTS_PER_MINUTE: Final = 300
"""Of one address to the addresses of OAuth, which need no token."""


class AppState:
    """The state of one application; `services` and `metrics_registry` are set by the lifespan."""

    services: Services
    metrics_registry: CollectorRegistry

    def __init__(
        self,
        authenticator: Authenticator,
        *,
        http_metrics: HttpMetrics,
        stream_limit: StreamLimit,
        route_methods: dict[str, set[str]],
        root_path: str = "",
        public_address: PublicAddress | None = None,
    ) -> None:
        self.authenticator = authenticator
        self.http_metrics = http_metrics
        self.stream_limit = stream_limit
        self.route_methods = route_methods
        """The methods of each path template, over all its routes."""
        self.root_path = root_path
        self.public_address = public_address
        """Where clients of OAuth reach this server; None: OAuth is off."""
        self.oauth_requests = TokenBucket(
            OAUTH_REQUESTS_PER_MINUTE, who="This address", setting="", max_clients=10_000
        )
        self.is_draining = False
        self.instance_id = ""
        self.command: tuple[str, ...] = ("memorizer",)
        """How this program is started, for agents on the same machine."""
        self.data_dir = ""


def attach(app: Starlette, state: AppState) -> None:
    """Give the application its state."""
    app.state.memorizer = state


def state_of(app: Starlette) -> AppState:
    """Return the state that `attach` gave to the application."""
    state: AppState = app.state.memorizer
    return state
