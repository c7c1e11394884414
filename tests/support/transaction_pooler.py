"""A pooler in transaction mode, in some lines: clients share sessions, a transaction at a time.

It speaks as much of PostgreSQL's protocol as that takes, and hands the sessions out in turn, so
that whatever relies on keeping one breaks soon. For a server that asks for no password.
"""

import asyncio
import struct
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from threading import Event, Thread
from urllib.parse import parse_qs, urlsplit

PROTOCOL = 196_608  # 3.0
SSL_REQUEST, GSS_REQUEST, CANCEL_REQUEST = 80_877_103, 80_877_104, 80_877_102


class Peer:
    """One end of a connection; what comes from it waits in a queue, None at its end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.greeting = b""
        self.messages: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._pump = asyncio.create_task(self._read(reader))

    async def _read(self, reader: asyncio.StreamReader) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readexactly(5)
                (length,) = struct.unpack("!I", head[1:])
                self.messages.put_nowait(head + await reader.readexactly(length - 4))
        self.messages.put_nowait(None)


class TransactionPooler:
    """Listens on a port of its own."""

    def __init__(self, url: str, sessions: int) -> None:
        self._url = urlsplit(url)
        self._size = sessions
        self._idle: asyncio.Queue[Peer] = asyncio.Queue()
        self._opened = 0
        self._writers: list[asyncio.StreamWriter] = []
        self.port = 0
        self.listening = Event()
        self.stop: Callable[[], object] = lambda: None

    async def run(self) -> None:
        """Until `stop` is called from another thread."""
        loop, stopping = asyncio.get_running_loop(), asyncio.Event()
        self.stop = lambda: loop.call_soon_threadsafe(stopping.set)
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self.listening.set()
        await stopping.wait()
        server.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*map(_closed, self._writers))

    @property
    def url(self) -> str:
        """What clients connect to."""
        user = self._url.username or "postgres"
        return f"postgresql://{user}@127.0.0.1:{self.port}{self._url.path}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        with closing(writer), suppress(ConnectionError, asyncio.IncompleteReadError):
            if not await self._is_welcome(reader, writer):
                return
            session = await self._borrow()
            writer.write(session.greeting)
            self._give_back(session)
            client = Peer(reader, writer)
            while (first := await client.messages.get()) and first[:1] != b"X":
                session = await self._borrow()
                if not await _transaction(session, first, client):
                    session.writer.close()  # in the midst of one: the server undoes it
                    session = await self._open()
                self._give_back(session)

    async def _is_welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        while True:
            (length,) = struct.unpack("!I", await reader.readexactly(4))
            rest = await reader.readexactly(length - 4)
            (code,) = struct.unpack("!I", rest[:4])
            if code not in (SSL_REQUEST, GSS_REQUEST):
                return bool(code != CANCEL_REQUEST)
            writer.write(b"N")

    async def _borrow(self) -> Peer:
        if self._opened < self._size:
            self._opened += 1
            return await self._open()
        return await self._idle.get()

    def _give_back(self, session: Peer) -> None:
        self._idle.put_nowait(session)

    async def _open(self) -> Peer:
        host = parse_qs(self._url.query).get("host", [self._url.hostname or ""])[0]
        port = self._url.port or 5432
        if host.startswith("/"):
            streams = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        else:
            streams = await asyncio.open_connection(host, port)
        session = Peer(*streams)
        self._writers.append(session.writer)
        names = ["user", self._url.username or "postgres", "database", self._url.path[1:]]
        body = struct.pack("!I", PROTOCOL) + b"\0".join(map(str.encode, names)) + b"\0\0"
        session.writer.write(struct.pack("!I", len(body) + 4) + body)
        while not session.greeting.endswith(b"Z\0\0\0\5I"):
            session.greeting += await session.messages.get() or b""
        return session


async def _closed(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        await writer.wait_closed()


async def _transaction(session: Peer, first: bytes, client: Peer) -> bool:
    """Carry messages both ways until the session is idle; whether it is."""
    message: bytes | None = first
    expected, is_whole = 0, False
    while True:
        if message is not None:
            session.writer.write(message)
            is_whole = message[:1] in (b"Q", b"S")
            expected += is_whole
        asked = asyncio.ensure_future(client.messages.get())
        answered = asyncio.ensure_future(session.messages.get())
        await asyncio.wait({asked, answered}, return_when=asyncio.FIRST_COMPLETED)
        message = asked.result() if asked.done() else None
        answer = answered.result() if answered.done() else b""
        has_left = asked.done() and message in (None, b"X\0\0\0\4")
        asked.cancel()
        answered.cancel()
        if answer is None or has_left:
            return False
        client.writer.write(answer)
        expected -= answer[:1] == b"Z"
        is_idle = answer[:1] == b"Z" and answer[5:] == b"I"
        if is_idle and expected == 0 and is_whole and message is None:
            return True


@contextmanager
def transaction_pooler(url: str, sessions: int = 4) -> Iterator[TransactionPooler]:
    """One before the server of this URL, in a thread."""
    pooler = TransactionPooler(url, sessions)
    thread = Thread(target=asyncio.run, args=(pooler.run(),), name="pooler")
    thread.start()
    pooler.listening.wait()
    try:
        yield pooler
    finally:
        pooler.stop()
        thread.join()
