"""Proposals as a test wants them, without a job that finds them."""

from dataclasses import replace

from memorizer.domain.memories import Memory
from memorizer.domain.proposals import NamedVersion, NewProposal, ProposalKind
from memorizer.services import Services


def named(*memories: Memory) -> tuple[NamedVersion, ...]:
    return tuple(NamedVersion(each.id, each.version) for each in memories)


def replacing(kept: Memory, *others: Memory, cluster: str = "") -> NewProposal:
    """That the first replaces the others."""
    return NewProposal(
        ProposalKind.REPLACE,
        named(kept, *others),
        {"keep": kept.id, "replace": [each.id for each in others]},
        "The texts are the same.",
        1.0,
        cluster=cluster,
        workspace_id=kept.workspace_id,
    )


def of_one(kind: ProposalKind, memory: Memory, **suggestion: object) -> NewProposal:
    return NewProposal(
        kind, named(memory), suggestion, "Because.", 0.5, workspace_id=memory.workspace_id
    )


async def propose(services: Services, *proposals: NewProposal) -> list[str]:
    """Store them; the ids of those that are new."""
    clock, database = services.proposals.clock, services.proposals.database

    def put(tx: object) -> list[str]:
        ids = []
        for each in proposals:
            id_ = clock.new_id()
            if tx.proposals.put(replace(each), id_, clock.now()):  # type: ignore[attr-defined]
                ids.append(id_)
        return ids

    return await database.write(put)
