"""Workspaces and projects, under the names that the parent system's users know."""

from typing import Annotated, Final

from pydantic import Field

from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import Filter
from memorizer.domain.workspaces import (
    UNFILED,
    ProjectStatus,
    Workspace,
    WorkspaceChange,
    WorkspaceKind,
)
from memorizer.mcp.arguments import NO_WORDS, Arguments, Cursor, Id, InvalidArguments, Words
from memorizer.mcp.response_budget import BUDGET, ENVELOPE, take_within
from memorizer.mcp.results import Result, SummaryView, View
from memorizer.mcp.tool import ToolAnnotation, ToolContext, tool
from memorizer.services import MemoryServices
from memorizer.services.workspaces import WorkspaceNode

NEWEST: Final = 10
"""Memories that the context of a project shows."""
MAX_PAGE: Final = 100

WorkspaceRef = Annotated[str, Field(description="Path or id of the workspace")]
ProjectRef = Annotated[str, Field(description="Path or id of the project")]
OptionalWorkspace = Annotated[str | None, Field(description="Path or id of a workspace")]
OptionalProject = Annotated[str | None, Field(description="Path or id of a project")]
To = Annotated[
    str | None, Field(description="What becomes of its memories: trash or parent (the one above)")
]
Status = Annotated[
    str | None, Field(description="draft, active, on_hold, completed, cancelled or archived")
]


class WorkspaceView(View):
    """A workspace or project."""

    id: str
    path: str
    name: str
    kind: str
    description: str | None = None
    status: str | None = None
    victory_conditions: str | None = None
    memories: int | None = None

    @classmethod
    def of(cls, workspace: Workspace, memories: int | None = None) -> "WorkspaceView":
        """Return the view of a workspace with its number of memories, if it is known."""
        return cls(
            id=workspace.id,
            path=workspace.path,
            name=workspace.name,
            kind=workspace.kind,
            description=workspace.description or None,
            status=workspace.status,
            victory_conditions=workspace.victory_conditions,
            memories=memories,
        )

    @classmethod
    def counted(cls, node: WorkspaceNode) -> "WorkspaceView":
        """Return the view of a workspace with the number of memories directly in it."""
        return cls.of(node.workspace, node.counts.memories)


class OneWorkspace(Result):
    """A workspace or project after a call."""

    workspace: WorkspaceView


class SomeWorkspaces(Result):
    """Workspaces and projects by path."""

    workspaces: list[WorkspaceView]


class ProjectContext(Result):
    """A project with what was stored in it last."""

    project: WorkspaceView
    newest: list[SummaryView]


class ListedMemories(Result):
    """A page of memories, newest first."""

    memories: list[SummaryView]
    next_cursor: str | None = None


class Deleted(Result):
    """What was in it."""

    memories: int


class GetWorkspace(Arguments):
    """Which one, or all."""

    workspace_id: OptionalWorkspace = None


@tool("Show workspaces", ToolAnnotation.READS)
async def get_workspace(call: ToolContext, wanted: GetWorkspace) -> SomeWorkspaces:
    """List all workspaces and projects, or one of them with all below it."""
    nodes = await call.services.workspaces.tree()
    if wanted.workspace_id is not None:
        top = (await call.services.workspaces.get(wanted.workspace_id)).workspace.path
        nodes = [n for n in nodes if f"{n.workspace.path}/".startswith(f"{top}/")]
    shown = take_within([WorkspaceView.counted(node) for node in nodes], BUDGET - ENVELOPE)
    return SomeWorkspaces(message=f"{len(shown)} of {len(nodes)} shown.", workspaces=shown)


class CreateWorkspace(Arguments):
    """A new workspace."""

    name: Annotated[str, Field(description="Its name; the path is made of it")]
    parent_id: Annotated[str | None, Field(description="Path or id of the one above")] = None
    description: Annotated[str | None, Field(description="What it is for")] = None


@tool("Create a workspace", ToolAnnotation.ADDS)
async def create_workspace(call: ToolContext, wanted: CreateWorkspace) -> OneWorkspace:
    """Create a workspace, which keeps memories apart from those of others."""
    made = await call.services.workspaces.create(
        wanted.name,
        actor=call.actor,
        parent=wanted.parent_id,
        description=wanted.description or "",
    )
    return OneWorkspace(message=f"Created {made.path}.", workspace=WorkspaceView.of(made))


