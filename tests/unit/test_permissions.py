"""The table of scopes: every route is decided on purpose."""

from collections.abc import Iterator

import pytest
from starlette.routing import BaseRoute, Mount, Route

from memorizer.domain.auth import Scope
from memorizer.http.app import create_app
from memorizer.http.auth.permissions import READING, TABLE, AccessLevel, required_access
from memorizer.mcp.http_transport import HttpTransport

CATCH_ALL = "/**"
TOLD_TO_READERS = {
    "/api/admin/events",
    "/api/admin/lifecycle",
    "/api/admin/jobs/{jobId}",
    "/api/admin/jobs/{jobId}/progress",
}
OPEN_TO_ALL = {"/api/session", "/api/health"}
READ_BY_POST = {"/api/search", "/api/session", "/mcp", "/mcp/", "/mcp/{workspace:path}"}


def routes() -> list[tuple[str, str]]:
    """Method and path of all there is, page and documentation included."""
    app = create_app(mcp_app=HttpTransport("core"))
    return sorted(set(_walked(app.router.routes)))


def _walked(routes: list[BaseRoute]) -> Iterator[tuple[str, str]]:
    for route in routes:
        if isinstance(route, Mount):
            yield "GET", f"{route.path}/x"
        elif isinstance(route, Route):
            for method in route.methods or {"GET", "POST", "DELETE"}:
                yield method, route.path
        else:
            original = getattr(route, "original_router", None)
            assert original is not None, f"a kind of route that this walk does not know: {route!r}"
            yield from _walked(original.routes)


every_route = pytest.mark.parametrize(("method", "path"), routes())


def test_the_walk_finds_the_routes_there_are() -> None:
    assert {("GET", "/api/memories"), ("POST", "/mcp"), ("GET", "/"), ("GET", "/assets/x")} <= set(
        routes()
    )


@every_route
def test_every_door_is_decided_by_the_table(method: str, path: str) -> None:
    assert any(rule.matches(method, path) for rule in TABLE)


@every_route
def test_whatever_changes_something_needs_write_at_least(method: str, path: str) -> None:
    if method not in READING and path not in READ_BY_POST:
        assert required_access(method, path) in {Scope.WRITE, Scope.ADMIN}


@every_route
def test_the_admin_routes_need_admin_but_those_that_only_tell(method: str, path: str) -> None:
    if path.startswith("/api/admin/"):
        told = method in READING and path in TOLD_TO_READERS
        assert required_access(method, path) is (Scope.READ if told else Scope.ADMIN)


@every_route
def test_nothing_that_holds_memories_is_open_to_strangers(method: str, path: str) -> None:
    if path.startswith(("/api/", "/mcp", "/metrics")) and path not in OPEN_TO_ALL:
        assert isinstance(required_access(method, path), Scope)


@pytest.mark.parametrize(
    "path",
    [
        "/api/admin/../memories",
        "/api//admin/tokens",
        "//api/admin/tokens",
        "/API/ADMIN/TOKENS",
        "/api/admin/tokens/",
        "/api/admin/tokens;x",
        "/healthz/../api/stats",
        "/healthz/",
        "/assets",
        "/api/admin/jobs/a/b/progress",
        "/api/admin/jobs/a\nb",
        "",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "BREW"])
def test_no_odd_spelling_is_open(method: str, path: str) -> None:
    assert isinstance(required_access(method, path), Scope)


def test_whoever_purges_for_ever_is_an_admin() -> None:
    for path in ("/api/trash", "/api/trash/1", "/api/memories/1/versions/2"):
        assert required_access("DELETE", path) is Scope.ADMIN


def test_the_first_line_that_fits_decides() -> None:
    assert required_access("GET", "/healthz") is AccessLevel.PUBLIC
    assert required_access("POST", "/healthz") is Scope.WRITE
    assert TABLE[-1].path == CATCH_ALL
