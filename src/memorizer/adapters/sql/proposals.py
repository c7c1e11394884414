"""Proposals: what may be accepted, and what was decided."""

import json
from collections.abc import Sequence

from memorizer.adapters.sql.dialect import AFTER_ALL_IDS, Dialect, Execute, Touch, row_as, rows_as
from memorizer.adapters.sql.proposal_rows import ProposalRow
from memorizer.domain.errors import NotFound
from memorizer.domain.proposals import NewProposal, Proposal, ProposalKind, ProposalState, Step
from memorizer.domain.topics import MEMORIES


class ProposalRows:
    """Implements ports.proposals.Proposals."""

    def __init__(self, execute: Execute, touch: Touch, dialect: Dialect) -> None:
        self._execute = execute
        self._touch = touch
        self._statements = dialect.statements

    def put(self, new: NewProposal, id_: str, at: int) -> bool:
        rows = self._execute(self._statements["find_proposal"], (new.fingerprint,))
        if (known := row_as(ProposalRow, rows)) is not None and not self._gives_way(known):
            return False
        self._execute(
            self._statements["insert_proposal"],
            (
                id_,
                new.fingerprint,
                new.kind,
                new.cluster,
                new.workspace_id,
                json.dumps(new.suggestion, ensure_ascii=False),
                new.reason,
                json.dumps(new.evidence, ensure_ascii=False),
                new.score,
                int(new.is_recommended),
                ProposalState.OPEN,
                at,
            ),
        )
        for position, each in enumerate(new.memories):
            values = (id_, position, each.memory_id, each.version)
            self._execute(self._statements["insert_proposal_memory"], values)
        self._touch(MEMORIES)
        return True

    def get(self, proposal_id: str) -> Proposal:
        row = row_as(ProposalRow, self._execute(self._statements["get_proposal"], (proposal_id,)))
        if row is None:
            raise NotFound("proposal", proposal_id)
        return row.to_proposal()

    def lock(self, proposal_id: str) -> Proposal:
        self._execute(self._statements["lock_proposal"], (proposal_id,))
        return self.get(proposal_id)

    def page(
        self,
        *,
        state: ProposalState | None,
        kind: ProposalKind | None,
        cluster: str | None,
        only_recommended: bool,
        before: str | None,
        limit: int,
    ) -> list[Proposal]:
        values = (
            *(AFTER_ALL_IDS if before is None else before, state or "", kind or ""),
            *(cluster or "", int(only_recommended), limit),
        )
        rows = self._execute(self._statements["page_proposals"], values)
        return [row.to_proposal() for row in rows_as(ProposalRow, rows)]

    def counts(self) -> dict[ProposalState, int]:
        found = dict(self._execute(self._statements["count_proposals"]).fetchall())
        return {state: int(found.get(state, 0)) for state in ProposalState}

    def of_change_set(self, change_set_id: str) -> list[Proposal]:
        rows = self._execute(self._statements["list_change_set"], (change_set_id,))
        return [row.to_proposal() for row in rows_as(ProposalRow, rows)]

    def decide(
        self,
        proposal_id: str,
        state: ProposalState,
        *,
        at: int | None,
        by: str | None,
        change_set_id: str | None = None,
        steps: Sequence[Step] = (),
        created_memory_id: str | None = None,
    ) -> Proposal:
        values = (state, at, by, change_set_id, json.dumps(steps), created_memory_id, proposal_id)
        self._execute(self._statements["decide_proposal"], values)
        self._touch(MEMORIES)
        return self.get(proposal_id)

    def forget(self, memory_ids: Sequence[str]) -> None:
        ids = json.dumps(list(memory_ids))
        self._execute(self._statements["forget_proposals"], (ids, ids))
        self._touch(MEMORIES)

    def _gives_way(self, known: ProposalRow) -> bool:
        """Whether it is stale, and so deleted; one that was put off is open again."""
        match known.state:
            case ProposalState.STALE:
                self._execute(self._statements["delete_proposal"], (known.id,))
                return True
            case ProposalState.LATER:
                self.decide(known.id, ProposalState.OPEN, at=None, by=None)
        return False