class UpdateWorkspace(Arguments):
    """What to change of a workspace."""

    workspace_id: WorkspaceRef
    name: Annotated[str | None, Field(description="New name")] = None
    description: Annotated[str | None, Field(description="New description")] = None


@tool("Change a workspace", ToolAnnotation.SETS)
async def update_workspace(call: ToolContext, wanted: UpdateWorkspace) -> OneWorkspace:
    """Change name or description of a workspace. Omitted fields stay unchanged."""
    change = WorkspaceChange(name=wanted.name, description=wanted.description)
    return await _updated(call, wanted.workspace_id, change)


class DeleteWorkspace(Arguments):
    """A workspace to delete."""

    workspace_id: WorkspaceRef
    to: To = None


@tool("Delete a workspace", ToolAnnotation.DESTROYS)
async def delete_workspace(call: ToolContext, wanted: DeleteWorkspace) -> Deleted:
    """Delete a workspace with all below it. One that holds something is refused without `to`."""
    return await _deleted(call, wanted.workspace_id, wanted.to)


class GetProjectContext(Arguments):
    """Which project."""

    project_id: ProjectRef


@tool("Show a project", ToolAnnotation.READS)
async def get_project_context(call: ToolContext, wanted: GetProjectContext) -> ProjectContext:
    """Show a project's description, status and victory conditions, and its newest memories."""
    node = await call.services.workspaces.get(wanted.project_id)
    inside = await call.services.narrowed(node.workspace.id)
    newest, _ = await inside.memories.page(Filter(), before=None, limit=NEWEST)
    return ProjectContext(
        message=f"{node.workspace.path} holds {node.counts.memories} memories itself.",
        project=WorkspaceView.counted(node),
        newest=take_within([SummaryView.of(memory) for memory in newest], BUDGET // 2),
    )


class CreateProject(Arguments):
    """A new project."""

    name: Annotated[str, Field(description="Its name; the path is made of it")]
    workspace_id: Annotated[str | None, Field(description="Path or id of its workspace")] = None
    description: Annotated[str | None, Field(description="What it is about")] = None
    victory_conditions: Annotated[str | None, Field(description="When it has succeeded")] = None
    status: Status = None


@tool("Create a project", ToolAnnotation.ADDS)
async def create_project(call: ToolContext, wanted: CreateProject) -> OneWorkspace:
    """Create a project: a workspace with a status and victory conditions."""
    made = await call.services.workspaces.create(
        wanted.name,
        actor=call.actor,
        parent=wanted.workspace_id,
        kind=WorkspaceKind.PROJECT,
        description=wanted.description or "",
        status=_status(wanted.status),
        victory_conditions=wanted.victory_conditions,
    )
    return OneWorkspace(message=f"Created {made.path}.", workspace=WorkspaceView.of(made))


class UpdateProject(Arguments):
    """What to change of a project."""

    project_id: ProjectRef
    name: Annotated[str | None, Field(description="New name")] = None
    description: Annotated[str | None, Field(description="New description")] = None
    victory_conditions: Annotated[str | None, Field(description="New victory conditions")] = None
    status: Status = None


@tool("Change a project", ToolAnnotation.SETS)
async def update_project(call: ToolContext, wanted: UpdateProject) -> OneWorkspace:
    """Change a project's name, description, status or victory conditions."""
    change = WorkspaceChange(
        name=wanted.name,
        description=wanted.description,
        status=_status(wanted.status),
        victory_conditions=wanted.victory_conditions,
    )
    return await _updated(call, wanted.project_id, change)


class DeleteProject(Arguments):
    """A project to delete."""

    project_id: ProjectRef
    to: To = None


@tool("Delete a project", ToolAnnotation.DESTROYS)
async def delete_project(call: ToolContext, wanted: DeleteProject) -> Deleted:
    """Delete a project. One that holds something is refused without `to`."""
    return await _deleted(call, wanted.project_id, wanted.to)


class MoveMemory(Arguments):
    """A memory and where it belongs."""

    id: Annotated[Id, Field(description="The memory's id")]
    workspace_id: OptionalWorkspace = None
    project_id: OptionalProject = None


class Moved(Result):
    """Where a memory is now."""

    id: str
    workspace_id: str | None = None


@tool("Move a memory", ToolAnnotation.SETS)
async def move_memory(call: ToolContext, wanted: MoveMemory) -> Moved:
    """Move a memory into a workspace or project; `unfiled` takes it out of all."""
    ref = _one_of(wanted.workspace_id, wanted.project_id)
    if ref is None:
        raise InvalidArguments(f"Where to? Send workspaceId or projectId, or {UNFILED!r}.")
    [memory] = await call.services.workspaces.move_memories([wanted.id], ref, actor=call.actor)
    message = f"{memory.id} is in {ref} now."
    return Moved(message=message, id=memory.id, workspace_id=memory.workspace_id)


class GetByFilter(Arguments):
    """Which memories to list."""

    types: Annotated[Words, Field(description="Only these types")] = NO_WORDS
    tags: Annotated[Words, Field(description="Only with all of these tags")] = NO_WORDS
    workspace_id: OptionalWorkspace = None
    project_id: OptionalProject = None
    include_unassigned: Annotated[
        bool, Field(description="Those in no workspace too, beside the one that is named")
    ] = False
    include_archived: Annotated[bool, Field(description="Archived ones too")] = False
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE, description="Maximum memories")] = 20
    cursor: Cursor = None


