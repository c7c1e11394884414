"""A client of OpenAI-compatible servers (Ollama, LM Studio, vLLM, OpenAI).

Shared by the adapters for titles and for embeddings.
"""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from itertools import count
from typing import Any, Final

import httpx

from memorizer.domain.errors import Unavailable
from memorizer.domain.jobs import backoff_ms

MAX_RETRIES: Final = 4
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
"""Temporary: the same request may be accepted later."""
_NOT_ABOUT_THE_CONTENT: Final[Mapping[int, str]] = {
    HTTPStatus.UNAUTHORIZED: "Check the API key.",
    HTTPStatus.FORBIDDEN: "Check what the API key may do.",
    HTTPStatus.NOT_FOUND: "Check the model's name, and the base URL: it usually ends in /v1.",
    HTTPStatus.METHOD_NOT_ALLOWED: "Check the base URL: it usually ends in /v1.",
}
"""Refusals that concern any request, and what to do about them."""
_MAX_REASON_CHARACTERS: Final = 300
_MAX_QUOTE_CHARACTERS: Final = 12
"""Shorter pieces of a text are ordinary words."""
_MAX_ERROR_BYTES: Final = 64 * 1024
"""Read of a refusal, and of the reply to `reach`."""


class Refused(Exception):
    """The server does not accept the request (400, 413, 422, …).

    `advice` says what to change when the cause is most likely not what the request contains.
    """

    def __init__(self, status: int, message: str, advice: str | None) -> None:
        super().__init__(message)
        self.status = status
        self.advice = advice


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply, its body as far as it was read."""

    status: int
    phrase: str
    headers: httpx.Headers
    body: bytes

    @property
    def is_overloaded(self) -> bool:
        return self.status in _OVERLOADED or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR

    @property
    def is_success(self) -> bool:
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def is_refusal(self) -> bool:
        return HTTPStatus.BAD_REQUEST <= self.status < HTTPStatus.INTERNAL_SERVER_ERROR

    def parsed(self) -> object:
        """Return the body parsed as JSON, or None."""
        try:
            parsed: object = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return parsed


class OpenAiApi:
    """One server and its pool of connections."""

    def __init__(
        self, base_url: str, key: str | None, *, unavailable: Callable[[str], Unavailable]
    ) -> None:
        """`unavailable` makes the error for a server that cannot be used."""
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
        self, path: str, body: Mapping[str, object], *, seconds: float, most_bytes: int
    ) -> Mapping[str, Any]:
        """POST a request, retried within `seconds` while the server is overloaded.

        Raises Refused, and the error of `unavailable`, also for replies of more than `most_bytes`.
        """
        deadline = asyncio.get_running_loop().time() + seconds
        async with self._deadline(seconds):
            reply = await self._send_with_retries(path, body, deadline, most_bytes)
        return self._accepted(reply, body)

    async def reach(self, path: str, *, seconds: float) -> None:
        """Check that the server answers and accepts the key, whatever the path holds.

        Raises the error of `unavailable`.
        """
        async with self._deadline(seconds):
            reply = await self._send(path, None, most_bytes=0)
        if reply is None or reply.is_overloaded:
            raise self._unavailable(f"{self.server} fails: {self._reason(reply)}.")
        if reply.status in _ABOUT_THE_KEY:
            advice = _NOT_ABOUT_THE_CONTENT[reply.status]
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

    async def _send_with_retries(
        self, path: str, body: Mapping[str, object], deadline: float, most_bytes: int
    ) -> Reply:
        for retry in count(1):
            reply = await self._send(path, body, most_bytes=most_bytes)
            if reply is not None and not reply.is_overloaded:
                return reply
            wait = _wait(reply, retry)
            if retry > MAX_RETRIES or asyncio.get_running_loop().time() + wait >= deadline:
                reason = self._reason(reply, body)
                raise self._unavailable(f"{self.server} is overloaded or broken: {reason}.")
            await asyncio.sleep(wait)
        raise AssertionError("unreachable: the counter never ends")

    async def _send(
        self, path: str, body: Mapping[str, object] | None, *, most_bytes: int
    ) -> Reply | None:
        """Return the reply; None when the connection broke, so that it may be tried again."""
        method = "GET" if body is None else "POST"
        try:
            async with self._client().stream(method, self._base + path, json=body) as response:
                return await self._received(response, most_bytes)
        except (httpx.ConnectError, httpx.UnsupportedProtocol) as error:
            raise self._unavailable(
                f"Nothing answers at {self.server} ({error}). Is the server running?"
            ) from error
        except httpx.TransportError:
            return None

    async def _received(self, response: httpx.Response, most_bytes: int) -> Reply:
        """Read all of a success, and the beginning of an error."""
        is_wanted = response.is_success and most_bytes > 0
        body, most = bytearray(), most_bytes if is_wanted else _MAX_ERROR_BYTES
        # raw: a compressed reply, which was not asked for, must not expand
        async for block in response.aiter_raw():
            body += block
            if len(body) > most and is_wanted:
                raise self._unavailable(
                    f"{self.server} answers with more than {most:,} bytes, which is more than was "
                    "asked for. Check the base URL and the model."
                )
            if len(body) > most:
                break
        said = bytes(body[:most])
        return Reply(response.status_code, response.reason_phrase, response.headers, said)

    def _accepted(self, reply: Reply, body: Mapping[str, object]) -> Mapping[str, Any]:
        if reply.is_refusal:
            advice = _NOT_ABOUT_THE_CONTENT.get(reply.status)
            raise Refused(reply.status, self._reason(reply, body), advice)
        answer = reply.parsed()
        if not reply.is_success or not isinstance(answer, dict):
            raise self._unavailable(
                f"{self.server} answers, but not with JSON as an OpenAI-compatible server does "
                f"({reply.status}). Check the base URL: it usually ends in /v1."
            )
        return answer

    def _reason(self, reply: Reply | None, body: Mapping[str, object] | None = None) -> str:
        """Return the server's error message in one line, without the key.

        It never quotes what was sent: errors of jobs stay longer than memories do.
        """
        if reply is None:
            return "the connection broke"
        message = _message(reply.parsed()) or reply.phrase
        if body is not None and not reply.is_success and _quotes(message, body):
            message = f"{reply.phrase} (its message quotes the text and is not kept)"
        if self._key:
            message = message.replace(self._key, "***")
        line = " ".join(message.split())[:_MAX_REASON_CHARACTERS].rstrip(".")
        return f"{reply.status} {line}".strip()

    def _client(self) -> httpx.AsyncClient:
        """Return the client, made at its first use: most commands do not need it."""
        if self._opened is None:
            headers = {"Accept-Encoding": "identity"}
            if self._key:
                headers["Authorization"] = f"Bearer {self._key}"
            # `post` has a deadline for everything together
            self._opened = httpx.AsyncClient(headers=headers, timeout=None)  # noqa: S113
        if self._opened.is_closed:
            raise self._unavailable(f"The connection to {self.server} was closed.")
        return self._opened


def _wait(reply: Reply | None, retry: int) -> float:
    """Return seconds until the next try: the server's Retry-After, else exponential backoff."""
    wished = reply.headers.get("Retry-After", "") if reply is not None else ""
    if wished.strip().isdecimal():
        return float(wished)
    with suppress(ValueError, TypeError):  # none given, not a date, or one without a zone
        return max(0.0, (parsedate_to_datetime(wished) - datetime.now(UTC)).total_seconds())
    jitter = random.random()  # noqa: S311 - no secret
    return backoff_ms(retry, jitter=jitter, first_ms=FIRST_WAIT_MS) / 1_000


def _quotes(message: str, body: Mapping[str, object]) -> bool:
    """Whether a message quotes more than _MAX_QUOTE_CHARACTERS of the texts that were sent."""
    shown, sent = message[:_MAX_REASON_CHARACTERS], _texts(body)
    starts = range(len(shown) - _MAX_QUOTE_CHARACTERS)
    pieces = [shown[start : start + _MAX_QUOTE_CHARACTERS + 1] for start in starts]
    return any(piece in text for text in sent for piece in pieces)


def _texts(body: Mapping[str, object]) -> list[str]:
    """Return the texts in a request that come from a memory."""
    match body:
        case {"messages": [*_, {"content": str(content)}]}:
            return [content]
        case {"input": [*texts]}:
            return [str(text) for text in texts]
        case _:
            return []


def _message(answer: object) -> str:
    """Return the error message from the dialects of known servers, or an empty text."""
    match answer:
        case {"error": {"message": str(message)}} | {"error": str(message)}:
            return message
        case {"message": str(message)} | {"detail": str(message)}:
            return message
        case _:
            return ""
