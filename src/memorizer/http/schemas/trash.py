"""What was deleted, as JSON."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from memorizer.domain import memories as domain
from memorizer.domain.memories import TrashCursor
from memorizer.domain.search import MAX_LIMIT
from memorizer.domain.timestamps import to_iso
from memorizer.http.schemas.base import RequestModel, ResponseModel, Timestamp, absent
from memorizer.http.schemas.memories import MEMORY_ID, Memory

Cursor = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,15}_[0-9a-f-]{36}$")]
CURSOR = f"1763890200000_{MEMORY_ID}"


class DeletedMemory(Memory):
    """A memory in the trash, whole."""

    deleted_at: Timestamp
    purged_at: Timestamp = Field(description="When it goes for ever, or soon after.")

    @classmethod
    def after(cls, deleted: domain.TrashedMemory, age_ms: int) -> Self:
        """As JSON, if the trash keeps things so long."""
        return cls.of(
            deleted.memory, deleted_at=to_iso(deleted.at), purged_at=to_iso(deleted.at + age_ms)
        )


class TrashPage(ResponseModel):
    """Deleted memories; deleted last comes first."""

    memories: list[DeletedMemory]
    count: int = Field(description="How many are in this page.", examples=[1])
    total: int = Field(description="How many are in the trash.", examples=[1])
    days: float = Field(description="How long the trash keeps what is put in.", examples=[30.0])
    next_cursor: str | SkipJsonSchema[None] = absent(
        description="Give it as `cursor` for the next page; left out on the last.",
        examples=[CURSOR],
    )


class TrashQuery(RequestModel):
    """Which part of the trash to list."""

    limit: int = Field(20, ge=1, le=MAX_LIMIT, description="How many in one page.")
    cursor: Cursor | None = Field(None, description="`nextCursor` of the page before.")

    @property
    def place(self) -> TrashCursor | None:
        """Where the page before ended."""
        if self.cursor is None:
            return None
        at, _, memory_id = self.cursor.partition("_")
        return TrashCursor(int(at), memory_id)


class Purged(ResponseModel):
    """What became of the trash."""

    message: str = Field(examples=["The trash is empty"])
    count: int = Field(description="How many memories are gone for ever.", examples=[3])


def cursor_of(place: TrashCursor | None) -> str | None:
    """As clients give it back."""
    return None if place is None else f"{place.at}_{place.memory_id}"
