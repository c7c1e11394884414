"""Routes and schemas for workspaces and projects: tree, create, change, move, archive, delete."""

from typing import Annotated, Literal, Self

from fastapi import APIRouter, Path, Query
from pydantic import Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from memorizer.domain import workspaces as domain
from memorizer.domain.memories import JsonObject
from memorizer.domain.timestamps import to_iso
from memorizer.domain.workspaces import (
    MAX_DESCRIPTION,
    MAX_NAME,
    MAX_SLUG,
    ProjectStatus,
    WorkspaceChange,
    WorkspaceCounts,
    WorkspaceEventType,
    WorkspaceKind,
)
from memorizer.http.dependencies import DEFAULT_PAGE_LIMIT, Actor, IdCursor, PageLimit, ServicesDep
from memorizer.http.errors import problems
from memorizer.http.schemas import RequestModel, ResponseModel, Storable, Timestamp, absent, unset
from memorizer.services.workspaces import WorkspaceNode

WORKSPACE_ID = "01936f5e-8a00-7c3e-9d41-2f6b8a7c5e30"

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NAME), Storable
]
Slug = Annotated[str, StringConstraints(min_length=1, max_length=MAX_SLUG)]
Prose = Annotated[str, StringConstraints(max_length=MAX_DESCRIPTION)]
Ref = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]


class Workspace(ResponseModel):
    """A workspace or project."""

    id: str = Field(examples=[WORKSPACE_ID])
    parent_id: str | SkipJsonSchema[None] = absent(
        description="The workspace above; omitted at the root."
    )
    name: str = Field(examples=["Billing API"])
    slug: str = Field(examples=["billing-api"])
    path: str = Field(
        description="The slugs from the root; it changes with a move.",
        examples=["acme/billing-api"],
    )
    kind: WorkspaceKind
    description: str = Field(description="Markdown.", examples=["Invoices and payments."])
    status: ProjectStatus | SkipJsonSchema[None] = absent(description="Of a project.")
    victory_conditions: str | SkipJsonSchema[None] = absent(
        description="Of a project: when it has succeeded. Markdown."
    )
    created_at: Timestamp
    updated_at: Timestamp
    archived_at: Timestamp | SkipJsonSchema[None] = absent(
        description="When it was archived; omitted if it is not."
    )

    @classmethod
    def of(cls, workspace: domain.Workspace, /, **more: int) -> Self:
        """As JSON; `more` fills fields that a subclass has of its own."""
        archived_at = workspace.archived_at
        known = {
            "id": workspace.id,
            "parent_id": workspace.parent_id,
            "name": workspace.name,
            "slug": workspace.slug,
            "path": workspace.path,
            "kind": workspace.kind,
            "description": workspace.description,
            "status": workspace.status,
            "victory_conditions": workspace.victory_conditions,
            "created_at": to_iso(workspace.created_at),
            "updated_at": to_iso(workspace.updated_at),
            "archived_at": None if archived_at is None else to_iso(archived_at),
        }
        return cls.model_validate(known | more)


class CountedWorkspace(Workspace):
    """A workspace with the number of memories that are directly in it."""

    memories: int = Field(description="Live and archived ones.", examples=[3])
    trashed: int = Field(description="Those in the trash.", examples=[0])

    @classmethod
    def counted(cls, node: WorkspaceNode) -> Self:
        counts = node.counts
        return cls.of(node.workspace, memories=counts.memories, trashed=counts.trashed)


class Workspaces(ResponseModel):
    """The tree as a list, by path: parents come before their children."""

    workspaces: list[CountedWorkspace]
    count: int = Field(examples=[1])


class NewWorkspace(RequestModel):
    """A workspace or project to create."""

    name: Name = Field(examples=["Billing API"])
    parent: Ref | None = Field(
        None, description="The id or path of the workspace above; none at the root."
    )
    slug: Slug | None = Field(None, description="Its part of the path; made of the name.")
    kind: WorkspaceKind = Field(
        WorkspaceKind.WORKSPACE, description="A project has a status and victory conditions."
    )
    description: Prose = Field("", description="Markdown.")
    status: ProjectStatus | None = Field(None, description="Of a project; `draft` by default.")
    victory_conditions: Prose | None = Field(None, description="Of a project. Markdown.")


class WorkspaceEdit(RequestModel):
    """The fields to change; omitted fields stay unchanged."""

    name: Name = unset(examples=["Billing API"])
    slug: Slug = unset(description="Changes the paths of all below it too.")
    description: Prose = unset(description="Markdown.")
    status: ProjectStatus = unset(description="Makes a project of a workspace.")
    victory_conditions: Prose = unset(description="Markdown.")
    archived: bool = unset(description="Archives it, or takes it back.")

    def change(self) -> WorkspaceChange:
        """As the domain has it."""
        return WorkspaceChange(**self.model_dump(exclude_unset=True, exclude={"archived"}))


