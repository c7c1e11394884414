"""Workspaces in exports and imports: the tree goes along, and nothing ends up elsewhere."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from memorizer.adapters.formats import markdown, markdown_notes, memorizer_export
from memorizer.bootstrap import open_services
from memorizer.domain.memories import Content
from memorizer.domain.records import Outcome, Reading, RecordType
from memorizer.domain.workspaces import ProjectStatus, WorkspaceKind
from memorizer.services import MemoryServices, Services
from memorizer.settings import Settings
from support.embedders import WordEmbedder
from support.moving import NOW, exported, imported
from support.titles import FirstWords

ACTOR = "someone"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def empty(settings: Settings, tmp_path: Path) -> AsyncIterator[Services]:
    """A second Memorizer that has nothing yet, in a file."""
    other = settings.model_copy(update={"data_dir": tmp_path / "other", "database_url": None})
    async with open_services(other, embedder=WordEmbedder(), writer=FirstWords()) as container:
        yield container.services


@pytest.fixture
async def filed(services: Services) -> Services:
    """A tree with a memory in each workspace, two with the same key, one archived, one unfiled."""
    create = services.workspaces.create
    await create("Acme Inc.", slug="acme", actor=ACTOR, description="Us.\n\nAll of us.")
    await create(
        *("Billing API",),
        actor=ACTOR,
        parent="acme",
        kind=WorkspaceKind.PROJECT,
        status=ProjectStatus.ON_HOLD,
        victory_conditions="- [ ] paid",
    )
    await create("archive", actor=ACTOR)
    await services.workspaces.set_archived("archive", archived=True, actor=ACTOR)
    for place in ("acme", "acme/billing-api", "archive", None):
        await store(services, f"of {place}", place, key="same")
    old = await store(services, "an old one", "acme/billing-api")
    await services.memories.archive(old, actor=ACTOR)
    return services


async def store(
    services: MemoryServices, text: str, workspace: str | None, key: str | None = None
) -> str:
    content = Content(text, title=text)
    made = await services.memories.create(content, actor=ACTOR, workspace=workspace, key=key)
    return made.memory.id


async def places(services: Services) -> dict[str, str | None]:
    """The path of each memory's workspace, by its text; None: it is unfiled."""
    records = [json.loads(line) for line in (await exported(services)).splitlines()]
    paths = {one["id"]: one["path"] for one in records if one["kind"] == "workspace"}
    return {
        one["text"]: paths[one["workspaceId"]] if "workspaceId" in one else None
        for one in records
        if one["kind"] == "memory"
    }


async def tree(services: Services) -> list[dict[str, Any]]:
    """The workspaces as an export has them, without ids and times."""
    records = [json.loads(line) for line in (await exported(services)).splitlines()]
    left_out = {"id", "parentId", "createdAt", "updatedAt", "archivedAt"}
    return [
        {name: value for name, value in one.items() if name not in left_out}
        for one in records
        if one["kind"] == "workspace"
    ]


def readings(folder: Path, content: bytes) -> Iterator[Reading]:
    file = folder / "export.jsonl"
    file.write_bytes(content)
    return memorizer_export.read(file, NOW)


async def notes(services: MemoryServices, folder: Path) -> Path:
    await services.export.write(markdown.MarkdownSink(markdown.into_folder(folder)))
    return folder


async def test_the_tree_comes_back_with_the_same_bytes(
    filed: Services, empty: Services, tmp_path: Path
) -> None:
    before = await exported(filed)

    promised, _ = await imported(empty, readings(tmp_path, before), dry_run=True)
    done, refusals = await imported(empty, readings(tmp_path, before))

    assert refusals == []
    assert promised.counts == done.counts
    assert done.count(RecordType.WORKSPACES, Outcome.ADDED) == 3
    assert await exported(empty) == before
    again, refusals = await imported(empty, readings(tmp_path, before))
    assert (again.count(RecordType.WORKSPACES, Outcome.KNOWN), refusals) == (3, [])


