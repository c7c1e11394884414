"""Refuses what no page and no program of the user's would send.

A page of a foreign site can make a browser send requests here, and by DNS rebinding even read
the replies: its Host or Origin gives it away.
"""

from urllib.parse import unquote_to_bytes

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from memorizer.http.errors import problem


class Guard:
    """Lets through only requests for our own names, from our own pages, with a sane address."""

    def __init__(self, app: ASGIApp, allowed_hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in allowed_hosts)
        self._origins = frozenset(
            f"{scheme}://{host}" for scheme in ("http", "https") for host in self._hosts
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if (foreign := self._foreign(headers)) is not None:
            reply = problem(403, "Forbidden", foreign)
            await reply(scope, receive, send)
        elif not _is_readable(scope):
            message = "The address holds a NUL character or bytes that are not UTF-8."
            await problem(400, "Bad request", message)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _foreign(self, headers: Headers) -> str | None:
        """What is wrong with where the request goes to or comes from."""
        hosts = headers.getlist("host")
        if len(hosts) != 1 or _without_port(hosts[0].lower()) not in self._hosts:
            named = ", ".join(sorted(self._hosts))
            return f"This server answers to {named} only; MEMORIZER_ALLOWED_HOSTS adds names."
        for origin in headers.getlist("origin"):
            if _without_port(origin.lower()) not in self._origins:
                return "Pages of other sites may not use this server."
        return None


def _without_port(authority: str) -> str:
    """`name`, `[::1]` or `scheme://name`, without a `:port` at its end."""
    name, colon, port = authority.rpartition(":")
    return name if colon and port.isdecimal() else authority


def _is_readable(scope: Scope) -> bool:
    """Whether path and query are UTF-8; decoders further in would paper over it."""
    raw = scope.get("raw_path") or scope["path"].encode()
    address = unquote_to_bytes(raw) + unquote_to_bytes(scope["query_string"])
    try:
        return "\0" not in address.decode()
    except UnicodeDecodeError:
        return False
