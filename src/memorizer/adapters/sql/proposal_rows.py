"""Rows of proposals as a type, and the domain's value."""

import json
from typing import NamedTuple

from memorizer.domain.proposals import NamedVersion, Proposal, ProposalKind, ProposalState, Step


class ProposalRow(NamedTuple):
    """The columns that make a Proposal; the fragment `proposal_columns` selects them."""

    id: str
    kind: str
    memory_ids: str
    versions: str
    suggestion: str
    reason: str
    evidence: str
    score: float
    recommended: int
    state: str
    created_at: int
    cluster: str
    workspace_id: str | None
    decided_at: int | None
    decided_by: str | None
    change_set_id: str | None
    steps: str
    created_memory_id: str | None

    def to_proposal(self) -> Proposal:
        named = zip(json.loads(self.memory_ids), json.loads(self.versions), strict=True)
        return Proposal(
            self.id,
            ProposalKind(self.kind),
            tuple(NamedVersion(*each) for each in named),
            json.loads(self.suggestion),
            self.reason,
            json.loads(self.evidence),
            self.score,
            bool(self.recommended),
            ProposalState(self.state),
            self.created_at,
            self.cluster,
            self.workspace_id,
            self.decided_at,
            self.decided_by,
            self.change_set_id,
            tuple(Step(*each) for each in json.loads(self.steps)),
            self.created_memory_id,
        )
