"""Title models."""

from typing import Protocol

from memorizer.domain.embeddings import KnownVectors
from memorizer.domain.memories import Content


class TitleWriter(Protocol):
    """Writes titles for memories."""

    @property
    def name(self) -> str:
        """The kind of writer, `extractive`, `gguf` or `openai`; kept in results and events."""
        ...

    @property
    def model(self) -> str:
        """The name of its model; kept in the event of the title."""
        ...

    async def check(self) -> str:
        """Its state in a few words, for health checks. Raises TitleWriterUnavailable."""
        ...

    async def write(self, content: Content, *, known: KnownVectors | None = None) -> str:
        """Return a title of 1-80 characters.

        `known` vectors are used, and added to, by a writer that embeds with their model.
        Raises TitleWriterUnavailable, TitleRejected, TextRejected.
        """
        ...
