"""The use cases, and the set of them that REST, MCP and the command line receive."""

from dataclasses import dataclass

from memorizer.ports.signals import Signals
from memorizer.services.auth import AuthService
from memorizer.services.backups import Backups
from memorizer.services.duplicates import Duplicates
from memorizer.services.export import Export
from memorizer.services.health import Health, MetricsReader, Readiness
from memorizer.services.history import History
from memorizer.services.import_ import Import
from memorizer.services.job_progress import JobProgressStream
from memorizer.services.jobs import Jobs, QueueStats
from memorizer.services.keyed_memories import KeyedMemories
from memorizer.services.memories import MemoryService
from memorizer.services.relationships import RelationshipService
from memorizer.services.search import SearchService
from memorizer.services.statistics import Statistics
from memorizer.services.trash import Trash
from memorizer.supervision import Supervisor


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases of one open store."""

    memories: MemoryService
    keyed: KeyedMemories
    history: History
    search: SearchService
    duplicates: Duplicates
    relationships: RelationshipService
    trash: Trash
    export: Export
    import_: Import
    jobs: Jobs
    queue_stats: QueueStats
    job_progress: JobProgressStream
    statistics: Statistics
    health: Health
    readiness: Readiness
    metrics: MetricsReader
    auth: AuthService
    backups: Backups
    signals: Signals
    supervisor: Supervisor

    async def close(self) -> None:
        """Cancel what they do in the background."""
        await self.readiness.close()
        await self.metrics.close()
