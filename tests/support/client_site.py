"""An https site of a client that publishes a document about itself, on this machine."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from memorizer.adapters import client_documents
from memorizer.adapters.client_documents import HttpClientDocuments
from support.tls_proxy import Certificate, certificate

HOST = "client.example"


@dataclass
class Site:
    """An https site on this machine, whose name leads where a test says."""

    trusted: Certificate
    port: int = 0
    answers: list[bytes] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)
    addresses: list[list[str]] = field(default_factory=lambda: [["127.0.0.1"]])
    asked: int = 0

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}/client.json"

    async def resolve(self, host: str, _port: int) -> Sequence[str]:
        assert host in {HOST, *client_documents.LANDMARKS}
        self.asked += 1
        return self.addresses[min(self.asked, len(self.addresses)) - 1]

    def documents(
        self, allows: Callable[[str], bool] = lambda _: True, mode: str = "auto"
    ) -> HttpClientDocuments:
        return HttpClientDocuments(
            mode,  # type: ignore[arg-type]
            resolver=self.resolve,
            allows=allows,
            tls=self.trusted.client_context(),
        )

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(self.answers[min(len(self.requests), len(self.answers)) - 1])
        await writer.drain()
        writer.close()


def reply(body: bytes, status: str = "200 OK", more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{more}Connection: close\r\n\r\n"
    return head.encode() + body


@asynccontextmanager
async def client_site(folder: Path) -> AsyncIterator[Site]:
    """Answers until the end."""
    site = Site(certificate(folder, HOST))
    context = site.trusted.server_context()
    async with await asyncio.start_server(site.answer, "127.0.0.1", 0, ssl=context) as server:
        site.port = server.sockets[0].getsockname()[1]
        yield site
