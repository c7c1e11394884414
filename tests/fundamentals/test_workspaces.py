"""Workspaces: where memories live, and who sees them."""

import pytest

from memorizer.domain.auth import Identity, Kind, Scope
from memorizer.domain.errors import (
    NotFound,
    PathTaken,
    UnboundTokenNeeded,
    WorkspaceCycle,
    WorkspaceNeeded,
    WorkspaceNotEmpty,
    WorkspaceReadOnly,
)
from memorizer.domain.memories import Content, EventType, Filter
from memorizer.domain.workspaces import ProjectStatus, WorkspaceChange, WorkspaceKind, scope_of
from memorizer.services import MemoryServices, Services

ACTOR = "someone"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
async def tree(services: Services) -> None:
    """acme, and below it a project; beside them one that is shared."""
    create = services.workspaces.create
    await create("Acme", actor=ACTOR)
    await create("Billing API", actor=ACTOR, parent="acme", kind=WorkspaceKind.PROJECT)
    await create("Shared", actor=ACTOR)


async def stored(services: MemoryServices, text: str, workspace: str | None = None) -> str:
    content = Content(text, title=text)
    return (await services.memories.create(content, actor=ACTOR, workspace=workspace)).memory.id


async def texts(services: MemoryServices) -> list[str]:
    page, _ = await services.memories.page(Filter(), before=None, limit=9)
    return sorted(memory.content.text for memory in page)


async def paths(services: MemoryServices) -> list[str]:
    return [node.workspace.path for node in await services.workspaces.tree()]


async def bound(services: Services, *grants: tuple[str, Scope]) -> MemoryServices:
    """What a token sees that is bound like this."""
    made = await services.workspaces.grants(grants)
    _, text = await services.auth.create("bound", Scope.WRITE, grants=made)
    return services.within(scope_of(await services.auth.identify(text, Kind.TOKEN)))


async def test_a_path_is_made_of_names(services: Services) -> None:
    assert await paths(services) == ["acme", "acme/billing-api", "shared"]
    project = (await services.workspaces.get("ACME/billing-api")).workspace
    assert project.status is ProjectStatus.DRAFT
    assert (await services.workspaces.get(project.id)).workspace == project
    with pytest.raises(PathTaken):
        await services.workspaces.create("acme", actor=ACTOR)


async def test_whoever_names_no_workspace_sees_everything_as_ever(services: Services) -> None:
    await stored(services, "unfiled")
    await stored(services, "billing", "acme/billing-api")
    assert await texts(services) == ["billing", "unfiled"]
    assert await texts(await services.narrowed("acme")) == ["billing"]
    assert await texts(await services.narrowed("unfiled")) == ["unfiled"]
    assert await texts(await services.narrowed("acme", include_unfiled=True)) == [
        "billing",
        "unfiled",
    ]
    with pytest.raises(NotFound):
        await services.narrowed("acmee")


async def test_a_bound_token_sees_and_changes_its_workspaces_alone(services: Services) -> None:
    for text, workspace in (("mine", "acme"), ("read", "shared"), ("unfiled", None)):
        await stored(services, text, workspace)
    seen = await bound(services, ("acme/billing-api", Scope.WRITE), ("shared", Scope.READ))
    assert await paths(seen) == ["acme/billing-api", "shared"]
    assert await texts(seen) == ["read"]
    made = await stored(seen, "without saying where")
    project = (await services.workspaces.get("acme/billing-api")).workspace
    assert (await services.memories.get(made)).workspace_id == project.id
    shared = (await seen.memories.page(Filter(), before=None, limit=9))[0][-1]
    with pytest.raises(WorkspaceReadOnly):
        await seen.memories.archive(shared.id, actor=ACTOR)
    for place in ("acme", "unfiled"):
        with pytest.raises(NotFound):
            await stored(seen, "elsewhere", place)
    with pytest.raises(UnboundTokenNeeded):
        await seen.workspaces.create("At the root", actor=ACTOR)


async def test_who_may_write_into_several_says_where(services: Services) -> None:
    seen = await bound(services, ("acme", Scope.WRITE), ("shared", Scope.WRITE))
    with pytest.raises(WorkspaceNeeded, match="`acme`, `shared`"):
        await stored(seen, "where?")
    await stored(seen, "there", "shared")


async def test_a_token_whose_workspace_is_deleted_sees_nothing(services: Services) -> None:
    await stored(services, "unfiled")
    seen = await bound(services, ("shared", Scope.WRITE))
    await services.workspaces.delete("shared", actor=ACTOR)
    assert await texts(seen) == []
    with pytest.raises(UnboundTokenNeeded):
        Identity("id", "name", Scope.ADMIN, grants=()).require_unbound()


async def test_what_is_below_moves_along(services: Services) -> None:
    memory_id = await stored(services, "billing", "acme/billing-api")
    await services.workspaces.move("acme", "shared", actor=ACTOR)
    assert await paths(services) == ["shared", "shared/acme", "shared/acme/billing-api"]
    await services.workspaces.update("shared/acme", WorkspaceChange(slug="corp"), actor=ACTOR)
    assert await paths(services) == ["shared", "shared/corp", "shared/corp/billing-api"]
    with pytest.raises(WorkspaceCycle):
        await services.workspaces.move("shared", "shared/corp", actor=ACTOR)
    assert (await services.memories.get(memory_id)).content.text == "billing"
    [moved, *_] = await services.workspaces.events("shared/corp")
    assert moved.actor == ACTOR


async def test_a_memory_moves_without_a_new_version(services: Services) -> None:
    memory_id = await stored(services, "tea")
    [moved] = await services.workspaces.move_memories([memory_id], "acme", actor=ACTOR)
    assert moved.version == 1
    [event, _] = await services.history.events(memory_id)
    assert (event.type, event.data["to"]) == (EventType.MEMORY_MOVED, moved.workspace_id)
    with pytest.raises(NotFound):
        await services.workspaces.move_memories([memory_id], "nowhere", actor=ACTOR)


@pytest.mark.parametrize(("to", "live", "trashed"), [("trash", [], 1), ("parent", ["tea"], 0)])
async def test_deleting_a_workspace_loses_no_memory(
    services: Services, to: str, live: list[str], trashed: int
) -> None:
    await stored(services, "tea", "acme/billing-api")
    with pytest.raises(WorkspaceNotEmpty, match="1 memories"):
        await services.workspaces.delete("acme/billing-api", actor=ACTOR)
    await services.workspaces.delete("acme/billing-api", actor=ACTOR, to=to)
    assert await paths(services) == ["acme", "shared"]
    assert await texts(await services.narrowed("acme")) == live
    assert await services.trash.count() == trashed
