"""What tools answer: facts under the names that REST gives them, with a sentence to go on from."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic.json_schema import SkipJsonSchema

from memorizer.domain.memories import Memory, Relationship
from memorizer.domain.search import Hit, Similar
from memorizer.domain.snippets import snippet
from memorizer.domain.timestamps import to_iso


def secrets_remark(kinds: Sequence[str]) -> str:
    """Return a sentence about secrets in what was sent; empty if there were none."""
    if not kinds:
        return ""
    return f" It held what looks like a secret ({', '.join(kinds)}): tell the user."


SecretsFound = SkipJsonSchema[list[str] | None]
"""Kinds of secrets. Not in the schemas, which are open: every session pays for their length."""
LABEL = 60
"""Characters of the text that stand in for a title that is not written yet."""


class View(BaseModel):
    """A part of an answer. What there is nothing to say about is left out."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True)

    def plain(self) -> dict[str, Any]:
        """Ready to be sent."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class Result(View):
    """A tool's whole answer."""

    message: str


class MemoryView(View):
    """A memory with its text, or with as much of it as fits."""

    id: str
    type: str
    title: str | None = None
    text: str
    source: str
    tags: list[str]
    confidence: float
    version: int
    created_at: str
    updated_at: str
    archived_at: str | None = None
    key: str | None = None
    pinned: bool | None = None
    metadata: dict[str, Any] | None = None
    valid_from: str | None = None
    valid_until: str | None = None
    review_at: str | None = None
    happened_at: str | None = None
    superseded_by: str | None = None
    superseded_at: str | None = None
    text_cursor: str | None = None

    @classmethod
    def of(cls, memory: Memory) -> "MemoryView":
        """All of it."""
        content = memory.content
        return cls(
            id=memory.id,
            type=content.type,
            title=content.title,
            text=content.text,
            source=content.source,
            tags=list(content.tags),
            confidence=content.confidence,
            version=memory.version,
            created_at=to_iso(memory.created_at),
            updated_at=to_iso(memory.updated_at),
            archived_at=None if memory.archived_at is None else to_iso(memory.archived_at),
            key=memory.key,
            pinned=memory.is_pinned or None,
            metadata=dict(content.metadata) or None,
            **_moments(asdict(content.times)),
            **_moments({"superseded_at": memory.supersession and memory.supersession.at}),
            superseded_by=memory.supersession and memory.supersession.by,
        )


class SummaryView(View):
    """A memory in a list."""

    id: str
    title: str
    type: str
    tags: list[str]
    created_at: str

    @classmethod
    def of(cls, memory: Memory) -> "SummaryView":
        """Return the view of a memory."""
        content = memory.content
        return cls(
            id=memory.id,
            title=label(memory),
            type=content.type,
            tags=list(content.tags),
            created_at=to_iso(memory.created_at),
        )


class HitView(View):
    """What a search shows of a memory."""

    id: str
    title: str
    snippet: str | None = None
    type: str
    tags: list[str]
    match: str
    similarity: str | None = None
    copies: int | None = None
    created_at: str
    valid_until: str | None = None
    superseded_by: str | None = None
    superseded_at: str | None = None

    @classmethod
    def of(cls, hit: Hit, query: str) -> "HitView":
        """Return the view of a hit.

        The snippet, at most 160 characters around the match, is left out where it says no more
        than the title. Copies are told where there are any.
        """
        memory = hit.memory
        part = snippet(memory.content.text, query)
        return cls(
            id=memory.id,
            title=label(memory),
            snippet=None if part.rstrip(".!") == label(memory) else part,
            type=memory.content.type,
            tags=list(memory.content.tags),
            match=hit.match,
            similarity=None if hit.similarity is None else percent(hit.similarity),
            copies=hit.copies if hit.copies > 1 else None,
            created_at=to_iso(memory.created_at),
            **_moments(
                {
                    "valid_until": memory.content.times.valid_until,
                    "superseded_at": memory.supersession and memory.supersession.at,
                }
            ),
            superseded_by=memory.supersession and memory.supersession.by,
        )


class SimilarView(View):
    """A memory that is near; nobody stated that it belongs."""

    id: str
    title: str
    similarity: str

    @classmethod
    def of(cls, similar: Similar) -> "SimilarView":
        """Return the view of a similar memory."""
        memory = similar.memory
        return cls(id=memory.id, title=label(memory), similarity=percent(similar.similarity))


class RelationshipView(View):
    """A stated relationship, seen from one of its ends."""

    id: str
    type: str
    direction: Annotated[str, Field(json_schema_extra={"enum": ["outgoing", "incoming"]})]
    memory_id: str
    title: str

    @classmethod
    def of(
        cls, link: Relationship, *, seen_from: str, others: Mapping[str, Memory]
    ) -> "RelationshipView":
        """With the title of the memory at the other end."""
        is_outgoing = link.from_id == seen_from
        other = link.to_id if is_outgoing else link.from_id
        return cls(
            id=link.id,
            type=link.type,
            direction="outgoing" if is_outgoing else "incoming",
            memory_id=other,
            title=label(others[other]) if other in others else "",
        )


def _moments(times: Mapping[str, int | None]) -> dict[str, str]:
    """Return the times that are given as JSON has them."""
    return {name: to_iso(at) for name, at in times.items() if at is not None}


def label(memory: Memory) -> str:
    """Return the title, or the beginning of the text while there is none."""
    content = memory.content
    return content.title or beginning(content.text, LABEL)


def beginning(text: str, length: int) -> str:
    """One line from the start of a text."""
    line = " ".join(text[: 2 * length].split())
    return line if len(line) <= length and len(text) <= 2 * length else f"{line[:length]}…"


def percent(cosine: float) -> str:
    """As people read it."""
    return f"{max(cosine, 0.0):.0%}"


def quoted(ids: list[str]) -> str:
    """As the next call wants them."""
    return "[" + ", ".join(f'"{id_}"' for id_ in ids) + "]"