class WorkspaceMove(RequestModel):
    """Where to move a workspace."""

    parent: Ref | None = Field(
        description="The id or path of the workspace above; null moves it to the root."
    )


class Contents(ResponseModel):
    """What was in a deleted workspace and those below it."""

    memories: int = Field(examples=[3])
    trashed: int = Field(examples=[0])

    @classmethod
    def of(cls, counts: WorkspaceCounts) -> Self:
        return cls(memories=counts.memories, trashed=counts.trashed)


class WorkspaceEvent(ResponseModel):
    """A change of a workspace."""

    id: str
    type: WorkspaceEventType
    data: JsonObject
    actor: str
    at: Timestamp

    @classmethod
    def of(cls, event: domain.WorkspaceEvent) -> Self:
        return cls(
            id=event.id, type=event.type, data=event.data, actor=event.actor, at=to_iso(event.at)
        )


class WorkspaceEvents(ResponseModel):
    """Events, newest first."""

    events: list[WorkspaceEvent]
    count: int = Field(examples=[1])
    next_cursor: str | SkipJsonSchema[None] = absent(
        description="Pass it as `cursor` for the next page; omitted on the last."
    )


router = APIRouter(
    prefix="/api/workspaces", tags=["workspaces"], responses=problems(400, 403, 404, 422, 503)
)

WorkspaceRef = Annotated[
    str,
    Path(
        alias="workspaceRef",
        max_length=1_000,
        description="The workspace's id or path.",
        examples=[WORKSPACE_ID],
    ),
]


@router.get("")
async def list_workspaces(services: ServicesDep) -> Workspaces:
    """List the tree of workspaces with their counts."""
    nodes = [CountedWorkspace.counted(node) for node in await services.workspaces.tree()]
    return Workspaces(workspaces=nodes, count=len(nodes))


@router.post("", status_code=201, responses=problems(409, 413, 415))
async def create_workspace(body: NewWorkspace, services: ServicesDep, actor: Actor) -> Workspace:
    """Create a workspace or project."""
    return Workspace.of(
        await services.workspaces.create(
            body.name,
            actor=actor,
            parent=body.parent,
            slug=body.slug,
            kind=body.kind,
            description=body.description,
            status=body.status,
            victory_conditions=body.victory_conditions,
        )
    )


@router.get("/{workspaceRef:path}/events")
async def list_workspace_events(
    ref: WorkspaceRef,
    services: ServicesDep,
    limit: PageLimit = DEFAULT_PAGE_LIMIT,
    cursor: IdCursor = None,
) -> WorkspaceEvents:
    """List what happened to a workspace, newest first."""
    before = None if cursor is None else str(cursor)
    found = await services.workspaces.events(ref, before=before, limit=limit + 1)
    page = [WorkspaceEvent.of(each) for each in found[:limit]]
    following = page[-1].id if len(found) > limit else None
    return WorkspaceEvents(events=page, count=len(page), next_cursor=following)


@router.get("/{workspaceRef:path}")
async def get_workspace(ref: WorkspaceRef, services: ServicesDep) -> CountedWorkspace:
    """Return one workspace with its counts."""
    return CountedWorkspace.counted(await services.workspaces.get(ref))


@router.patch("/{workspaceRef:path}", responses=problems(409, 413, 415))
async def update_workspace(
    ref: WorkspaceRef, body: WorkspaceEdit, services: ServicesDep, actor: Actor
) -> Workspace:
    """Change name, slug, description, status or victory conditions; archive it or take it back."""
    workspace = await services.workspaces.update(ref, body.change(), actor=actor)
    if "archived" in body.model_fields_set:
        workspace = await services.workspaces.set_archived(
            workspace.id, archived=body.archived, actor=actor
        )
    return Workspace.of(workspace)


@router.post("/{workspaceRef:path}/move", responses=problems(409, 413, 415))
async def move_workspace(
    ref: WorkspaceRef, body: WorkspaceMove, services: ServicesDep, actor: Actor
) -> Workspace:
    """Move a workspace with all below it; memories stay in it."""
    return Workspace.of(await services.workspaces.move(ref, body.parent, actor=actor))


@router.delete("/{workspaceRef:path}", responses=problems(409))
async def delete_workspace(
    ref: WorkspaceRef,
    services: ServicesDep,
    actor: Actor,
    to: Annotated[
        Literal["trash", "parent"] | None,
        Query(description="What becomes of its memories: into the trash, or into the parent."),
    ] = None,
) -> Contents:
    """Delete a workspace and all below it. Memories are never deleted with it.

    Where something is in it, 409 says what; send `to` then.
    """
    return Contents.of(await services.workspaces.delete(ref, actor=actor, to=to))
