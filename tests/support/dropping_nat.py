"""A NAT that drops idle connections without telling either side."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

PIECE = 65_536


class ForgetfulProxy:
    """Passes bytes on between its port and another one."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._from = 0
        self._epoch = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self.connections = 0

    @property
    def port(self) -> int:
        return self._from

    def forget(self) -> None:
        """From now on nothing passes through the connections that there are; they stay open."""
        self._epoch += 1

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["ForgetfulProxy"]:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self._from = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        back, forth = await asyncio.open_connection("127.0.0.1", self._to)
        for source, target in ((reader, forth), (back, writer)):
            task = asyncio.create_task(self._pass_on(source, target, self._epoch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass_on(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, epoch: int
    ) -> None:
        with suppress(ConnectionError):
            while piece := await source.read(PIECE):
                if epoch == self._epoch:
                    target.write(piece)
                    await target.drain()
        target.close()
