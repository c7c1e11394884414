"""The scope each route needs: the first matching row of one table decides.

docs/reference/access.md is generated from it, route by route.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Final

from memorizer.domain.auth import Scope
from memorizer.http.spa import PAGE_PATHS, ROOT_FILES


class AccessLevel(Enum):
    """Routes that need no scope."""

    PUBLIC = "public"
    """No authentication."""
    OPTIONAL = "anyone"
    """Optional authentication: the reply depends on the identity, if any."""


RequiredAccess = Scope | AccessLevel

OAUTH_PATHS: Final = ("/register", "/authorize", "/token", "/revoke")
"""Where clients of MCP look for an authorization server that has no metadata."""

READING: Final = ("GET", "HEAD")
ANY: Final = ()


@dataclass(frozen=True)
class RoutePermission:
    """A row of the table. In a path `*` is one segment, a trailing `**` all segments below."""

    required_access: RequiredAccess
    methods: tuple[str, ...]
    path: str

    def matches(self, method: str, path: str) -> bool:
        """Whether this row applies to a request."""
        return (not self.methods or method in self.methods) and bool(self._pattern.fullmatch(path))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        pattern = re.escape(self.path).replace(r"\*\*", ".*").replace(r"\*", "[^/]+")
        return re.compile(pattern, re.DOTALL)


def _page() -> Iterable[str]:
    """Yield the paths of the web page: static files without data."""
    yield from (re.sub(r"{\w+:path}", "**", address) for address in PAGE_PATHS)
    yield from (f"/{name}" for name in ROOT_FILES)
    yield from ("/assets/**", "/docs", "/docs/assets/**", "/openapi.json")


TABLE: Final = (
    *(
        RoutePermission(AccessLevel.PUBLIC, READING, path)
        for path in ("/healthz", "/health", "/api/health")
    ),
    *(RoutePermission(AccessLevel.PUBLIC, READING, path) for path in _page()),
    # clients that look for a login here must be told that there is none, not to log in
    RoutePermission(AccessLevel.PUBLIC, ANY, "/.well-known/**"),
    *(RoutePermission(AccessLevel.PUBLIC, ANY, path) for path in OAUTH_PATHS),
    RoutePermission(AccessLevel.PUBLIC, ANY, "/register/*"),
    RoutePermission(AccessLevel.OPTIONAL, READING, "/readyz"),
    RoutePermission(AccessLevel.OPTIONAL, ANY, "/api/session"),
    # change notifications and the progress of a job whose id is known are for every reader
    RoutePermission(Scope.READ, READING, "/api/admin/events"),
    RoutePermission(Scope.READ, READING, "/api/admin/lifecycle"),
    RoutePermission(Scope.READ, READING, "/api/admin/jobs/*"),
    RoutePermission(Scope.READ, READING, "/api/admin/jobs/*/progress"),
    RoutePermission(Scope.ADMIN, ANY, "/api/admin/**"),
    RoutePermission(Scope.READ, ("POST",), "/api/search"),
    RoutePermission(Scope.WRITE, ("PUT", "DELETE"), "/api/memories/by-key/**"),
    RoutePermission(Scope.ADMIN, ("DELETE",), "/api/memories/*/versions/*"),
    # deleted memories are visible to those who may delete; purging needs admin
    RoutePermission(Scope.ADMIN, ("DELETE",), "/api/trash"),
    RoutePermission(Scope.ADMIN, ("DELETE",), "/api/trash/*"),
    RoutePermission(Scope.WRITE, ANY, "/api/trash"),
    RoutePermission(Scope.WRITE, ANY, "/api/trash/**"),
    # each tool checks the scope it needs
    RoutePermission(Scope.READ, ANY, "/mcp"),
    RoutePermission(Scope.READ, ANY, "/mcp/**"),
    RoutePermission(Scope.READ, READING, "/**"),
    RoutePermission(Scope.WRITE, ANY, "/**"),
)


def required_access(method: str, path: str) -> RequiredAccess:
    """Return the scope or access level a request needs, whether or not the route exists."""
    return next((rule.required_access for rule in TABLE if rule.matches(method, path)), Scope.ADMIN)
