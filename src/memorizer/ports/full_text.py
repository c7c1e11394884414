"""Finding memories by their words."""

from collections.abc import Sequence
from typing import Protocol

from memorizer.domain.memories import Filter, Memory
from memorizer.domain.search import Candidate
from memorizer.domain.text_analysis import Term


class FullText(Protocol):
    """An index over title, tags and text, in this order of weight."""

    def put(self, memory: Memory) -> None:
        """Index the present version in place of the last."""
        ...

    def remove(self, memory_id: str) -> None: ...

    def search(self, terms: Sequence[Term], filter_: Filter, *, limit: int) -> list[Candidate]:
        """Memories with all terms; when these are too few, then those with any. Best first."""
        ...
