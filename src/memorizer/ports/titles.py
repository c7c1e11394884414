"""Writing a title for a memory."""

from typing import Protocol

from memorizer.domain.memories import Content


class TitleWriter(Protocol):
    """Something that can say in a few words what a text is about."""

    @property
    def name(self) -> str:
        """Goes into the event of the title."""
        ...

    async def write(self, content: Content) -> str:
        """A title of 1-80 characters. Raises TitleWriterUnavailable, TextRejected."""
        ...
