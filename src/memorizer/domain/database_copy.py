"""What a copy of a whole store consists of."""

from dataclasses import dataclass
from enum import StrEnum

Value = str | int | float | bytes | None


Row = tuple[Value, ...]


Key = tuple[str | int, ...]


class Table(StrEnum):
    """What a copy consists of, in the order in which it has to come."""

    MEMORIES = "memories"
    """Deleted ones too, each with its tags."""
    VERSIONS = "versions"
    EVENTS = "events"
    RELATIONSHIPS = "relationships"
    REPLIES = "replies"
    TOKENS = "tokens"
    MODELS = "models"
    """Those in use; vectors of retired ones are left."""
    VECTORS = "vectors"
    JOBS = "jobs"
    """Those that have not ended; in the copy they wait."""
    PARTS = "parts of jobs"
    SLICES = "slices of jobs"
    FAILURES = "failures of jobs"
    PAUSES = "paused queues"


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a table, the key behind which the next ones are, and how far that brought us."""

    rows: tuple[Row, ...]
    last: Key
    done: int
