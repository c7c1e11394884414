"""A running Memorizer as tests hold it."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

from memorizer.bootstrap import Container, running
from memorizer.services import Services
from memorizer.settings import Settings
from support.embedders import WordEmbedder
from support.titles import FirstWords


@dataclass
class Memorizer:
    """Everything real but the two models, which tests can hold up and break."""

    container: Container
    embedder: WordEmbedder
    writer: FirstWords
    settings: Settings
    stack: AsyncExitStack

    @property
    def services(self) -> Services:
        return self.container.services

    async def start_worker(self) -> None:
        """Work on jobs from here to the end of the test."""
        await self.stack.enter_async_context(running(self.container.worker))
