"""Reads requests, has each answered in a thread of its own, writes the answers as they come."""

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from time import monotonic
from typing import Final, Protocol

from memorizer.mcp.stdio import messages
from memorizer.mcp.stdio.http_client import HttpClient, Lost
from memorizer.mcp.stdio.messages import Client, Json, Request
from memorizer.mcp.stdio.static_replies import StaticReplies
from memorizer.mcp.stdio.transport import StdioTransport

DRAIN_SECONDS: Final = 10.0
NO_METHOD: Final = "The method of a request is a text, not"
LOST: Final = (
    "The Memorizer server went away during this call; whether it was carried out is not known. "
    "Look before you call again: the next call finds a server, or does without one."
)


class Inside(Protocol):
    """A server in this process, loaded when it is first needed."""

    @property
    def is_ready(self) -> bool:
        """Whether calls are answered without waiting for the load."""
        ...

    def load(self) -> None:
        """Begin to load, if that has not begun."""
        ...

    def exchange(self, request: Request) -> Iterator[bytes]:
        """Send a request and return the replies; waits until the server is loaded."""
        ...

    def close(self) -> None:
        """Let running work end, and close."""
        ...


class StdioProxy:
    """One client's session, over whatever answers it."""

    def __init__(
        self, wire: StdioTransport, bridge: HttpClient, inside: Inside, card: StaticReplies
    ) -> None:
        self._wire = wire
        self._bridge = bridge
        self._inside = inside
        self._card = card
        self._client = Client()
        self._running: dict[threading.Thread, Request] = {}

    def serve(self) -> None:
        """Until the client closes its end; what it still waits for is answered."""
        try:
            for line in self._wire.lines():
                for message in self._understood(line):
                    self._take(message)
            self._drain()
        finally:
            self._bridge.close()
            self._inside.close()

    def _drain(self) -> None:
        deadline = monotonic() + DRAIN_SECONDS
        for thread in list(self._running):
            thread.join(max(deadline - monotonic(), 0))

    def _understood(self, line: bytes) -> list[Json]:
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            self._send(messages.refusal(None, messages.PARSE_ERROR, "This line is not JSON."))
            return []
        batch = said if isinstance(said, list) else [said]
        if not all(isinstance(message, dict) for message in batch):
            self._send(messages.refusal(None, messages.INVALID_REQUEST, "Not a JSON-RPC message."))
            return []
        return batch

    def _take(self, message: Json) -> None:
        params = message.get("params")
        params = params if isinstance(params, dict) else {}
        match message.get("method"):
            case "notifications/cancelled":
                self._cancel(params.get("requestId"))
            case "initialize" if "id" in message:
                self._note_client(params)
                self._start(message)
            case str() if "id" in message:
                self._start(message)
            case method if "id" in message and not {"result", "error"} & set(message):
                self._send(
                    messages.refusal(
                        message["id"], messages.INVALID_REQUEST, f"{NO_METHOD} {method!r}."
                    )
                )
            # other notifications and answers concern sessions, of which there are none

    def _note_client(self, params: Json) -> None:
        info = params.get("clientInfo")
        if isinstance(info, dict):
            name, version = info.get("name"), info.get("version")
            self._client = Client(str(name or "mcp"), str(version or ""))

    def _cancel(self, request_id: object) -> None:
        for request in list(self._running.values()):
            if request.id == request_id:
                request.cancel()

    def _start(self, message: Json) -> None:
        request = Request(message, self._client)
        thread = threading.Thread(target=self._run, args=(request,), daemon=True)
        self._running[thread] = request
        thread.start()

    def _run(self, request: Request) -> None:
        try:
            for each in self._answers(request):
                self._send(each, request)
        except Lost:
            self._send(messages.refusal(request.id, messages.INTERNAL_ERROR, LOST), request)
        finally:
            del self._running[threading.current_thread()]

    def _answers(self, request: Request) -> Iterator[bytes]:
        """By the server inside once there is one, else by the one that runs, else by the card."""
        if not self._inside.is_ready:
            answers = self._bridge.exchange(request)
            if answers is not None:
                yield from self._noting_protocol(request, answers)
                return
            if (known := self._card.answer(request.message)) is not None:
                yield from self._noting_protocol(request, iter([known]))
                self._inside.load()
                return
        yield from self._noting_protocol(request, self._inside.exchange(request))

    def _noting_protocol(self, request: Request, answers: Iterator[bytes]) -> Iterator[bytes]:
        """Remember the protocol version of the handshake: later requests name it in a header."""
        for each in answers:
            if request.message["method"] == "initialize":
                agreed = json.loads(each).get("result", {}).get("protocolVersion")
                self._client = replace(self._client, protocol=agreed)
            yield each

    def _send(self, message: bytes, request: Request | None = None) -> None:
        if request is not None and request.is_cancelled:
            return  # nobody waits for it any more
        with suppress(BrokenPipeError):  # nobody listens: the end of input follows
            self._wire.send(message)
