"""Proposals, as rows."""

from collections.abc import Sequence
from typing import Protocol

from memorizer.domain.proposals import NewProposal, Proposal, ProposalKind, ProposalState, Step


class Proposals(Protocol):
    """Proposals whose memories are all seen."""

    def put(self, new: NewProposal, id_: str, at: int) -> bool:
        """Store it (UTC milliseconds), and return whether it is new.

        One with the same fingerprint that was accepted or declined stays; one that is stale is
        replaced; one that was put off is open again.
        """
        ...

    def get(self, proposal_id: str) -> Proposal:
        """Return the proposal. Raises NotFound."""
        ...

    def lock(self, proposal_id: str) -> Proposal:
        """As `get`; nobody else decides it before the transaction ends."""
        ...

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
        """Newest first, those with ids below `before`."""
        ...

    def counts(self) -> dict[ProposalState, int]:
        """Their number by state."""
        ...

    def of_change_set(self, change_set_id: str) -> list[Proposal]:
        """Those that were accepted together, in the order of their ids."""
        ...

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
        """Note a decision, or with `at` None that there is none. Raises NotFound."""
        ...

    def forget(self, memory_ids: Sequence[str]) -> None:
        """Delete those that name any of these memories, or made one: they quote their texts."""
        ...
