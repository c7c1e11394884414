"""Writing a title for a memory."""

from typing import Protocol

from memorizer.domain.memories import Content


class TitleWriter(Protocol):
    """Something that can say in a few words what a text is about."""

    @property
    def name(self) -> str:
        """The way titles are made: `extractive`, `gguf`, `openai`; in results and events."""
        ...

    @property
    def model(self) -> str:
        """Which model it uses; in the event of the title."""
        ...

    async def check(self) -> str:
        """Where it stands, in a few words; quick. Raises TitleWriterUnavailable."""
        ...

    async def write(self, content: Content) -> str:
        """A title of 1-80 characters.

        Raises TitleWriterUnavailable, TitleRejected, TextRejected.
        """
        ...
