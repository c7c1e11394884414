"""A title writer that is quick to predict and can be broken or held up."""

import asyncio

from memorizer.domain.embeddings import KnownVectors
from memorizer.domain.errors import TitleWriterUnavailable
from memorizer.domain.memories import Content


class FirstWords:
    """Implements ports.titles.TitleWriter."""

    name = "first-words"
    model = "five words"

    def __init__(self) -> None:
        self.is_down = False
        self.written = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def check(self) -> str:
        if self.is_down:
            raise TitleWriterUnavailable("The title model is switched off by the test.")
        return self.name

    async def write(self, content: Content, *, known: KnownVectors | None = None) -> str:
        await self.gate.wait()
        if self.is_down:
            raise TitleWriterUnavailable("The title model is switched off by the test.")
        self.written += 1
        return " ".join(content.text.split()[:5])[:80]
