"""A real web server of a test's own, which answers as the test says and remembers what came."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """One reply; with `breaks_after` the connection ends after so many bytes of the body."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    breaks_after: int | None = None

    @classmethod
    def of(cls, answer: object, status: int = 200, **headers: str) -> "Answer":
        """As JSON; underscores in names of headers stand for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(status, json.dumps(answer).encode(), named)


@dataclass
class Web:
    """The running server."""

    url: str
    asked: list[Asked]
    over: threading.Event
    """Set at the end of the test; an answer that waits for it hangs."""


@contextmanager
def serving(answer: Callable[[Asked], Answer]) -> Iterator[Web]:
    """Serve on a free port until the block ends."""
    asked: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            asked.append(Asked(self.command, self.path, dict(self.headers), body))
            self._send(answer(asked[-1]))

        do_POST = do_GET  # noqa: N815 - the name that the standard library looks for

        def _send(self, reply: Answer) -> None:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body[: reply.breaks_after])
            self.close_connection = reply.breaks_after is not None

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - given name
            """Tests are quiet."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that went away is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    web = Web(f"http://127.0.0.1:{server.server_port}", asked, threading.Event())
    try:
        yield web
    finally:
        web.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
