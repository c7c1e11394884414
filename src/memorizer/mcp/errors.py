"""Texts of failed calls: what happened, and which tool to call next."""

from memorizer.domain.auth import masked
from memorizer.domain.errors import MemorizerError, NotFound, Unavailable, VersionConflict
from memorizer.services.health import hint_of

NEXT: dict[str, str] = {
    "memory": "search_memories finds memories and their ids.",
    "relationship": "get shows a memory's relationships with their ids.",
    "workspace": "get_workspace lists them, where MEMORIZER_MCP_TOOLS=all.",
    "job": "start_job gives the ids of its jobs.",
}
UNEXPECTED = "Something unexpected happened; the log of Memorizer has it. Nothing more is known."


def explained(error: MemorizerError) -> str:
    """Return the error's message and a hint on what to do next; secrets are masked."""
    return masked(_explained(error))


def _explained(error: MemorizerError) -> str:
    match error:
        case NotFound():
            return f"{error} {NEXT.get(error.kind, '')}".strip()
        case VersionConflict():
            return f"{error} Use get, then try again."
        case Unavailable():
            return f"{error} {hint_of(error)}"
        case _:
            return str(error)
