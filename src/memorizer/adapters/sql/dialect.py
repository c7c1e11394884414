"""Where SQLite and PostgreSQL differ in statements that are otherwise the same.

Shared statements bind their values to `?`, in order, and use nothing else that only one of the
two understands. Only constants become SQL; whatever users typed is bound.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar

from memorizer.adapters.sql.memory_rows import TIMES_COLUMNS, MemoryRow
from memorizer.adapters.sql.proposal_rows import ProposalRow
from memorizer.adapters.sql.statements import SHARED_FRAGMENTS, load_statements
from memorizer.domain.metadata import Condition

UNLIMITED: Final = 2**31 - 1
"""A LIMIT that limits nothing."""
AFTER_ALL_IDS: Final = "\U0010ffff"
"""Sorts after every id."""
AFTER_ALL_NUMBERS: Final = 2**63 - 1
"""The largest integer of both databases."""

_VALIDITY: Final = ", ".join(
    (
        *(f"v.{name}" for name in TIMES_COLUMNS),
        # what the reader may not see is not named
        "(SELECT s.id FROM memories s WHERE s.id = v.superseded_by)",
        "v.superseded_at",
    )
)
R = TypeVar("R")
Value = str | int | float | bytes | None


class Rows(Protocol):
    """The rows of a statement: tuples whose types only the SQL knows."""

    def __iter__(self) -> Iterator[Any]: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...


Execute = Callable[..., Rows]
"""Runs a statement with the values of its `?`."""
Touch = Callable[[str], None]
"""Notes a topic to signal once the transaction is committed."""


def rows_as(make: Callable[..., R], rows: Rows) -> list[R]:
    """All rows, each made from its columns in their order."""
    return [make(*row) for row in rows]


def row_as(make: Callable[..., R], rows: Rows) -> R | None:
    """Return the first row, made from its columns in their order."""
    row = rows.fetchone()
    return None if row is None else make(*row)


@dataclass(frozen=True, slots=True)
class Dialect:
    """The SQL of one database."""

    members: str
    """A query for the texts of a JSON list, its one value."""
    json_list: Callable[[str], str]
    """An aggregate of these values as a JSON list, in the order that follows them."""
    json_array: Callable[[str], str]
    """These values as a JSON list, as a text."""
    append_step: str
    """A job's steps and one more: the revision to come, and the progress, its one value."""
    metadata_condition: Callable[[Condition], tuple[str, tuple[Value, ...]]]
    """A condition on the metadata of a memory `m` as SQL, and its values; NULL counts as false."""
    position: str
    """The function that finds a text in another one, from 1; 0 if it is not there."""
    first_row: Callable[[Rows], Callable[[], Any]]
    """The first of these rows or None, read no later than the database needs it."""
    days_index: str = ""
    """Which index of memories to count the days by, where the planner has to be told."""
    continue_workspace_seq: str = ""
    """Lets new workspaces be numbered behind those that were inserted with their numbers."""
    workspaces_lock: str = ""
    """A statement after which nobody else changes the tree of workspaces."""
    documents_lock: str = ""
    """A statement after which nobody else adds documents."""
    row_lock: str = ""
    """Ends a query for one row that is going to be changed: nobody else changes it meanwhile."""
    reference_lock: str = ""
    """Ends a query for one row that others are going to refer to: nobody deletes it meanwhile."""
    job_lock: str = ""
    """Ends a query for jobs to claim: those that another is about to claim are passed over."""
    statements: Mapping[str, str] = field(init=False)
    """The texts of `queries/*.sql` for this database, by the names of their files."""

    def __post_init__(self) -> None:
        fragments = {
            "members": self.members,
            "append_step": self.append_step,
            "row_lock": self.row_lock,
            "reference_lock": self.reference_lock,
            "job_lock": self.job_lock,
            "job_ids": self.json_list("j.id"),
            "days_index": self.days_index,
            "position": self.position,
            "memory_columns": self._memory_columns(),
            "proposal_columns": self._proposal_columns(),
        }
        object.__setattr__(self, "statements", load_statements(fragments))

    def _memory_columns(self) -> str:
        """Return the columns of a MemoryRow, from `memories AS m`."""
        tags = self.json_list("tag ORDER BY position")
        selected = {
            "tags": f"(SELECT {tags} FROM memory_tags t WHERE t.memory_seq = m.seq)",
            "workspace_id": "(SELECT w.id FROM workspaces w WHERE w.seq = m.workspace_seq)",
            "validity": f"(SELECT {self.json_array(_VALIDITY)} FROM memory_validity v"
            " WHERE v.memory_id = m.id)",
        }
        return ", ".join(selected.get(name, f"m.{name}") for name in MemoryRow._fields)

    def _proposal_columns(self) -> str:
        """Return the columns of a ProposalRow, from `proposals AS p`."""
        selected = {
            "workspace_id": "(SELECT w.id FROM workspaces w WHERE w.seq = p.workspace_seq)",
            "state": SHARED_FRAGMENTS["proposal_state"],
        } | {
            f"{column}s": f"(SELECT {self.json_list(f'n.{column} ORDER BY n.position')}"
            " FROM proposal_memories n WHERE n.proposal_id = p.id)"
            for column in ("memory_id", "version")
        }
        return ", ".join(selected.get(name, f"p.{name}") for name in ProposalRow._fields)
