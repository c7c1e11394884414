"""The log of recalls, as rows."""

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, islice

from memorizer.adapters.sql.dialect import AFTER_ALL_IDS, Dialect, Execute, Value, rows_as
from memorizer.adapters.sql.memory_rows import MemoryRow
from memorizer.domain.memories import Memory
from memorizer.domain.recalls import Door, Recall, Recaller, RecallSummary, Shown

ROWS_PER_INSERT = 100
"""Each statement is a round trip."""


class RecallRows:
    """Implements ports.recalls.Recalls."""

    def __init__(self, execute: Execute, dialect: Dialect) -> None:
        self._execute = execute
        self._statements = dialect.statements

    def add(self, recalls: Sequence[Recall], *, keep: bool) -> None:
        shown = [(recall, each) for recall in recalls for each in recall.shown]
        existing = self._existing({each.memory_id for _, each in shown})
        shown = [(recall, each) for recall, each in shown if each.memory_id in existing]
        if keep:
            numbers = self._workspace_numbers(recalls)
            self._insert(
                self._statements["insert_recalls"],
                [_recall_row(recall, numbers) for recall in recalls],
            )
            rows = [
                (recall.id, each.rank, each.memory_id, each.relevance, int(each.is_weak))
                for recall, each in shown
            ]
            self._insert(self._statements["insert_recalled_memories"], rows)
        times: dict[str, list[int]] = {}
        for recall, each in shown:
            times.setdefault(each.memory_id, []).append(recall.at)
        # in one order everywhere, so that no two transactions wait for each other
        counts = [(id_, len(at), max(at)) for id_, at in sorted(times.items())]
        self._insert(self._statements["upsert_recall_counts"], counts)

    def _existing(self, ids: set[str]) -> set[str]:
        members = json.dumps(sorted(ids))
        rows = self._execute(self._statements["list_existing_memories"], (members,))
        return {str(id_) for (id_,) in rows}

    def _workspace_numbers(self, recalls: Sequence[Recall]) -> dict[str | None, int]:
        ids = sorted({recall.workspace_id for recall in recalls if recall.workspace_id})
        rows = self._execute(self._statements["list_workspace_numbers"], (json.dumps(ids),))
        return {str(id_): int(seq) for id_, seq in rows}

    def _insert(self, statement: str, rows: Sequence[tuple[Value, ...]]) -> None:
        remaining = iter(rows)
        while some := list(islice(remaining, ROWS_PER_INSERT)):
            marks = ", ".join([f"({', '.join('?' * len(some[0]))})"] * len(some))
            values = [value for row in some for value in row]
            self._execute(statement.format(rows=marks), values)

    def page(
        self, *, empty: bool | None, doors: Sequence[Door], before: str | None, limit: int
    ) -> list[Recall]:
        statement = {
            None: self._statements["page_all_recalls"],
            True: self._statements["page_empty_recalls"],
            False: self._statements["page_answered_recalls"],
        }[empty]
        found = rows_as(
            _recall, self._execute(statement, (before or AFTER_ALL_IDS, json.dumps(doors), limit))
        )
        members = json.dumps([recall.id for recall in found])
        rows = self._execute(self._statements["list_recalled_memories"], (members,))
        shown = {
            recall_id: tuple(_shown(*row[1:]) for row in some)
            for recall_id, some in groupby(rows, key=lambda row: str(row[0]))
        }
        return [replace(recall, shown=shown.get(recall.id, ())) for recall in found]

    def of_memory(self, memory_id: str, *, limit: int) -> list[Recall]:
        rows = self._execute(self._statements["list_recalls_of_memory"], (memory_id, limit))
        found = rows_as(_recall, rows)
        members = json.dumps([recall.id for recall in found])
        shown = {
            str(row[0]): _shown(*row[1:])
            for row in self._execute(self._statements["list_recalled_memories"], (members,))
            if row[1] == memory_id
        }
        return [
            replace(recall, shown=(shown[recall.id],)) for recall in found if recall.id in shown
        ]

    def summary(self, memory_id: str) -> RecallSummary:
        row = self._execute(self._statements["get_recall_count"], (memory_id,)).fetchone()
        return RecallSummary(0, None) if row is None else RecallSummary(int(row[0]), int(row[1]))

    def never(self, *, since: int, before: str | None, limit: int) -> list[Memory]:
        values = (since, since, before or AFTER_ALL_IDS, limit)
        rows = rows_as(MemoryRow, self._execute(self._statements["page_never_recalled"], values))
        return [row.to_memory() for row in rows]

    def count_never(self, *, since: int) -> int:
        [(number,)] = self._execute(self._statements["count_never_recalled"], (since, since))
        return int(number)

    def began_at(self) -> int:
        [(at,)] = self._execute(self._statements["get_recall_log_beginning"])
        return int(at)

    def delete_older_than(self, at: int) -> int:
        return len(self._execute(self._statements["delete_old_recalls"], (at,)).fetchall())


def _recall_row(recall: Recall, numbers: dict[str | None, int]) -> tuple[Value, ...]:
    by = recall.by
    workspace = numbers.get(recall.workspace_id)
    asked = (recall.id, recall.at, by.door, by.actor, by.caller, by.client, recall.query)
    return (*asked, workspace, recall.took_ms, int(recall.is_degraded), recall.answered)


def _recall(  # noqa: PLR0917 - its columns
    id_: str,
    at: int,
    door: str,
    actor: str,
    caller: str,
    client: str,
    query: str | None,
    workspace_id: str | None,
    took_ms: int,
    is_degraded: int,
) -> Recall:
    by = Recaller(Door(door), actor, caller, client)
    return Recall(id_, at, by, query, workspace_id, took_ms, bool(is_degraded), ())


def _shown(memory_id: str, rank: int, relevance: float | None, is_weak: int) -> Shown:
    return Shown(memory_id, rank, relevance, bool(is_weak))
