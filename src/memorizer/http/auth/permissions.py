"""Which scope each address needs: one table, read from the top; the first line that fits decides.

docs/reference/access.md is drawn from it, route by route.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Final

from memorizer.domain.auth import Scope
from memorizer.http.spa import ADDRESSES, BESIDE


class AccessLevel(Enum):
    """What is open to strangers."""

    PUBLIC = "public"
    """The same for everybody: nobody is asked for anything."""
    ANYONE = "anyone"
    """Everybody may ask, and who it is decides what they hear."""


Needs = Scope | AccessLevel

READING: Final = ("GET", "HEAD")
ANY: Final = ()


@dataclass(frozen=True)
class RoutePermission:
    """A line of the table. In a path `*` is one step, `**` at the end is everything below."""

    needs: Needs
    methods: tuple[str, ...]
    path: str

    def fits(self, method: str, path: str) -> bool:
        """Whether this line decides about a request."""
        return (not self.methods or method in self.methods) and bool(self._form.fullmatch(path))

    @cached_property
    def _form(self) -> re.Pattern[str]:
        form = re.escape(self.path).replace(r"\*\*", ".*").replace(r"\*", "[^/]+")
        return re.compile(form, re.DOTALL)


def _page() -> Iterable[str]:
    """The addresses of the web page: files that hold no memories."""
    yield from (re.sub(r"{\w+:path}", "**", address) for address in ADDRESSES)
    yield from (f"/{name}" for name in BESIDE)
    yield from ("/assets/**", "/docs", "/docs/assets/**", "/openapi.json")


TABLE: Final = (
    *(
        RoutePermission(AccessLevel.PUBLIC, READING, path)
        for path in ("/healthz", "/health", "/api/health")
    ),
    *(RoutePermission(AccessLevel.PUBLIC, READING, path) for path in _page()),
    RoutePermission(AccessLevel.ANYONE, READING, "/readyz"),
    RoutePermission(AccessLevel.ANYONE, ANY, "/api/session"),
    # that something changed, and how the job fares that a reply named, is told to all who read
    RoutePermission(Scope.READ, READING, "/api/admin/events"),
    RoutePermission(Scope.READ, READING, "/api/admin/lifecycle"),
    RoutePermission(Scope.READ, READING, "/api/admin/jobs/*"),
    RoutePermission(Scope.READ, READING, "/api/admin/jobs/*/progress"),
    RoutePermission(Scope.ADMIN, ANY, "/api/admin/**"),
    RoutePermission(Scope.READ, ("POST",), "/api/search"),
    RoutePermission(Scope.ADMIN, ("DELETE",), "/api/memories/*/versions/*"),
    # who may not delete does not see what was deleted; for ever is for few
    RoutePermission(Scope.ADMIN, ("DELETE",), "/api/trash"),
    RoutePermission(Scope.ADMIN, ("DELETE",), "/api/trash/*"),
    RoutePermission(Scope.WRITE, ANY, "/api/trash"),
    RoutePermission(Scope.WRITE, ANY, "/api/trash/**"),
    # its tools differ: each asks for the scope of what it does
    RoutePermission(Scope.READ, ANY, "/mcp"),
    RoutePermission(Scope.READ, ANY, "/mcp/"),
    RoutePermission(Scope.READ, READING, "/**"),
    RoutePermission(Scope.WRITE, ANY, "/**"),
)


def needs(method: str, path: str) -> Needs:
    """What a request needs, whether there is such an address or not."""
    return next((rule.needs for rule in TABLE if rule.fits(method, path)), Scope.ADMIN)
