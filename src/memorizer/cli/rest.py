"""Requests of commands to the REST API: to a running server, or to the same routes in this process.

`--server` names a server. Without it, the one that runs on the data directory is asked, as
`memorizer mcp` does; where none runs, this process opens the data directory itself. Until then
only the standard library is imported: a command beside a server takes a fifth of a second.
"""

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import memorizer
from memorizer.cli import config, console, session, workspace_detection
from memorizer.domain.errors import MemorizerError, Misconfigured, NotFound
from memorizer.domain.workspaces import is_id

AGENT: Final = f"memorizer-cli/{memorizer.__version__}"
"""By it the server tells commands without a token from other clients (actor `cli`)."""
CONNECT_SECONDS: Final = 10.0
REPLY_SECONDS: Final = 120.0
"""Emptying a full trash takes long; a server that is stopped never answers."""

MAX_CANDIDATES: Final = 10
"""Memories that are named where an id is ambiguous."""
MAX_PAGE: Final = 100
MAX_TITLE_COLUMNS: Final = 50
_PREFIX: Final = re.compile(r"[0-9a-fA-F-]{1,36}")

Json = dict[str, Any]


class RequestRefused(MemorizerError):
    """The server answered with an error."""

    def __init__(self, status: int, message: str, problem: Json) -> None:
        super().__init__(message)
        self.status = status
        self.hint: str | None = problem.get("hint")
        found = problem.get("details")
        self._details = found if isinstance(found, dict) else {}

    @property
    def details(self) -> Mapping[str, object]:
        """See MemorizerError."""
        return self._details

    @property
    def is_not_found(self) -> bool:
        """Whether what was named does not exist, or may not be seen."""
        return self.status == HTTPStatus.NOT_FOUND


class AmbiguousId(MemorizerError):
    """Several memories have an id that begins so."""

    def __init__(self, prefix: str, memories: list[Json]) -> None:
        super().__init__(f"{prefix!r} is the beginning of several ids:")
        self.candidates = [f"{each['id']}  {title_of(each)}" for each in memories]
        if len(memories) == MAX_CANDIDATES:
            self.candidates.append("…")


@dataclass(frozen=True, slots=True)
class Reply:
    """A response: its status and its JSON, None without a body."""

    status: int
    body: Any


@dataclass(frozen=True, slots=True)
class Place:
    """Where memories are, as options say it."""

    data_dir: Path | None = None
    server: str | None = None
    workspace: str | None = None


Send = Callable[[str, str, bytes | None, Mapping[str, str]], tuple[int, bytes]]
"""Sends method, path, body and headers; returns status and body."""


@dataclass(frozen=True, slots=True)
class Api:
    """The REST API in one workspace, or in all."""

    send: Send
    workspace: str | None = None
    """An id, a path or `unfiled`; goes along with every request."""
    is_missing: bool = False
    """Whether `auto` means a workspace that does not exist yet: then there are no memories."""
    page: str | None = field(default=None)
    """The address of the web page; None where no server runs."""

    def get(self, path: str, /, **query: Any) -> Any:
        """Return the JSON of a resource. Raises RequestRefused."""
        return self.request("GET", path, query=query).body

    def pages(self, path: str, /, **query: Any) -> Iterator[Json]:
        """Yield all pages of a list. Raises RequestRefused."""
        cursor = None
        while True:
            page: Json = self.get(path, cursor=cursor, **query)
            yield page
            if (cursor := page.get("nextCursor")) is None:
                return

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        version: int | None = None,
    ) -> Reply:
        """Send one request; a `version` must still be the current one. Raises RequestRefused.

        `query`: None is left out, lists are repeated.
        """
        headers = {"Accept": "application/json", "User-Agent": AGENT}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        status, reply = self.send(method, self._address(path, query or {}), data, headers)
        if status >= HTTPStatus.MULTIPLE_CHOICES:
            raise _refusal(status, reply)
        return Reply(status, json.loads(reply) if reply else None)

    def _address(self, path: str, query: Mapping[str, Any]) -> str:
        given = {name: value for name, value in query.items() if value not in (None, [])}
        if self.workspace is not None and not path.startswith("/api/admin/"):
            given = {"workspace": self.workspace} | given
        texts = {name: _parameter(value) for name, value in given.items()}
        return f"{quote(path)}?{urlencode(texts, doseq=True)}" if texts else quote(path)


