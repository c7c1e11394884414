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
from memorizer.http.docs import add_docs
from memorizer.http.errors import HANDLERS
from memorizer.http.middleware.body_limit import BodyLimit
from memorizer.http.middleware.guard import Guard
from memorizer.http.middleware.measure import HttpMetrics, Measure
from memorizer.http.middleware.request_context import RequestContext
from memorizer.http.openapi import DescribedApp
from memorizer.http.page import add_page
from memorizer.http.routes import (
    history,
    jobs,
    memories,
    observability,
    queues,
    relationships,
    search,
    statistics,
    streams,
)

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
ROUTERS: Final = (
    memories.router,
    history.router,
    search.router,
    relationships.router,
    statistics.router,
    jobs.router,
    streams.router,
    queues.router,
    observability.router,
)
AGENTS: Final = ("/mcp", "/mcp/")
DESCRIPTION: Final = """\
Long-term memory for AI agents and the people who run them.

Every error has the same shape: `error` (a short name), `message` (what happened and what to
do), and where they help `details` and a `hint`. A memory's version is its `ETag`; a change with
`If-Match` fails with 409 when somebody else was first. Times of memories are ISO 8601 in UTC,
times of jobs are UTC milliseconds.
"""
TAGS: Final = [
    {"name": "memories", "description": "Store, read and change what is remembered."},
    {"name": "history", "description": "Versions, differences and events; going back."},
    {"name": "search", "description": "Find memories by words and by meaning."},
    {"name": "relationships", "description": "State how memories belong together."},
    {"name": "statistics", "description": "What is in the store."},
    {"name": "jobs", "description": "Background jobs and their live progress."},
    {"name": "queues", "description": "The queues as a whole, and who works on them."},
    {"name": "health", "description": "For machines that look after this one."},
]


def create_app(
    *,
    lifespan: Lifespan[FastAPI] | None = None,
    max_body_bytes: int = 4_000_000,
    allowed_hosts: frozenset[str] = LOOPBACK,
    agents: ASGIApp | None = None,
) -> FastAPI:
    """The application; the lifespan sets `app.state.services` and `app.state.metrics`.

    What answers to agents, if it is given, stands at /mcp behind the same guard.
    """
    metrics = HttpMetrics()
    app = DescribedApp(
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
        middleware=[
            Middleware(RequestContext),
            Middleware(Measure, metrics=metrics),
            Middleware(Guard, allowed_hosts=allowed_hosts),
            Middleware(BodyLimit, max_bytes=max_body_bytes),
        ],
    )
    app.state.http_metrics = metrics
    app.state.methods = _methods()
    for router in ROUTERS:
        app.include_router(router)
    add_docs(app)
    add_page(app)
    if agents is not None:
        # both spellings: a redirect would lose a client's headers
        app.router.routes.extend(Route(path, agents) for path in AGENTS)
    return app


def openapi_text() -> str:
    """The committed openapi.json, byte for byte."""
    return json.dumps(create_app().openapi(), indent=2, ensure_ascii=False) + "\n"


def _methods() -> dict[str, set[str]]:
    """The methods of each address, over all its routes."""
    methods: defaultdict[str, set[str]] = defaultdict(set)
    for router in ROUTERS:
        for route in router.routes:
            if isinstance(route, APIRoute):
                methods[route.path].update(route.methods or ())
    return dict(methods)


def _operation_id(route: APIRoute) -> str:
    return route.name
