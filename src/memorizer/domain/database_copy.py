"""Tables and pages of a copy of a whole database."""

from dataclasses import dataclass
from enum import StrEnum

Value = str | int | float | bytes | None


Row = tuple[Value, ...]


Key = tuple[str | int, ...]


class Table(StrEnum):
    """The tables of a copy, in the order in which they must be inserted."""

    WORKSPACES = "workspaces"
    WORKSPACE_EVENTS = "events of workspaces"
    MEMORIES = "memories"
    """With tags; memories in the trash included."""
    VALIDITY = "validity of memories"
    VERSIONS = "versions"
    EVENTS = "events"
    RELATIONSHIPS = "relationships"
    EXTERNAL_IDS = "names in sources"
    DOCUMENTS = "documents"
    DOCUMENT_PARTS = "parts of documents"
    UPLOADS = "uploads"
    """Pieces of files that wait for their jobs."""
    PROPOSALS = "proposals"
    PROPOSAL_MEMORIES = "memories of proposals"
    CAPTURES = "parts of transcripts"
    REPLIES = "replies"
    TOKENS = "tokens"
    GRANTS = "grants of tokens"
    OAUTH_CLIENTS = "OAuth clients"
    CONNECTIONS = "connections of OAuth clients"
    ACCESS_TOKENS = "access tokens"
    REFRESH_TOKENS = "refresh tokens"
    MODELS = "models"
    """Active models and those being built; retired ones are not copied."""
    VECTORS = "vectors"
    JOBS = "jobs"
    """Unfinished jobs, which become `waiting` in the copy."""
    PARTS = "parts of jobs"
    SLICES = "slices of jobs"
    FAILURES = "failures of jobs"
    PAUSES = "paused queues"


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a table, the key of the last one, and how much of the total they count for."""

    rows: tuple[Row, ...]
    last: Key
    done: int
