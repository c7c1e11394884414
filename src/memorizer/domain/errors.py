"""The errors that Memorizer raises by name; http, cli and mcp map them once, in a table each.

MemorizerError
├── InvalidField              a value that a client sent is wrong; names the field
│   └── WorkspaceNeeded           it was not said into which workspace this goes
├── UnknownFormat             a file is in no format that can be read here
├── NotFound                  no such memory, version, relationship or job
├── AccessDenied              the caller is not known, or not any more
├── ScopeTooSmall             the caller is known, but the token's scope is too small
├── WorkspaceReadOnly         the token may only read this workspace
├── UnboundTokenNeeded        a token that is bound to workspaces may not do this
├── TooManyRequests           rate limit exceeded; says when to come again
├── Conflict                  the request does not fit the present state
│   ├── VersionConflict           somebody else changed the memory first
│   ├── ProposalStale             what a proposal names has changed since it was made
│   ├── ProposalDecided           the proposal was decided already
│   ├── ChangeSetMoved            what accepting changed was changed again since
│   ├── PresentVersion            only earlier versions can be purged
│   ├── VersionPurged             the content of this version was deleted for ever
│   ├── AlreadyRunning            only one job of this kind at a time
│   ├── ActionNotAllowed          the job's state does not permit it
│   ├── NameTaken                 another token has this name
│   ├── KeyTaken                  another memory in the workspace has this key
│   ├── PathTaken                 another workspace has this path
│   ├── WorkspaceCycle            a workspace cannot be moved below itself
│   ├── WorkspaceNotEmpty         memories or workspaces are in it
│   ├── BackupRunning             only one backup is made at a time
│   └── IdempotencyMismatch       the same key came with another request
├── Unavailable               a needed part is down; may carry a hint
│   ├── EmbedderUnavailable       the embedding model cannot be used
│   │   └── EmbeddingRefused          the server refused this text, or any request
│   ├── TitleWriterUnavailable    the title model cannot be used
│   ├── RerankerUnavailable       the reranking model cannot be used
│   ├── QueueUnavailable          the job queue cannot be reached
│   ├── StorageUnavailable        the database cannot be used
│   │   ├── OutcomeUnknown            the connection broke during a commit: done or not
│   │   └── StorageDamaged            the stored data can no longer be read
│   ├── BackupFailed              a backup cannot be made, or not be used
│   ├── MirrorFailed              the folder of the mirror cannot be written
│   ├── DownloadFailed            a model's file cannot be downloaded
│   └── DocumentUnavailable       a web page cannot be fetched now
├── DocumentRejected          a document cannot be read; do not try again
├── TextRejected              a model cannot use this text; do not try again
├── TitleRejected             the title model's reply is no title
├── StaleWork                 the memory changed while a job worked on it: compute again
├── BulkIncomplete            some items of a bulk job failed
├── LeaseLost                 another worker has the job now; stop without writing
└── Misconfigured             the program cannot start like this; says what to change
"""

from collections.abc import Mapping, Sequence


class MemorizerError(Exception):
    """Something went wrong that Memorizer knows by name."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").strip())

    @property
    def details(self) -> Mapping[str, object]:
        """Facts a client can act on, JSON-ready."""
        return {}


class InvalidField(MemorizerError):
    """A value is not acceptable."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem

    @property
    def details(self) -> Mapping[str, object]:
        """See MemorizerError."""
        return {"field": self.field, "problem": self.problem}


class WorkspaceNeeded(InvalidField):
    """It must be said into which workspace this goes."""

    def __init__(self, paths: Sequence[str]) -> None:
        names = ", ".join(f"`{path}`" for path in paths) or "none"
        super().__init__(
            "workspace", f"say into which one this goes; this token may write into: {names}"
        )


class UnknownFormat(MemorizerError):
    """The file is in no format that can be read here."""


class NotFound(MemorizerError):
    """The resource does not exist."""

    def __init__(self, kind: str, id_: str) -> None:
        super().__init__(f"There is no {kind} {id_!r}. It may have been deleted.")
        self.kind = kind
        self.id = id_


class AccessDenied(MemorizerError):
    """The caller has not proven who they are."""


