"""The use cases, and the set of them that REST, MCP and the command line receive."""

from dataclasses import dataclass, fields, replace

from memorizer.domain.errors import NotFound
from memorizer.domain.workspaces import WorkspaceScope
from memorizer.ports.signals import Signals
from memorizer.services.auth import AuthService
from memorizer.services.backups import Backups
from memorizer.services.captures import CaptureService
from memorizer.services.connected_clients import ConnectedClients
from memorizer.services.context import ContextService
from memorizer.services.documents import DocumentService
from memorizer.services.duplicates import Duplicates
from memorizer.services.export import Export
from memorizer.services.file_import import FileImports
from memorizer.services.health import Health, MetricsReader, Readiness
from memorizer.services.history import History
from memorizer.services.import_ import Import
from memorizer.services.import_workspaces import plain
from memorizer.services.job_progress import JobProgressStream
from memorizer.services.jobs import Jobs, QueueStats
from memorizer.services.keyed_memories import KeyedMemories
from memorizer.services.memories import MemoryService
from memorizer.services.memory_jobs import MemoryJobs
from memorizer.services.mirror import Mirror
from memorizer.services.oauth import OAuthService
from memorizer.services.proposals import ProposalService
from memorizer.services.recalls import RecallService
from memorizer.services.relationships import RelationshipService
from memorizer.services.search import SearchService
from memorizer.services.secret_scan import SecretScan
from memorizer.services.statistics import Statistics
from memorizer.services.trash import Trash
from memorizer.services.workspaces import WorkspaceService
from memorizer.supervision import Supervisor


@dataclass(frozen=True, slots=True)
class MemoryServices:
    """The use cases of memories, bound to what `scope` shows of the store."""

    scope: WorkspaceScope
    memories: MemoryService
    keyed: KeyedMemories
    history: History
    search: SearchService
    context: ContextService
    duplicates: Duplicates
    relationships: RelationshipService
    trash: Trash
    export: Export
    import_: Import
    statistics: Statistics
    workspaces: WorkspaceService
    memory_jobs: MemoryJobs
    documents: DocumentService
    proposals: ProposalService
    recalls: RecallService
    captures: CaptureService

    def within(self, scope: WorkspaceScope) -> "MemoryServices":
        """Return the same use cases on a part of the store.

        A scope of everything changes nothing.
        """
        if scope.is_all:
            return self
        database = self.memories.database.within(scope)
        search = replace(self.search, database=database)
        return MemoryServices(
            scope=scope,
            memories=replace(self.memories, database=database, scope=scope),
            keyed=replace(self.keyed, database=database, scope=scope),
            history=replace(self.history, database=database),
            search=search,
            context=replace(self.context, database=database, search=search),
            duplicates=replace(self.duplicates, database=database),
            relationships=replace(self.relationships, database=database),
            trash=replace(self.trash, database=database),
            export=replace(self.export, database=database),
            import_=self.import_.within(scope),
            statistics=self.statistics.within(database),
            workspaces=replace(self.workspaces, database=database, scope=scope),
            memory_jobs=self.memory_jobs.within(database, scope),
            documents=replace(self.documents, database=database, scope=scope),
            captures=replace(self.captures, database=database, scope=scope),
            proposals=replace(
                self.proposals,
                database=database,
                changes=replace(self.proposals.changes, database=database),
            ),
            recalls=replace(self.recalls, database=database, scope=scope),
        )

    async def narrowed(
        self, workspace: str | None, *, include_unfiled: bool = False
    ) -> "MemoryServices":
        """Return the same in one workspace and all below it.

        `workspace` is an id, a path or `unfiled`. Raises NotFound, also for what the scope does
        not show; InvalidField.
        """
        if workspace is None and not include_unfiled:
            return self
        scope = await self.workspaces.narrowed(workspace, include_unfiled=include_unfiled)
        return self.within(scope)


@dataclass(frozen=True, slots=True)
class Services(MemoryServices):
    """The use cases of one open store: those of all its memories, and administration."""

    secret_scan: SecretScan
    jobs: Jobs
    queue_stats: QueueStats
    job_progress: JobProgressStream
    health: Health
    readiness: Readiness
    metrics: MetricsReader
    auth: AuthService
    oauth: OAuthService
    backups: Backups
    file_imports: FileImports
    mirror: Mirror | None
    """None where no folder is named for it."""
    signals: Signals
    supervisor: Supervisor
    clients: ConnectedClients

    async def focused(self, workspace: str) -> "Services":
        """All use cases, those of memories in one workspace and all below it.

        `workspace` is an id, a path or `unfiled`. Raises NotFound, InvalidField.
        """
        return self.showing(await self.workspaces.narrowed(workspace, include_unfiled=False))

    async def pretending(self, path: str) -> "Services":
        """Return the same for a dry run, which takes a missing workspace for an empty one.

        Raises InvalidField.
        """
        try:
            return await self.focused(path)
        except NotFound:
            made = plain(path, self.workspaces.clock)
            services = self.showing(WorkspaceScope(frozenset([made.id]), frozenset([made.id])))
            return replace(services, import_=replace(services.import_, pretends=made))

    def showing(self, scope: WorkspaceScope) -> "Services":
        """All use cases, those of memories bound to a scope."""
        bound = self.within(scope)
        return replace(self, **{each.name: getattr(bound, each.name) for each in fields(bound)})

    async def close(self) -> None:
        """Cancel what they do in the background; what is to be logged is written."""
        await self.recalls.log.close()
        await self.readiness.close()
        await self.metrics.close()
