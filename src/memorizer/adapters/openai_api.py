"""Calls of an OpenAI-compatible server: Ollama, LM Studio, vLLM, OpenAI.

The one module that several adapters share; it knows nothing of titles and embeddings.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from itertools import count
from typing import Any, Final

import httpx

from memorizer.domain.backoff import exponential
from memorizer.domain.errors import Unavailable

RETRIES: Final = 4
FIRST_WAIT_MS: Final = 250
_ABOUT_THE_KEY: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_OVERLOADED: Final = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.CONFLICT,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)
"""Refusals for the moment: the same request may be accepted later."""
_NOT_ABOUT_THE_CONTENT: Final[Mapping[int, str]] = {
    HTTPStatus.UNAUTHORIZED: "Check the API key.",
    HTTPStatus.FORBIDDEN: "Check what the API key may do.",
    HTTPStatus.NOT_FOUND: "Check the model's name, and the base URL: it usually ends in /v1.",
    HTTPStatus.METHOD_NOT_ALLOWED: "Check the base URL: it usually ends in /v1.",
}
"""Refusals that most likely any other request would meet too, and what to do about them."""
_LONGEST_REASON: Final = 300  # characters
_LONGEST_QUOTE: Final = 12  # characters; shorter pieces of a text are ordinary words


class Refused(Exception):
    """The server does not accept the request (400, 413, 422, …).

    `advice` says what to change when the cause is most likely not what the request contains.
    """

    def __init__(self, status: int, message: str, advice: str | None) -> None:
        super().__init__(message)
        self.status = status
        self.advice = advice


class OpenAiApi:
    """One server, spoken to through one pool of connections."""

    def __init__(
        self, base_url: str, key: str | None, *, unavailable: Callable[[str], Unavailable]
    ) -> None:
        """`unavailable` makes the error that is raised when the server cannot be used."""
        self._base = base_url.rstrip("/")
        self._key = key
        self._unavailable = unavailable
        self._opened: httpx.AsyncClient | None = None

    @property
    def server(self) -> str:
        """The server's address as it may be shown: without user, password and query."""
        url = httpx.URL(self._base)
        return str(url.copy_with(username=None, password=None, query=None, fragment=None))

    async def post(
        self, path: str, body: Mapping[str, object], *, seconds: float
    ) -> Mapping[str, Any]:
        """The reply to one request, retried within `seconds` while the server is overloaded.

        Raises Refused, and the error for a server that cannot be used.
        """
        async with self._deadline(seconds):
            return await self._persist(path, body, asyncio.get_running_loop().time() + seconds)

    async def reach(self, path: str, *, seconds: float) -> None:
        """Make sure that the server answers and does not mind the key, whatever it has there.

        Raises the error for a server that cannot be used.
        """
        async with self._deadline(seconds):
            reply = await self._send(path, None)
        if reply is None or _is_overloaded(reply):
            raise self._unavailable(f"{self.server} fails: {self._reason(reply)}.")
        if reply.status_code in _ABOUT_THE_KEY:
            advice = _NOT_ABOUT_THE_CONTENT[reply.status_code]
            raise self._unavailable(f"{self.server} refuses: {self._reason(reply)}. {advice}")

    async def close(self) -> None:
        """Close the connections."""
        if self._opened is not None:
            await self._opened.aclose()

    @asynccontextmanager
    async def _deadline(self, seconds: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(seconds):
                yield
        except TimeoutError as error:
            raise self._unavailable(
                f"{self.server} did not answer within {seconds:g} s."
            ) from error

    async def _persist(
        self, path: str, body: Mapping[str, object], deadline: float
    ) -> Mapping[str, Any]:
        for retry in count(1):
            reply = await self._send(path, body)
            if reply is not None and not _is_overloaded(reply):
                return self._accepted(reply, body)
            wait = _wait(reply, retry)
            if retry > RETRIES or asyncio.get_running_loop().time() + wait >= deadline:
                reason = self._reason(reply, body)
                raise self._unavailable(f"{self.server} is overloaded or broken: {reason}.")
            await asyncio.sleep(wait)
        raise AssertionError("unreachable: the counter never ends")

    async def _send(self, path: str, body: Mapping[str, object] | None) -> httpx.Response | None:
        """None when the connection broke in between, which another try may mend."""
        method = "GET" if body is None else "POST"
        try:
            return await self._client().request(method, self._base + path, json=body)
        except (httpx.ConnectError, httpx.UnsupportedProtocol) as error:
            raise self._unavailable(
                f"Nothing answers at {self.server} ({error}). Is the server running?"
            ) from error
        except httpx.TransportError:
            return None

    def _accepted(
        self, reply: httpx.Response, body: Mapping[str, object] | None = None
    ) -> Mapping[str, Any]:
        reason = self._reason(reply, body)
        if reply.is_client_error:
            advice = _NOT_ABOUT_THE_CONTENT.get(reply.status_code)
            raise Refused(reply.status_code, reason, advice)
        answer = _parsed(reply)
        if not reply.is_success or not isinstance(answer, dict):
            raise self._unavailable(
                f"{self.server} answers, but not with JSON as an OpenAI-compatible server does "
                f"({reply.status_code}). Check the base URL: it usually ends in /v1."
            )
        return answer

    def _reason(
        self, reply: httpx.Response | None, body: Mapping[str, object] | None = None
    ) -> str:
        """What the server says is wrong, in one line that cannot show the key.

        Nor does it quote what was sent: errors of jobs stay longer than memories do.
        """
        if reply is None:
            return "the connection broke"
        message = _message(_parsed(reply)) or reply.reason_phrase
        if body is not None and not reply.is_success and _quotes(message, body):
            message = f"{reply.reason_phrase} (its message quotes the text and is not kept)"
        if self._key:
            message = message.replace(self._key, "***")
        line = " ".join(message.split())[:_LONGEST_REASON].rstrip(".")
        return f"{reply.status_code} {line}".strip()

    def _client(self) -> httpx.AsyncClient:
        """Made at first use: that takes a moment, which a command may not need to spend."""
        if self._opened is None:
            headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
            # `post` has a deadline for everything together
            self._opened = httpx.AsyncClient(headers=headers, timeout=None)  # noqa: S113
        if self._opened.is_closed:
            raise self._unavailable(f"The connection to {self.server} was closed.")
        return self._opened


def _is_overloaded(reply: httpx.Response) -> bool:
    return reply.status_code in _OVERLOADED or reply.is_server_error


def _wait(reply: httpx.Response | None, retry: int) -> float:
    """Seconds until the next try: as the server wishes, else a little longer each time."""
    wished = reply.headers.get("Retry-After", "") if reply is not None else ""
    if wished.strip().isdecimal():
        return float(wished)
    with suppress(ValueError, TypeError):  # none given, not a date, or one without a zone
        return max(0.0, (parsedate_to_datetime(wished) - datetime.now(UTC)).total_seconds())
    jitter = random.random()  # noqa: S311 - no secret
    return exponential(retry, jitter=jitter, first_ms=FIRST_WAIT_MS) / 1_000


def _parsed(reply: httpx.Response) -> object:
    try:
        parsed: object = reply.json()
    except ValueError:
        return None
    return parsed


def _quotes(message: str, body: Mapping[str, object]) -> bool:
    """Whether a message repeats a piece of the texts that were sent."""
    shown, sent = message[:_LONGEST_REASON], _texts(body)
    starts = range(len(shown) - _LONGEST_QUOTE)
    pieces = [shown[start : start + _LONGEST_QUOTE + 1] for start in starts]
    return any(piece in text for text in sent for piece in pieces)


def _texts(body: Mapping[str, object]) -> list[str]:
    """What of a request comes from a memory."""
    match body:
        case {"messages": [*_, {"content": str(content)}]}:
            return [content]
        case {"input": [*texts]}:
            return [str(text) for text in texts]
        case _:
            return []


def _message(answer: object) -> str:
    """The text of an error, wherever the server's dialect puts it."""
    match answer:
        case {"error": {"message": str(message)}} | {"error": str(message)}:
            return message
        case {"message": str(message)} | {"detail": str(message)}:
            return message
        case _:
            return ""
