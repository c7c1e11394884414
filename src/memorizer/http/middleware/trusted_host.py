"""Refuses requests from foreign pages, for foreign host names, or with malformed addresses.

A page of a foreign site can make a browser send requests here, and by DNS rebinding even read
the replies: its Host or Origin gives it away. For a mere GET, of a picture perhaps, browsers send
no Origin, but say in Sec-Fetch-Site where it comes from.
"""

from ipaddress import ip_address
from typing import Final
from urllib.parse import unquote_to_bytes

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from memorizer.http.errors import problem

FOREIGN_PAGE: Final = "Pages of other sites may not use this server."


class TrustedHostMiddleware:
    """Accepts requests for allowed hosts, from this server's own pages, with a decodable path."""

    def __init__(
        self, app: ASGIApp, allowed_hosts: frozenset[str], *, any_address: bool = False
    ) -> None:
        self._app = app
        self._any_address = any_address
        self._hosts = frozenset(host.lower() for host in allowed_hosts)
        self._origins = frozenset(
            f"{scheme}://{host}" for scheme in ("http", "https") for host in self._hosts
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reply 403 or 400 to a request that is not trusted; pass on all others."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if (foreign := self._foreign(headers)) is not None:
            reply = problem(403, "Forbidden", foreign)
            await reply(scope, receive, send)
        elif "content-length" in headers and "transfer-encoding" in headers:
            # a proxy may see the end of the body elsewhere (request smuggling)
            message = "Content-Length and Transfer-Encoding contradict each other. Send one."
            close = {"Connection": "close"}
            await problem(400, "Bad request", message, headers=close)(scope, receive, send)
        elif not _is_decodable(scope):
            message = "The address holds a NUL character or bytes that are not UTF-8."
            await problem(400, "Bad request", message)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _foreign(self, headers: Headers) -> str | None:
        """Why Host, Origin or Sec-Fetch-Site are refused; None when they are not."""
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._is_allowed(host := _without_port(hosts[0].lower())):
            named = ", ".join(sorted(self._hosts))
            return f"This server answers to {named} only; MEMORIZER_ALLOWED_HOSTS adds names."
        for origin in headers.getlist("origin"):
            ours = self._origins | {f"http://{host}", f"https://{host}"}
            if _without_port(origin.lower()) not in ours:
                return FOREIGN_PAGE
        if headers.get("sec-fetch-site") in {"cross-site", "same-site"} and not _is_navigation(
            headers
        ):
            return FOREIGN_PAGE
        return None

    def _is_allowed(self, host: str) -> bool:
        """Whether the host is allowed. An IP address cannot be used for DNS rebinding."""
        return host in self._hosts or (self._any_address and _is_ip_address(host))


def _is_navigation(headers: Headers) -> bool:
    """Whether a link to here was followed in a window, not in a frame."""
    asked = headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")
    return asked == ("navigate", "document")


def _without_port(authority: str) -> str:
    """`name`, `[::1]` or `scheme://name`, without a `:port` at its end."""
    name, colon, port = authority.rpartition(":")
    return name if colon and port.isdecimal() else authority


def _is_ip_address(host: str) -> bool:
    try:
        ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


def _is_decodable(scope: Scope) -> bool:
    """Whether path and query are UTF-8 without NUL; later decoders would replace bad bytes."""
    raw = scope.get("raw_path") or scope["path"].encode()
    address = unquote_to_bytes(raw) + unquote_to_bytes(scope["query_string"])
    try:
        return "\0" not in address.decode()
    except UnicodeDecodeError:
        return False
