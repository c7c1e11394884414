"""The HTTP application."""

import json
from collections import defaultdict
from typing import Final

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import ASGIApp, Lifespan

from memorizer import __version__
from memorizer.http.app_state import AppState, attach
from memorizer.http.auth.authenticator import Authenticator, AuthPolicy
from memorizer.http.auth.rate_limit import StreamLimit
from memorizer.http.docs import add_docs
from memorizer.http.error_handlers import HANDLERS
from memorizer.http.errors import problems
from memorizer.http.middleware.authentication import AuthenticationMiddleware
from memorizer.http.middleware.body_limit import BodyLimit
from memorizer.http.middleware.draining import DrainingMiddleware
from memorizer.http.middleware.head import Head
from memorizer.http.middleware.json_rpc_errors import JsonRpcErrors
from memorizer.http.middleware.metrics import HttpMetrics, MetricsMiddleware
from memorizer.http.middleware.request_context import RequestContext
from memorizer.http.middleware.root_path import RootPath
from memorizer.http.middleware.trusted_host import TrustedHostMiddleware
from memorizer.http.oauth.addresses import PublicAddress
from memorizer.http.oauth.cors import OAuthCors
from memorizer.http.oauth.routes import add_oauth
from memorizer.http.openapi import MemorizerApi
from memorizer.http.routes import (
    backups,
    captures,
    connect,
    context,
    documents,
    duplicates,
    history,
    jobs,
    keyed_memories,
    memories,
    observability,
    proposals,
    queues,
    recalls,
    relationships,
    search,
    secrets,
    session,
    statistics,
    streams,
    tokens,
    transfer,
    trash,
    workspaces,
)
from memorizer.http.spa import add_spa

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
ROUTERS: Final = (
    keyed_memories.router,  # first: `by-key` and `batch` are no ids
    memories.router,
    workspaces.router,
    documents.router,
    transfer.router,
    trash.router,
    history.router,
    search.router,
    duplicates.router,
    proposals.router,
    captures.router,
    relationships.router,
    context.router,
    statistics.router,
    recalls.router,
    jobs.router,
    streams.router,
    queues.router,
    backups.router,
    secrets.router,
    tokens.router,
    session.router,
    connect.router,
    observability.router,
)
MCP_PATHS: Final = ("/mcp", "/mcp/", "/mcp/{workspace:path}")
OPEN: Final = AuthPolicy()
DESCRIPTION: Final = """\
Long-term memory for AI agents and the people who run them.

Every error has the same shape: `error` (a short name), `message` (what happened and what to
do), and where useful `details` and a `hint`. A memory's version is its `ETag`; a change with
`If-Match` fails with 409 if it was changed meanwhile. Times of memories are ISO 8601 in UTC,
times of jobs are UTC milliseconds.
"""
TAGS: Final = [
    {"name": "memories", "description": "Create, read, update, archive and delete memories."},
    {"name": "workspaces", "description": "Workspaces and projects, in which memories live."},
    {
        "name": "documents",
        "description": "Files and web pages whose parts are memories: ingest, list, delete them.",
    },
    {"name": "transfer", "description": "Import and export of memories as files."},
    {"name": "trash", "description": "Deleted memories: restore or permanently delete them."},
    {"name": "history", "description": "Versions, differences and events; reverting to a version."},
    {"name": "search", "description": "Find memories by words and by meaning."},
    {"name": "relationships", "description": "Relationships between memories."},
    {"name": "proposals", "description": "Proposed changes: accept, decline, undo."},
    {"name": "recalls", "description": "Which memories were shown to whom."},
    {"name": "statistics", "description": "Statistics of the store."},
    {"name": "jobs", "description": "Background jobs and their live progress."},
    {"name": "queues", "description": "Queue statistics, pausing, throughput, groups and workers."},
    {"name": "backups", "description": "Backups of the database, made while the server runs."},
    {"name": "access", "description": "Access tokens and browser sessions."},
    {"name": "health", "description": "Health checks and metrics."},
]


def create_app(
    *,
    lifespan: Lifespan[FastAPI] | None = None,
    max_body_bytes: int = 4_000_000,
    max_upload_bytes: int = 50_000_000,
    max_import_bytes: int = 200_000_000,
    allowed_hosts: frozenset[str] = LOOPBACK,
    mcp_app: ASGIApp | None = None,
    auth_policy: AuthPolicy = OPEN,
    any_address: bool = False,
    max_streams: int = 100,
    request_seconds: float = 60.0,
    root_path: str = "",
    public_address: PublicAddress | None = None,
) -> FastAPI:
    """Build the application; the lifespan sets `services` and `metrics_registry` of its state.

    `mcp_app`, if given, is mounted at /mcp behind the same middleware. `any_address` accepts
    any IP address as Host, for a server that listens on all of them. `root_path` is the path
    prefix of the whole site, as returned by `root_path.validated`. `public_address` turns OAuth on.
    """
    metrics = HttpMetrics()
    authenticator = Authenticator(auth_policy, metrics)
    app = MemorizerApi(
        title="Memorizer",
        version=__version__,
        description=DESCRIPTION,
        openapi_tags=TAGS,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
        exception_handlers=HANDLERS,
        lifespan=lifespan,
        servers=[{"url": root_path}] if root_path else None,
        middleware=[
            Middleware(RootPath, root_path=root_path),
            Middleware(JsonRpcErrors),
            Middleware(RequestContext),
            Middleware(DrainingMiddleware),
            Middleware(Head),
            Middleware(MetricsMiddleware, metrics=metrics),
            Middleware(OAuthCors, is_on=public_address is not None),
            Middleware(TrustedHostMiddleware, allowed_hosts=allowed_hosts, any_address=any_address),
            Middleware(AuthenticationMiddleware, authenticator=authenticator),
            Middleware(
                BodyLimit,
                max_bytes=max_body_bytes,
                seconds=request_seconds,
                uploads={
                    documents.PATH: max_upload_bytes + documents.FORM_BYTES,
                    transfer.PATH: max_import_bytes + documents.FORM_BYTES,
                },
            ),
        ],
        responses=problems(401, 429),
    )
    state = AppState(
        authenticator,
        http_metrics=metrics,
        stream_limit=StreamLimit(max_streams),
        route_methods=_route_methods(),
        root_path=root_path,
        public_address=public_address,
    )
    attach(app, state)
    for router in ROUTERS:
        app.include_router(router)
    if public_address is not None:
        add_oauth(app, public_address)
    add_docs(app, root_path)
    add_spa(app, root_path=root_path)
    if mcp_app is not None:
        # both spellings: a redirect would lose a client's headers; first, because agents call most
        # and to try all other routes took a quarter of what a call costs over the service
        app.router.routes[:0] = [Route(path, mcp_app) for path in MCP_PATHS]
    return app


def openapi_text() -> str:
    """Return the text of the committed openapi.json."""
    return json.dumps(create_app().openapi(), indent=2, ensure_ascii=False) + "\n"


def _route_methods() -> dict[str, set[str]]:
    """Return the methods of each path, over all its routes."""
    methods: defaultdict[str, set[str]] = defaultdict(set)
    for router in ROUTERS:
        for route in router.routes:
            if isinstance(route, APIRoute):
                methods[route.path].update(route.methods or ())
    return dict(methods)


def _operation_id(route: APIRoute) -> str:
    return route.name
