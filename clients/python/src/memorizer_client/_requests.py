"""Requests and what is done when they fail; the same for both clients."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, Literal
from urllib.parse import quote

import httpx

from memorizer_client.errors import ApiError, ConnectionFailed, error_of

JsonObject = Mapping[str, Any]

NO_HINT: Final = "Is it running (`memorizer start`), and is this its address?"
REFUSED: Final = frozenset({429, 503})
"""The server has done nothing of what was asked."""
LOST: Final = frozenset({502, 504})
"""A proxy got no answer: as if the connection had broken."""
NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class Unset:
    """The type of UNSET."""

    def __repr__(self) -> str:
        """As it is written."""
        return "UNSET"


UNSET: Final = Unset()
"""Says that a field of a change stays as it is; None empties it."""


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a failed request is sent again, and how long to wait before (seconds).

    A request that the server refused with 429 or 503 and one that did not reach it are always
    sent again; one whose answer was lost, only if sending it twice does no harm.
    """

    attempts: int = 4
    """Requests in all; 1: none is sent again."""
    first_delay: float = 0.2
    longest_delay: float = 30.0

    def delay(self, attempt: int, error: Exception) -> float:
        """Return the wait after this attempt (from 1): what the server wishes, else backoff."""
        wished = error.retry_after if isinstance(error, ApiError) else None
        backoff = self.first_delay * 2 ** (attempt - 1) * random.uniform(0.5, 1)  # noqa: S311
        return min(self.longest_delay, backoff if wished is None else wished)


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A request. `repeatable`: twice has the effect of once."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    body: JsonObject | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = True

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of httpx's `build_request`."""
        given: dict[str, Any] = {"headers": dict(self.headers), "params": _given(self.query)}
        if self.body is not None:
            given["json"] = self.body
        return given

    def may_repeat(self, error: Exception) -> bool:
        """Whether to send it again after this error."""
        if isinstance(error, ApiError):
            return error.status in REFUSED or (error.status in LOST and self.repeatable)
        if isinstance(error, NEVER_SENT):
            return True
        return isinstance(error, httpx.TransportError) and self.repeatable

    def is_done_after(self, error: Exception, attempt: int) -> bool:
        """Whether a repeated deletion finds nothing: the one before, whose answer was lost."""
        gone = isinstance(error, ApiError) and error.status == HTTPStatus.NOT_FOUND
        return gone and attempt > 1 and self.method == "DELETE"


def _given(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _text(value) for name, value in query.items() if value is not None}


def _text(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def segment(text: str) -> str:
    """Return a part of a path, with `/` and all else that has a meaning there escaped."""
    return quote(text, safe="")


def by_key(key: str) -> str:
    """Return the path of the memory with this key."""
    return f"/api/memories/by-key/{segment(key)}"


def if_match(version: int | None) -> dict[str, str]:
    """Return the headers that expect this version; none for None."""
    return {} if version is None else {"If-Match": f'"{version}"'}


def api_error(response: httpx.Response) -> ApiError:
    """Return the error that a response is; its body has been read."""
    try:
        body = response.json()
    except ValueError:
        body = None
    after = response.headers.get("Retry-After", "")
    return error_of(response.status_code, body, float(after) if after.isdigit() else None)


def connection_error(url: httpx.URL, error: httpx.TransportError) -> ConnectionFailed:
    """Return what to raise when there was no answer."""
    problem = str(error) or type(error).__name__
    return ConnectionFailed(f"No answer from Memorizer at {url}: {problem}. {NO_HINT}")


def fields_of(**given: Any) -> dict[str, Any]:
    """Return a JSON object without what is UNSET; names in camel case, times as ISO 8601."""
    from memorizer_client._decoding import camel_case  # noqa: PLC0415

    return {
        camel_case(name): value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in given.items()
        if value is not UNSET
    }