class ScopeTooSmall(MemorizerError):
    """The token does not permit this."""

    def __init__(self, name: str, scope: str, needed: str) -> None:
        super().__init__(
            f"This needs the scope `{needed}`; the token “{name}” has `{scope}`. "
            f"Use a token with `{needed}`; whoever looks after this server can make one."
        )
        self.scope = scope
        self.needed = needed

    @property
    def details(self) -> Mapping[str, object]:
        """See MemorizerError."""
        return {"scope": self.scope, "needed": self.needed}


class WorkspaceReadOnly(MemorizerError):
    """The token may read this workspace, but not change what is in it."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} may be read with this token, but not changed. Use a token that is bound to "
            "its workspace for writing; whoever looks after this server can make one."
        )


class UnboundTokenNeeded(MemorizerError):
    """A token that is bound to workspaces may not do what concerns the whole store."""

    def __init__(self, what: str = "This") -> None:
        super().__init__(
            f"{what} concerns the whole store, and this token is bound to workspaces. Use a token "
            "that is not; whoever looks after this server can make one."
        )


class TooManyRequests(MemorizerError):
    """Too much at once."""

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after

    @property
    def details(self) -> Mapping[str, object]:
        """See MemorizerError."""
        return {"retryAfterSeconds": self.retry_after}


class Conflict(MemorizerError):
    """The request does not fit the present state."""


class VersionConflict(Conflict):
    """Somebody else changed the memory first."""

    def __init__(self, memory_id: str, expected: int, current: int) -> None:
        super().__init__(
            f"Memory {memory_id} is at version {current}, not {expected}. "
            "Read it again, apply your change to the new text, and send the new version."
        )
        self.expected = expected
        self.current = current

    @property
    def details(self) -> Mapping[str, object]:
        """See MemorizerError."""
        return {"expectedVersion": self.expected, "currentVersion": self.current}


class ProposalStale(Conflict):
    """What a proposal names has changed since it was made."""

    def __init__(self, proposal_id: str, moved: Sequence[str]) -> None:
        super().__init__(
            f"Proposal {proposal_id} is stale: {' and '.join(moved) or 'what it names'} changed "
            "since it was made. Nothing was done. Read the memories again; the next consolidation "
            "proposes anew what still fits."
        )
        self.moved = moved

    @property
    def details(self) -> Mapping[str, object]:
        """See MemorizerError."""
        return {"state": "stale", "memoryIds": list(self.moved)}


class ProposalDecided(Conflict):
    """A proposal is not open any more."""

    def __init__(self, proposal_id: str, state: str) -> None:
        remedy = (
            "Undo its change set first." if state == "accepted" else "Reopen it, then accept it."
        )
        super().__init__(f"Proposal {proposal_id} is {state} already. {remedy}")
        self.state = state

    @property
    def details(self) -> Mapping[str, object]:
        """See MemorizerError."""
        return {"state": self.state}


class ChangeSetMoved(Conflict):
    """What a change set changed was changed again since."""

    def __init__(self, change_set_id: str, memory_id: str) -> None:
        super().__init__(
            f"Change set {change_set_id} cannot be undone as a whole: memory {memory_id} was "
            "changed since. Nothing was done. Its history can take it to any earlier version."
        )
        self.memory_id = memory_id

    @property
    def details(self) -> Mapping[str, object]:
        """See MemorizerError."""
        return {"memoryIds": [self.memory_id]}


class PresentVersion(Conflict):
    """The present version of a memory cannot be purged."""

    def __init__(self, memory_id: str, version: int) -> None:
        super().__init__(
            f"Version {version} is the present one of memory {memory_id}: edit the memory first, "
            f"then purge version {version}. To let go of the whole memory, delete it and purge it "
            "from the trash."
        )


class VersionPurged(Conflict):
    """What this version said was deleted for ever."""

    def __init__(self, memory_id: str, version: int) -> None:
        super().__init__(
            f"Version {version} of memory {memory_id} was purged: its text is gone for ever, and "
            "nothing can be brought back from it. Choose another version."
        )


class AlreadyRunning(Conflict):
    """A job of this kind is already running."""

    def __init__(self, job_id: str) -> None:
        super().__init__(f"Job {job_id} already does this. Watch it, or cancel it first.")
        self.job_id = job_id

    @property
    def details(self) -> Mapping[str, object]:
        """See MemorizerError."""
        return {"jobId": self.job_id}


class ActionNotAllowed(Conflict):
    """The job's state does not permit this."""

    def __init__(self, action: str, state: str, allowed: str) -> None:
        super().__init__(
            f"A job that is {state} cannot be the target of {action!r}; allowed: {allowed}."
        )


