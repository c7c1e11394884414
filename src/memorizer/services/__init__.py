"""The use cases, one file per intention, and the set of them that every door receives."""

from dataclasses import dataclass

from memorizer.ports.signals import Signals
from memorizer.services.auth import Access
from memorizer.services.backups import Backups
from memorizer.services.duplicates import Duplicates
from memorizer.services.export import Export
from memorizer.services.forget import Forget
from memorizer.services.health import Health
from memorizer.services.import_ import Import
from memorizer.services.job_progress import Watch
from memorizer.services.jobs import Jobs
from memorizer.services.measurements import Measurements
from memorizer.services.purge import Purge
from memorizer.services.queue_stats import Dashboard
from memorizer.services.readiness import Readiness
from memorizer.services.relationships import Relate
from memorizer.services.remember import Remember
from memorizer.services.revise import Revise
from memorizer.services.search import Recall
from memorizer.services.statistics import Statistics
from memorizer.services.trash import Trash
from memorizer.supervision import Supervisor


@dataclass(frozen=True, slots=True)
class Services:
    """What REST, MCP and the command line stand on."""

    remember: Remember
    recall: Recall
    duplicates: Duplicates
    revise: Revise
    relate: Relate
    forget: Forget
    trash: Trash
    purge: Purge
    exporting: Export
    importing: Import
    jobs: Jobs
    dashboard: Dashboard
    watch: Watch
    statistics: Statistics
    health: Health
    readiness: Readiness
    measurements: Measurements
    access: Access
    backups: Backups
    signals: Signals
    supervisor: Supervisor

    async def close(self) -> None:
        """End what they do in the background."""
        await self.readiness.close()
        await self.measurements.close()
