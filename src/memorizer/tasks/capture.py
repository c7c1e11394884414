"""Makes proposals of what a part of a transcript says that is to be remembered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from memorizer.domain.captures import CAPTURED, Capture, Statement, statements
from memorizer.domain.embeddings import VectorKind
from memorizer.domain.errors import NotFound
from memorizer.domain.jobs import CAPTURE, Job
from memorizer.domain.memories import Content, Filter
from memorizer.domain.proposals import NewProposal, ProposalKind
from memorizer.domain.workspaces import WorkspaceScope
from memorizer.ports.clock import Clock
from memorizer.ports.job_queue import Effect, Reporter
from memorizer.ports.transactions import Database, MemoryTransaction, Transaction
from memorizer.services.embedding import Embedded, Embedding

KNOWN_SIMILARITY: Final = 0.9
"""From this cosine on a memory says it already."""
USER_SCORE: Final = 0.7
AGENT_SCORE: Final = 0.5


@dataclass(frozen=True, slots=True)
class CaptureStatements:
    """Stores no memory: what it finds is proposed, in the transaction that ends the job."""

    database: Database
    embedding: Embedding
    clock: Clock
    name: str = CAPTURE

    async def run(self, job: Job, report: Reporter) -> Effect:
        """Find statements that no memory says yet; the effect proposes them."""
        capture_id = str(job.data["captureId"])
        try:
            capture = await self.database.read(lambda tx: tx.captures.get(capture_id))
        except NotFound:
            return lambda _: {"skipped": "its workspace was deleted"}
        if capture.part is None:
            return lambda _: {"skipped": "it was done already"}
        await report(10)
        found = statements(capture.part)
        new = [each for each in found if not await self._is_known(capture, each)]
        return lambda tx: self._apply(tx, capture, new)

    async def _is_known(self, capture: Capture, statement: Statement) -> bool:
        """Whether a memory of its workspace says so already: nothing may feed itself."""
        embedded = await self.embedding.try_embed_inline(Content(statement.text))
        scope = (
            WorkspaceScope(unfiled=True)
            if capture.workspace_id is None
            else WorkspaceScope(frozenset([capture.workspace_id]))
        )
        return await self.database.within(scope).read(
            lambda tx: _is_stored(tx, statement, embedded)
        )

    def _apply(
        self, tx: Transaction, capture: Capture, found: Sequence[Statement]
    ) -> Mapping[str, object]:
        now = self.clock.now()
        proposed = sum(
            tx.proposals.put(_proposal(capture, each), self.clock.new_id(), now) for each in found
        )
        tx.captures.finish(capture.id)
        return {"proposals": proposed}


def _is_stored(tx: MemoryTransaction, statement: Statement, embedded: Embedded | None) -> bool:
    if tx.memories.find_duplicate(statement.text).get() is not None:
        return True
    model = tx.models.active()
    if model is None or embedded is None or not embedded.is_compatible(model):
        return False
    return bool(
        tx.vectors.nearest(
            model,
            VectorKind.CONTENT,
            embedded.content[0],
            Filter(archived=None),
            limit=1,
            threshold=KNOWN_SIMILARITY,
        )
    )


def _proposal(capture: Capture, statement: Statement) -> NewProposal:
    who = "A person" if statement.by_user else "The agent"
    return NewProposal(
        ProposalKind.NEW,
        (),
        {"text": statement.text, "tags": [CAPTURED], "type": "note"},
        f"{who} said so in a session of {capture.client}.",
        USER_SCORE if statement.by_user else AGENT_SCORE,
        evidence={"client": capture.client, "session": capture.session.partition(":")[2]},
        cluster=capture.id,
        workspace_id=capture.workspace_id,
        subject=f"{capture.workspace_id}:{statement.text.casefold()}",
    )
