"""The path prefix of the whole site, for a proxy that serves other sites beside it.

Requests work with and without the prefix, because some proxies strip it. Only code that writes
URLs for a browser uses it: the page, its cookie, `/docs`, `Location`.
"""

import re
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from memorizer.domain.errors import Misconfigured
from memorizer.http.auth.permissions import TABLE

PATTERN: Final = re.compile(r"(/[A-Za-z0-9._~-]+)+")
VARIABLE: Final = "MEMORIZER_ROOT_PATH"


def validated(root_path: str) -> str:
    """Return the path without a trailing slash, "" for the root. Raises Misconfigured."""
    path = root_path.rstrip("/")
    if not path:
        return ""
    if not PATTERN.fullmatch(path) or {".", ".."} & set(path.split("/")):
        raise Misconfigured(
            f"{VARIABLE} is {root_path!r}: it should be a path of letters, digits, dots, hyphens "
            "and underscores, such as /memory."
        )
    if (first := path.split("/")[1]) in _own_prefixes():
        raise Misconfigured(
            f"{VARIABLE} is {root_path!r}, but /{first} is an address of Memorizer's own, and the "
            "two could not be told apart. Take another one, such as /memory."
        )
    return path


def _own_prefixes() -> set[str]:
    """Return the first path segments of all routes."""
    return {rule.path.split("/")[1] for rule in TABLE} - {"", "**"}


class RootPath:
    """Strips the prefix from the paths of requests that have it."""

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self._app = app
        self._root = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Remove the prefix from the path, if it has one."""
        if self._root and scope["type"] == "http":
            path = self._without(scope["path"])
            raw = self._without(scope.get("raw_path", b"").decode("latin-1")).encode("latin-1")
            scope = {**scope, "path": path, "raw_path": raw}
        await self._app(scope, receive, send)

    def _without(self, path: str) -> str:
        if path == self._root or path.startswith(f"{self._root}/"):
            return path.removeprefix(self._root) or "/"
        return path
