"""Captures: parts of agents' transcripts are taken, and a job makes proposals of them."""

from dataclasses import dataclass, replace

from memorizer.domain.captures import KEPT_MS, NewCapture
from memorizer.domain.jobs import CAPTURE, NewJob, Queue
from memorizer.domain.secrets import masked
from memorizer.domain.workspaces import WorkspaceScope, parse_ref
from memorizer.ports.clock import Clock
from memorizer.ports.transactions import Database, MemoryTransaction
from memorizer.services.memory_writer import find_place


@dataclass(frozen=True, slots=True)
class TakenCapture:
    """The job that looks through a part; None if the session has handed over the same."""

    job_id: str | None


@dataclass(frozen=True, slots=True)
class CaptureService:
    """Takes parts of transcripts."""

    database: Database
    clock: Clock
    scope: WorkspaceScope = WorkspaceScope.ALL
    """What `database` is bound to."""

    async def take(self, new: NewCapture, *, caller: str) -> TakenCapture:
        """Store a part without its secrets, and queue the job; durable when this returns.

        `caller` is the id of the token: sessions of others are no business of its. Raises
        InvalidField, NotFound, WorkspaceNeeded.
        """
        wanted = None if new.workspace is None else parse_ref(new.workspace)
        safe = replace(
            new, session=f"{caller}:{new.session}"[:200], part=masked(new.part.replace("\0", ""))
        )

        def transaction(tx: MemoryTransaction) -> TakenCapture:
            place, now = find_place(tx, self.scope, wanted), self.clock.now()
            tx.captures.delete_older_than(now - KEPT_MS)
            capture_id = tx.captures.add(safe, self.clock.new_id(), workspace_id=place, at=now)
            if capture_id is None:
                return TakenCapture(None)
            [job_id] = tx.jobs.enqueue(
                [
                    NewJob(
                        id=self.clock.new_id(),
                        queue=Queue.EMBEDDINGS,
                        name=CAPTURE,
                        data={"captureId": capture_id},
                    )
                ]
            )
            return TakenCapture(job_id)

        return await self.database.write(transaction)