async def test_a_workspace_that_was_moved_here_stays_where_it_is(
    filed: Services, tmp_path: Path
) -> None:
    file = await exported(filed)
    await filed.workspaces.move("acme/billing-api", "archive", actor=ACTOR)
    before = await exported(filed)

    report, refusals = await imported(filed, readings(tmp_path, file))

    assert refusals == []
    assert report.count(RecordType.WORKSPACES, Outcome.KNOWN) == 3
    assert await exported(filed) == before


async def test_a_workspace_of_the_same_path_is_the_same(
    filed: Services, empty: Services, tmp_path: Path
) -> None:
    there = await empty.workspaces.create("acme", actor=ACTOR)
    _, refusals = await imported(empty, readings(tmp_path, await exported(filed)))
    assert refusals == []
    assert (await empty.workspaces.get("acme")).workspace == there
    assert await places(empty) == await places(filed)


async def test_an_export_of_a_workspace_has_only_that(
    filed: Services, empty: Services, tmp_path: Path
) -> None:
    part = await exported(await filed.narrowed("acme/billing-api"))
    assert b"Us." not in part
    _, refusals = await imported(empty, readings(tmp_path, part))
    assert refusals == []
    found = {"of acme/billing-api": "acme/billing-api", "an old one": "acme/billing-api"}
    assert await places(empty) == found
    assert [one["name"] for one in await tree(empty)] == ["acme", "Billing API"]
    unfiled = await exported(await filed.narrowed("unfiled"))
    assert [json.loads(line)["kind"] for line in unfiled.splitlines()] == [
        *("memorizer-export", "memory", "event", "manifest")
    ]


@pytest.mark.parametrize("how", ["jsonl", "markdown"])
async def test_an_import_into_a_workspace_stays_in_it(
    filed: Services, empty: Services, tmp_path: Path, how: str
) -> None:
    await empty.workspaces.create("Team", actor=ACTOR)
    before = await store(empty, "of the team", "team", key="same")
    team = await empty.narrowed("team")
    file = (
        readings(tmp_path, await exported(filed))
        if how == "jsonl"
        else markdown_notes.read(await notes(filed, tmp_path / "notes"), NOW)
    )

    report, refusals = await imported(team, file)

    assert [refusal.reason for refusal in refusals if before not in refusal.reason] == []
    assert report.count(RecordType.MEMORIES, Outcome.ADDED) == 5
    wanted = {
        text: "team" if path is None else f"team/{path}"
        for text, path in (await places(filed)).items()
    }
    assert await places(empty) == {**wanted, "of the team": "team"}


async def test_what_is_in_another_workspace_is_not_taken_out_of_it(
    filed: Services, tmp_path: Path
) -> None:
    before = await places(filed)
    part = await filed.narrowed("archive")

    report, refusals = await imported(part, readings(tmp_path, await exported(filed)))

    assert report.count(RecordType.MEMORIES, Outcome.KNOWN) == 1
    assert len(refusals) == 4
    assert all("in another workspace" in refusal.reason for refusal in refusals)
    assert await places(filed) == before


async def test_memories_of_a_workspace_that_is_missing_are_refused_not_unfiled(
    filed: Services, empty: Services, tmp_path: Path
) -> None:
    lines = (await exported(filed)).splitlines()
    without = [line for line in lines if b'"kind":"workspace"' not in line]
    report, refusals = await imported(empty, readings(tmp_path, b"\n".join(without)))
    assert report.count(RecordType.MEMORIES, Outcome.ADDED) == 1
    assert sum("there is no workspace" in refusal.reason for refusal in refusals) == 4
    assert await places(empty) == {"of None": None}


async def test_notes_are_in_folders_and_come_back_where_they_were(
    filed: Services, empty: Services, tmp_path: Path
) -> None:
    folder = await notes(filed, tmp_path / "notes")

    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*.md")) == [
        "acme/billing-api/archive/an old one.md",
        "acme/billing-api/of acme billing-api.md",
        "acme/of acme.md",
        "archive/of archive.md",
        "of None.md",
    ]
    assert {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_dir()} == {0o700}
    _, refusals = await imported(empty, markdown_notes.read(folder, NOW))
    assert refusals == []
    assert await places(empty) == await places(filed)
    assert [one["path"] for one in await tree(empty)] == ["acme", "acme/billing-api", "archive"]
