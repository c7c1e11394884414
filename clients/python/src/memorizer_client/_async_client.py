"""The asynchronous client. `_client.py` is made of this file by `make client`."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Literal, Self, TypeVar

import httpx

from memorizer_client._async_memories import AsyncMemories
from memorizer_client._async_resources import AsyncJobs, AsyncTrash, AsyncWorkspaces
from memorizer_client._decoding import decode
from memorizer_client._requests import (
    ApiRequest,
    Retries,
    api_error,
    connection_error,
    fields_of,
)
from memorizer_client.errors import MemorizerError
from memorizer_client.models import Context, Metadata, SearchAnswer
from memorizer_client.sse import EventParser, ServerEvent

DEFAULT_URL: Final = "http://localhost:5000"
DEFAULT_TIMEOUT: Final = 30.0
KEEP_ALIVE_TIMEOUT: Final = 60.0
"""Seconds without a byte after which a stream is taken for dead; the server sends one every 15."""

NOTHING_MORE: Final = 204

T = TypeVar("T")


class AsyncMemorizer:
    """A connection to a Memorizer server.

    `url` and `token` default to MEMORIZER_URL and MEMORIZER_TOKEN, then to this machine without a
    token. `workspace`: where everything is stored and searched, an id or a path. `http` replaces
    the connection pool; it is not closed then. Close it, or use it as a context manager.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        token: str | None = None,
        workspace: str | None = None,
        include_unfiled: bool = False,
        timeout: float = DEFAULT_TIMEOUT,
        retries: Retries | None = None,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        self._url = httpx.URL(url or os.environ.get("MEMORIZER_URL") or DEFAULT_URL)
        token = token or os.environ.get("MEMORIZER_TOKEN")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._scope = {"workspace": workspace, "includeUnfiled": include_unfiled or None}
        self._retries = retries or Retries()
        self._owns_http = http is None
        self._http = http or httpx.AsyncClient(timeout=timeout)
        self.memories: Final = AsyncMemories(self)
        self.workspaces: Final = AsyncWorkspaces(self)
        self.trash: Final = AsyncTrash(self)
        self.jobs: Final = AsyncJobs(self)

    def within(self, workspace: str | None, *, include_unfiled: bool = False) -> "AsyncMemorizer":
        """Return a client of another workspace, on the same connections; it need not be closed."""
        other = AsyncMemorizer(
            str(self._url),
            workspace=workspace,
            include_unfiled=include_unfiled,
            retries=self._retries,
            http=self._http,
        )
        other._headers = self._headers
        return other

    async def __aenter__(self) -> Self:
        """Open it."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        if self._owns_http:
            await self._http.aclose()

    async def search(
        self,
        query: str,
        *,
        limit: int = 10,
        types: Sequence[str] = (),
        tags: Sequence[str] = (),
        metadata: Metadata | Mapping[str, Any] | None = None,
        key_prefix: str | None = None,
        min_relevance: float | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        as_of: datetime | None = None,
        include_superseded: bool = False,
        include_content: bool = True,
        sort: Literal["relevance", "newest"] = "relevance",
    ) -> SearchAnswer:
        """Search by words and by meaning; all conditions hold before ranking.

        `metadata`: values by name, or conditions such as {"n": {"$gte": 2}}.
        """
        body = fields_of(
            query=query,
            limit=limit,
            types=list(types),
            tags=list(tags),
            metadata=dict(metadata or {}),
            key_prefix=key_prefix,
            min_relevance=min_relevance,
            created_after=created_after,
            created_before=created_before,
            as_of=as_of,
            include_superseded=include_superseded,
            include_content=include_content,
            sort=sort,
        )
        return await self.call(SearchAnswer, ApiRequest("POST", "/api/search", body=body))

    async def context(
        self, query: str | None = None, *, budget: int = 8_000, session: str | None = None
    ) -> Context:
        """Return what an agent should know without asking, at most `budget` characters.

        In a `session` (any name) nothing is repeated.
        """
        parameters = {"q": query, "budget": budget, "session": session}
        return await self.call(Context, ApiRequest("GET", "/api/context", parameters))

    async def changes(self) -> AsyncIterator[list[str]]:
        """Yield topics ("jobs", "memories") whenever something changed; never ends by itself."""
        request = ApiRequest("GET", "/api/admin/events")
        async for event in self.events(request, reconnect=True):
            if event.data.get("type") == "changed":
                yield event.data["topics"]

    async def call(self, cls: type[T], request: ApiRequest) -> T:
        """Send a request and decode the answer. Raises ApiError, ConnectionFailed."""
        return decode(cls, await self.request(request))

    async def request(self, request: ApiRequest) -> Any:
        """Send a request, again if that helps, and return the JSON of the answer, if it has any.

        Raises ApiError, ConnectionFailed. For what the client has no method for.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                return await self._once(request)
            except (MemorizerError, httpx.TransportError) as error:
                if request.is_done_after(error, attempt):
                    return None
                if attempt >= self._retries.attempts or not request.may_repeat(error):
                    if isinstance(error, httpx.TransportError):
                        raise connection_error(self._url, error) from error
                    raise
                await asyncio.sleep(self._retries.delay(attempt, error))

    async def _once(self, request: ApiRequest) -> Any:
        response = await self._http.send(self._build(request))
        if response.is_error:
            raise api_error(response)
        return response.json() if response.content else None

    def _build(self, request: ApiRequest, **more: Any) -> httpx.Request:
        arguments = request.arguments()
        arguments["headers"] |= self._headers | more.pop("headers", {})
        scope = {name: value for name, value in self._scope.items() if value is not None}
        # only routes of memories know a workspace, and their own choice of one comes first
        if scope and not request.path.startswith("/api/admin"):
            scope = {n: str(v).lower() if v is True else v for n, v in scope.items()}
            arguments["params"] = scope | arguments["params"]
        url = str(self._url).rstrip("/") + request.path
        return self._http.build_request(request.method, url, **arguments, **more)

    async def events(
        self, request: ApiRequest, *, reconnect: bool = False
    ) -> AsyncIterator[ServerEvent]:
        """Yield the events of a stream. Raises ApiError, ConnectionFailed.

        When the connection breaks, it is made again where it was; with `reconnect` also when the
        server ends the stream, unless that has nothing more to say.
        """
        attempt = 0
        last_event_id: str | None = None
        while True:
            try:
                async with self._stream(request, last_event_id) as response:
                    parser = EventParser()
                    async for line in response.aiter_lines():
                        if (event := parser.feed(line)) is not None:
                            attempt = 0
                            last_event_id = event.id or last_event_id
                            yield event
                    if not reconnect or response.status_code == NOTHING_MORE:
                        return
                await asyncio.sleep(self._retries.first_delay)
            except (MemorizerError, httpx.TransportError) as error:
                attempt += 1
                if attempt >= self._retries.attempts or not request.may_repeat(error):
                    if isinstance(error, httpx.TransportError):
                        raise connection_error(self._url, error) from error
                    raise
                await asyncio.sleep(self._retries.delay(attempt, error))

    @asynccontextmanager
    async def _stream(
        self, request: ApiRequest, last_event_id: str | None
    ) -> AsyncIterator[httpx.Response]:
        headers = {} if last_event_id is None else {"Last-Event-ID": last_event_id}
        built = self._build(request, headers=headers, timeout=KEEP_ALIVE_TIMEOUT)
        response = await self._http.send(built, stream=True)
        try:
            if response.is_error:
                await response.aread()
                raise api_error(response)
            yield response
        finally:
            await response.aclose()
