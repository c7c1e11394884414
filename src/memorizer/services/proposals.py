"""Proposals: listing and deciding them; accepting is one change set, which can be undone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from memorizer.domain.errors import InvalidField, NotFound, ProposalDecided
from memorizer.domain.proposals import (
    MAX_ACCEPTED,
    NO_EDIT,
    UNDECIDED,
    Proposal,
    ProposalEdit,
    ProposalKind,
    ProposalState,
)
from memorizer.ports.clock import Clock
from memorizer.ports.transactions import Database, MemoryTransaction
from memorizer.services.change_sets import ChangeSets

MAX_PAGE: Final = 100
_MANY: Final = {ProposalKind.REPLACE, ProposalKind.MERGE}


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """What accepting or undoing did, as one; `proposals` as they are afterwards."""

    id: str
    proposals: tuple[Proposal, ...]


@dataclass(frozen=True, slots=True)
class ProposalService:
    """Lists proposals, and accepts, declines or puts them off."""

    database: Database
    changes: ChangeSets
    clock: Clock

    async def page(
        self,
        *,
        state: ProposalState | None = None,
        kind: ProposalKind | None = None,
        cluster: str | None = None,
        only_recommended: bool = False,
        before: str | None = None,
        limit: int = MAX_PAGE,
    ) -> tuple[list[Proposal], str | None]:
        """Return proposals, newest first, and the next page's cursor."""

        def transaction(tx: MemoryTransaction) -> list[Proposal]:
            return tx.proposals.page(
                state=state,
                kind=kind,
                cluster=cluster,
                only_recommended=only_recommended,
                before=before,
                limit=limit + 1,
            )

        found = await self.database.read(transaction)
        return found[:limit], found[limit - 1].id if len(found) > limit else None

    async def counts(self) -> dict[ProposalState, int]:
        """Return the number of proposals by state."""
        return await self.database.read(lambda tx: tx.proposals.counts())

    async def get(self, proposal_id: str) -> Proposal:
        """Return one proposal. Raises NotFound."""
        return await self.database.read(lambda tx: tx.proposals.get(proposal_id))

    async def accept(
        self, proposal_ids: Sequence[str], *, actor: str, edit: ProposalEdit = NO_EDIT
    ) -> ChangeSet:
        """Carry out these proposals in one transaction, all or none.

        `edit` is for a single one. Those that were accepted together already are returned as they
        are. Raises NotFound, InvalidField, ProposalStale, ProposalDecided.
        """
        ids = list(dict.fromkeys(proposal_ids))
        if not 0 < len(ids) <= MAX_ACCEPTED:
            raise InvalidField("ids", f"1 to {MAX_ACCEPTED} proposals, got {len(ids)}")
        if edit != NO_EDIT and len(ids) > 1:
            raise InvalidField("ids", "an edit is for a single proposal")
        plan = await self.changes.prepare(ids, edit)

        def transaction(tx: MemoryTransaction) -> ChangeSet:
            proposals = [tx.proposals.lock(id_) for id_ in sorted(ids)]
            if (same := _accepted_together(proposals)) is not None:
                return ChangeSet(same, tuple(proposals))
            change_set_id = self.clock.new_id()
            # what makes no version first: two may be about one memory
            for each in sorted(proposals, key=lambda each: each.kind not in _MANY):
                self.changes.apply(tx, each, plan, edit, change_set_id, actor=actor)
            return ChangeSet(change_set_id, tuple(tx.proposals.of_change_set(change_set_id)))

        return await self.database.write(transaction)

    async def accept_cluster(self, proposal_id: str, *, actor: str) -> ChangeSet:
        """Accept a proposal with all open ones of its cluster, in one transaction.

        Raises NotFound, ProposalStale, ProposalDecided.
        """

        def transaction(tx: MemoryTransaction) -> list[str]:
            one = tx.proposals.get(proposal_id)
            others = tx.proposals.page(
                state=ProposalState.OPEN,
                kind=None,
                cluster=one.cluster,
                only_recommended=False,
                before=None,
                limit=MAX_ACCEPTED,
            )
            ids = [each.id for each in others] if one.cluster else []
            return [one.id, *(id_ for id_ in ids if id_ != one.id)][:MAX_ACCEPTED]

        return await self.accept(await self.database.read(transaction), actor=actor)

    async def decline(self, proposal_id: str, *, actor: str) -> Proposal:
        """Turn it down: the same is never proposed again. Raises NotFound, ProposalDecided."""
        return await self._decide(proposal_id, ProposalState.DECLINED, actor)

    async def put_off(self, proposal_id: str, *, actor: str) -> Proposal:
        """Put it off, until a consolidation finds it again. Raises NotFound, ProposalDecided."""
        return await self._decide(proposal_id, ProposalState.LATER, actor)

    async def reopen(self, proposal_id: str) -> Proposal:
        """Make a declined or put off proposal open again. Raises NotFound, ProposalDecided."""

        def transaction(tx: MemoryTransaction) -> Proposal:
            if tx.proposals.lock(proposal_id).state is ProposalState.ACCEPTED:
                raise ProposalDecided(proposal_id, ProposalState.ACCEPTED)
            return tx.proposals.decide(proposal_id, ProposalState.OPEN, at=None, by=None)

        return await self.database.write(transaction)

    async def undo(self, change_set_id: str, *, actor: str) -> ChangeSet:
        """Undo what accepting did, all or nothing; its proposals are open again.

        Raises NotFound; ChangeSetMoved if what it changed was changed since.
        """
        embedded = await self.changes.prepare_undo(change_set_id)

        def transaction(tx: MemoryTransaction) -> ChangeSet:
            proposals = [
                tx.proposals.lock(each.id) for each in tx.proposals.of_change_set(change_set_id)
            ]
            if not proposals:
                raise NotFound("change set", change_set_id)
            undone = [
                self.changes.undo(tx, each, embedded, actor=actor) for each in reversed(proposals)
            ]
            return ChangeSet(change_set_id, tuple(reversed(undone)))

        return await self.database.write(transaction)

    async def _decide(self, proposal_id: str, state: ProposalState, actor: str) -> Proposal:
        def transaction(tx: MemoryTransaction) -> Proposal:
            proposal = tx.proposals.lock(proposal_id)
            if proposal.state is state:
                return proposal
            if proposal.state not in {*UNDECIDED, ProposalState.STALE}:
                raise ProposalDecided(proposal_id, proposal.state)
            return tx.proposals.decide(proposal_id, state, at=self.clock.now(), by=actor)

        return await self.database.write(transaction)


def _accepted_together(proposals: Sequence[Proposal]) -> str | None:
    """Return the change set that all of these are of, if there is one."""
    sets = {each.change_set_id for each in proposals}
    return sets.pop() if len(sets) == 1 else None