class NameTaken(Conflict):
    """A token of this name exists."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is a token “{name}” already. Take another name, or revoke that one first."
        )


class KeyTaken(Conflict):
    """Another memory in the same workspace has this key."""

    def __init__(self, key: str, memory_id: str) -> None:
        super().__init__(
            f"Memory {memory_id} has the key {key!r} already. Take another key, or change that "
            "memory: PUT /api/memories/by-key/ with the key writes its next version."
        )
        self._details = {"key": key, "memoryId": memory_id}

    @property
    def details(self) -> Mapping[str, object]:
        """See MemorizerError."""
        return self._details


class PathTaken(Conflict):
    """A workspace of this path exists."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"There is a workspace {path!r} already. Take another name or slug, or that one."
        )
        self.path = path


class WorkspaceCycle(Conflict):
    """A workspace cannot be moved below itself."""

    def __init__(self, path: str, parent_path: str) -> None:
        super().__init__(f"{parent_path!r} is in {path!r}, which can therefore not be moved there.")


class WorkspaceNotEmpty(Conflict):
    """Something is in the workspace."""

    def __init__(self, path: str, *, memories: int, trashed: int, workspaces: int) -> None:
        super().__init__(
            f"In {path!r} there are {memories:,} memories, {trashed:,} in the trash, and "
            f"{workspaces:,} workspaces below it. Say with `to` what becomes of the "
            "memories: `trash` puts them into the trash, `parent` into the workspace above."
        )
        self._counts = {"memories": memories, "trashed": trashed, "workspaces": workspaces}

    @property
    def details(self) -> Mapping[str, object]:
        """See MemorizerError."""
        return self._counts


class BackupRunning(Conflict):
    """A backup is being made at this moment. Wait until it is done."""


class IdempotencyMismatch(Conflict):
    """This idempotency key was used for another request."""


class Unavailable(MemorizerError):
    """A needed part is down. `hint`: what to do about this very error, if that is known."""

    def __init__(self, message: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class EmbedderUnavailable(Unavailable):
    """The embedding model cannot be used now."""


class EmbeddingRefused(EmbedderUnavailable):
    """The embedding server refuses the request: for its text, or every request."""


class TitleWriterUnavailable(Unavailable):
    """The title model cannot be used now."""


class RerankerUnavailable(Unavailable):
    """The reranking model cannot be used now."""


class QueueUnavailable(Unavailable):
    """The job queue cannot be reached now."""


class StorageUnavailable(Unavailable):
    """The database cannot be used now."""


class OutcomeUnknown(StorageUnavailable):
    """The change may have been written or not."""


class StorageDamaged(StorageUnavailable):
    """The database file is damaged."""


class BackupFailed(Unavailable):
    """A backup could not be made, or it cannot be used."""


class MirrorFailed(Unavailable):
    """The Markdown mirror could not be written."""


class DownloadFailed(Unavailable):
    """A file could not be downloaded."""


class DocumentUnavailable(Unavailable):
    """A web page or file cannot be fetched now."""


class DocumentRejected(MemorizerError):
    """The document cannot be read."""


class TextRejected(MemorizerError):
    """The model cannot use this text."""


class TitleRejected(MemorizerError):
    """What the title model wrote is no title."""


class StaleWork(MemorizerError):
    """The memory changed while the job worked on it."""


class BulkIncomplete(MemorizerError):
    """Some items of a bulk job failed."""


class LeaseLost(MemorizerError):
    """Another worker has this job now."""


class Misconfigured(MemorizerError):
    """Memorizer cannot start with these settings."""