def title_of(memory: Json) -> str:
    """Return the title of a memory, or the beginning of its text, for one line."""
    return console.cut(memory["title"] or memory.get("text") or "", MAX_TITLE_COLUMNS).plain


def _parameter(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


@contextmanager
def opened(place: Place, *, create: bool = False, needs_server: bool = False) -> Iterator[Api]:
    """Yield the API. With `create`, a missing data directory is created where no server runs.

    Raises Misconfigured, InvalidField.
    """
    choice = place.workspace or config.value_of("workspace", place.data_dir)
    wanted = workspace_detection.chosen(choice, Path.cwd())
    is_auto = choice == workspace_detection.AUTO
    with _connected(place, create=create, needs_server=needs_server) as (send, page):
        api = Api(send, wanted, page=page)
        if is_auto and wanted is not None and not _exists(api, wanted):
            if not create:
                console.note(f"nothing was stored yet in {wanted}, the workspace of this folder.")
                api = Api(send, None, is_missing=True, page=page)
            else:
                create_workspaces(Api(send), wanted)
        yield api


def create_workspaces(api: Api, path: str) -> None:
    """Create the workspaces of a path that do not exist yet."""
    above: str | None = None
    for slug in path.split("/"):
        here = f"{above}/{slug}" if above else slug
        if not _exists(api, here):
            try:
                new = {"name": slug, "slug": slug, "parent": above}
                api.request("POST", "/api/workspaces", body=new)
            except RequestRefused as error:
                if error.status != HTTPStatus.CONFLICT:  # somebody else was faster
                    raise
        above = here


def _exists(api: Api, workspace: str) -> bool:
    try:
        Api(api.send).get(f"/api/workspaces/{workspace}")
    except RequestRefused as error:
        if error.is_not_found:
            return False
        raise
    return True


@contextmanager
def _connected(
    place: Place, *, create: bool, needs_server: bool
) -> Iterator[tuple[Send, str | None]]:
    from memorizer.mcp.stdio import server_discovery

    server = place.server or (
        None if place.data_dir else os.environ.get(config.SERVER_VARIABLE) or None
    )
    if server is not None:
        if place.data_dir is not None:
            raise Misconfigured(
                "--server and --data-dir exclude each other. Leave one of them out."
            )
        with _remote(server) as send:
            yield send, server.rstrip("/")
        return
    directory = config.data_dir_of(place.data_dir)
    found = server_discovery.connect(directory)
    if found is None and needs_server:
        raise Misconfigured(f"No server runs on {directory}. Start it with `memorizer start`.")
    if found is None:
        with _in_process(place.data_dir, create=create) as send:
            yield send, None
        return
    connection = found.connection
    connection.timeout = REPLY_SECONDS
    connection.sock.settimeout(REPLY_SECONDS)
    host = f"[{connection.host}]" if ":" in connection.host else connection.host
    try:
        yield (
            _sender(connection, found.key, f"The server on {directory}"),
            f"http://{host}:{connection.port}",
        )
    finally:
        connection.close()


@contextmanager
def _remote(url: str) -> Iterator[Send]:
    """Connect to a server that was named. Raises Misconfigured."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Misconfigured(f"--server is {url!r}: it should begin with http:// or https://.")
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=CONNECT_SECONDS)
    name = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    try:
        connection.connect()
    except OSError as error:
        raise Misconfigured(
            f"{name} cannot be reached: {error.strerror or error}. "
            "Is the address right, and does the server run?"
        ) from error
    connection.sock.settimeout(REPLY_SECONDS)
    token = os.environ.get(config.TOKEN_VARIABLE)
    try:
        yield _sender(connection, token, name, parts.path.rstrip("/"))
    finally:
        connection.close()


def _sender(connection: HTTPConnection, token: str | None, name: str, root: str = "") -> Send:
    """Return how to send over a connection; `name` is that of the server in errors."""

    def send(
        method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        known = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            connection.request(method, root + path, body, {**headers, **known})
            reply = connection.getresponse()
            content = reply.read()
        except TimeoutError as error:
            raise Misconfigured(
                f"{name} did not answer within {REPLY_SECONDS:g} s. A change may have been made."
            ) from error
        except (OSError, HTTPException) as error:
            raise Misconfigured(f"The connection to {name} broke: {error}. Try again.") from error
        if HTTPStatus.MULTIPLE_CHOICES <= reply.status < HTTPStatus.BAD_REQUEST:
            target = reply.headers.get("Location", "elsewhere")
            raise Misconfigured(f"{name} sends commands to {target}. Name that with --server.")
        return reply.status, content

    return send


@contextmanager
def _in_process(data_dir: Path | None, *, create: bool) -> Iterator[Send]:
    """Open the data directory and call the routes of the application without a network."""
    settings = session.settings_to_open(data_dir, create=create)
    import asyncio

    from memorizer.cli import logs

    logs.configure("warning", settings.log_format)
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        try:
            client = runner.run(_open(settings, stack))

            def send(
                method: str, path: str, body: bytes | None, headers: Mapping[str, str]
            ) -> tuple[int, bytes]:
                call = client.request(method, path, content=body, headers=dict(headers))
                reply = runner.run(call)
                return reply.status_code, reply.content

            yield send
        finally:
            runner.run(stack.aclose())


async def _open(settings: Any, stack: AsyncExitStack) -> Any:
    """Return an httpx client of the application, which is closed with the stack."""
    import httpx

    from memorizer.bootstrap import open_services
    from memorizer.http.app import create_app
    from memorizer.http.app_state import state_of
    from memorizer.http.auth.authenticator import AuthPolicy

    container = await stack.enter_async_context(open_services(settings))
    app = create_app(auth_policy=AuthPolicy("off"), max_body_bytes=settings.max_body_bytes)
    state_of(app).services = container.services
    state_of(app).metrics_registry = container.metrics
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    client = httpx.AsyncClient(transport=transport, base_url="http://localhost")
    return await stack.enter_async_context(client)


def _refusal(status: int, reply: bytes) -> RequestRefused:
    try:
        problem = json.loads(reply)
        message = str(problem["message"])
    except (ValueError, KeyError, TypeError):
        message = f"The server answered with {status}, and not as Memorizer does. Is it one?"
        return RequestRefused(status, message, {})
    if status == HTTPStatus.UNAUTHORIZED:
        message = (
            f"{message} Commands take it from {config.TOKEN_VARIABLE}."
            if os.environ.get(config.TOKEN_VARIABLE)
            else f"This server requires a token. Set {config.TOKEN_VARIABLE} to one."
        )
    return RequestRefused(status, message, problem)


def memory_id(api: Api, given: str) -> str:
    """Return the id that is meant by an id or what one begins with.

    Raises NotFound, AmbiguousId, RequestRefused.
    """
    if is_id(given):
        return given.lower()
    found = _beginning(api, given)
    if not found:
        raise NotFound("memory", given)
    return _only(given, found)


def trashed_id(api: Api, given: str) -> str:
    """Like `memory_id`, for memories in the trash."""
    if is_id(given):
        return given.lower()
    found = [each for each in trash(api) if each["id"].startswith(given.lower())]
    if not found or not _PREFIX.fullmatch(given):
        raise NotFound("deleted memory", given)
    return _only(given, found)


def trash(api: Api) -> Iterator[Json]:
    """Yield all memories in the trash, most recently deleted first."""
    if not api.is_missing:
        for page in api.pages("/api/trash", limit=MAX_PAGE):
            yield from page["memories"]


def _beginning(api: Api, prefix: str) -> list[Json]:
    """Return the first memories whose ids begin so."""
    if api.is_missing or not _PREFIX.fullmatch(prefix):
        return []
    page = api.get("/api/memories", idPrefix=prefix, archived="all", limit=MAX_CANDIDATES)
    found: list[Json] = page["memories"]
    return found


def _only(prefix: str, found: list[Json]) -> str:
    if len(found) > 1:
        raise AmbiguousId(prefix, found)
    return str(found[0]["id"])