@tool("List memories", ToolAnnotation.READS)
async def get_by_filter(call: ToolContext, wanted: GetByFilter) -> ListedMemories:
    """List memories by type, tags and workspace, newest first, without searching."""
    filter_ = Filter(
        types=tuple(wanted.types),
        tags=tuple(wanted.tags),
        archived=None if wanted.include_archived else False,
    )
    ref = _one_of(wanted.workspace_id, wanted.project_id)
    inside = await call.services.narrowed(
        ref, include_unfiled=wanted.include_unassigned and ref is not None
    )
    return await _listed(inside, filter_, wanted.cursor, wanted.limit)


class ListArchived(Arguments):
    """Where to look."""

    workspace_id: OptionalWorkspace = None
    project_id: OptionalProject = None
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE, description="Maximum memories")] = 20
    cursor: Cursor = None


@tool("List archived memories", ToolAnnotation.READS)
async def list_archived(call: ToolContext, wanted: ListArchived) -> ListedMemories:
    """List archived memories, newest first; restore_memory brings one back."""
    inside = await call.services.narrowed(_one_of(wanted.workspace_id, wanted.project_id))
    return await _listed(inside, Filter(archived=True), wanted.cursor, wanted.limit)


async def _listed(
    services: MemoryServices, filter_: Filter, cursor: str | None, limit: int
) -> ListedMemories:
    found, more = await services.memories.page(filter_, before=cursor, limit=limit)
    shown = take_within([SummaryView.of(memory) for memory in found], BUDGET - ENVELOPE)
    if len(shown) < len(found):
        more = shown[-1].id
    message = f"{len(shown)} memories." if shown else "There are none."
    if more:
        message += f' For more, send cursor "{more}".'
    return ListedMemories(message=message, memories=shown, next_cursor=more)


async def _updated(call: ToolContext, ref: str, change: WorkspaceChange) -> OneWorkspace:
    if change == WorkspaceChange():
        raise InvalidArguments("Nothing to change: give at least one field.")
    changed = await call.services.workspaces.update(ref, change, actor=call.actor)
    return OneWorkspace(message=f"{changed.path} is so now.", workspace=WorkspaceView.of(changed))


async def _deleted(call: ToolContext, ref: str, to: str | None) -> Deleted:
    counts = await call.services.workspaces.delete(ref, actor=call.actor, to=to)
    where = {"trash": "in the trash", "parent": "in the workspace above"}.get(to or "", "nowhere")
    message = f"Deleted {ref}. Its {counts.memories} memories are {where}."
    return Deleted(
        message=message if counts.memories else f"Deleted {ref}.", memories=counts.memories
    )


def _one_of(workspace: str | None, project: str | None) -> str | None:
    return project or workspace  # a project is in its workspace, so it alone says more


def _status(given: str | None) -> ProjectStatus | None:
    if given is None:
        return None
    try:
        return ProjectStatus(given.strip().lower().replace("-", "_").replace(" ", "_"))
    except ValueError as error:
        raise InvalidField("status", f"one of {', '.join(ProjectStatus)}") from error
