"""Workspaces in files: those of petabridge's Memorizer, and folders of notes."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from memorizer.adapters.formats import markdown_notes, petabridge
from memorizer.adapters.formats.workspaces import in_folders
from memorizer.domain.records import (
    ImportNote,
    MemoryRecord,
    ParsedRecord,
    Reading,
    RejectedRecord,
    WorkspaceRecord,
)
from memorizer.domain.workspaces import MAX_DEPTH, ProjectStatus, Workspace
from support.moving import NOW, unpacked

ACME, BILLING, DEPTHS, MEMORY = (f"{n}c9e6679-7425-40de-944b-e07fc1f90ae7" for n in "1234")
UNFILED = "00000000-0000-0000-0000-000000000000"


def workspace(id_: str, name: str, **more: object) -> dict[str, object]:
    return {"id": id_.upper(), "name": name, "slug": "", "isSystem": False, **more}


def memory(owner: object) -> dict[str, object]:
    return {"id": MEMORY, "text": "Tea.", "createdAt": "2025-06-01T10:00:00Z", "owner": owner}


def read_petabridge(folder: Path, *documents: object) -> list[Reading]:
    file = folder / "all.json"
    file.write_text("".join(json.dumps(document) for document in documents))
    return list(petabridge.read(file, NOW))


def workspaces(readings: Iterable[Reading]) -> dict[str, Workspace]:
    """Workspaces by path."""
    things = [reading.thing for reading in readings if isinstance(reading, ParsedRecord)]
    found = [thing.workspace for thing in things if isinstance(thing, WorkspaceRecord)]
    assert len({each.path for each in found}) == len(found)
    return {each.path: each for each in found}


def places(readings: list[Reading]) -> dict[str, str | None]:
    """The path of each memory's workspace, by its text; memories come after their workspaces."""
    paths: dict[str, str] = {}
    found: dict[str, str | None] = {}
    for reading in readings:
        match reading:
            case ParsedRecord(_, WorkspaceRecord(each)):
                paths[each.id] = each.path
            case ParsedRecord(_, MemoryRecord(memory)):
                id_ = memory.workspace_id
                found[memory.content.text] = None if id_ is None else paths[id_]
            case _:
                pass
    return found


def test_workspaces_and_projects_of_petabridge_are_one_tree(tmp_path: Path) -> None:
    project = {"workspaceId": ACME, "status": "onhold", "victoryConditions": "- [ ] paid"}
    readings = read_petabridge(
        tmp_path,
        {"memories": [memory({"type": 1, "id": BILLING})]},
        {"projects": [workspace(BILLING, "Billing API", parentId=None, **project)]},
        {"workspaces": [workspace(ACME, "Acme", description="Us", slug="acme")]},
    )

    tree = workspaces(readings)
    billing = tree["acme/billing-api"]
    assert (billing.id, billing.parent_id, tree["acme"].description) == (BILLING, ACME, "Us")
    assert (billing.status, billing.victory_conditions) == (ProjectStatus.ON_HOLD, "- [ ] paid")
    assert places(readings) == {"Tea.": "acme/billing-api"}


def test_replies_of_single_workspaces_say_what_is_below_them(tmp_path: Path) -> None:
    child = workspace(BILLING, "Teams")
    readings = read_petabridge(
        tmp_path,
        {"workspaces": [workspace(ACME, "Acme"), child]},
        {
            **workspace(ACME, "Acme"),
            "projects": [workspace(DEPTHS, "Depths", status="active")],
            "childWorkspaces": [child],
        },
        {"memories": [memory({"type": "workspace", "id": BILLING})]},
    )
    assert set(workspaces(readings)) == {"acme", "acme/depths", "acme/teams"}
    assert places(readings) == {"Tea.": "acme/teams"}


@pytest.mark.parametrize("owner", [None, {"type": 0, "id": UNFILED}])
def test_the_unfiled_of_petabridge_are_unfiled(tmp_path: Path, owner: object) -> None:
    readings = read_petabridge(tmp_path, {"memories": [memory(owner)]})
    assert (places(readings), workspaces(readings)) == ({"Tea.": None}, {})


def test_memories_of_a_project_that_is_not_listed_stay_apart(tmp_path: Path) -> None:
    readings = read_petabridge(tmp_path, [memory({"type": 1, "id": BILLING})])
    assert places(readings) == {"Tea.": "project-2c9e6679"}
    assert workspaces(readings)["project-2c9e6679"].id == BILLING
    assert [reading.detail for reading in readings if isinstance(reading, ImportNote)] == [BILLING]


def test_equal_slugs_circles_and_depths_of_petabridge_lose_no_memory(tmp_path: Path) -> None:
    ids = [f"{n:08}-7425-40de-944b-e07fc1f90ae7" for n in range(1, MAX_DEPTH + 3)]
    chain = [
        workspace(id_, "Level", parentId=parent)
        for id_, parent in zip(ids, [None, *ids], strict=False)
    ]
    circle = [workspace(ACME, "Same", parentId=BILLING), workspace(BILLING, "Same", parentId=ACME)]
    readings = read_petabridge(
        tmp_path,
        {"workspaces": [*chain, *circle, workspace(DEPTHS, "Same \ud800\0")]},
        {"memories": [memory({"type": 0, "id": ids[-1]})]},
    )
    assert places(readings) == {"Tea.": "/".join(["level"] * MAX_DEPTH)}
    assert sum(path.startswith("same") for path in workspaces(readings)) == 3
    assert not any(isinstance(reading, RejectedRecord) for reading in readings)


def test_folders_of_notes_are_workspaces_if_one_wants(tmp_path: Path) -> None:
    deep = "/".join("abcdefghij")
    files: dict[str, Any] = {
        "top.md": "top",
        "Work/Billing API/one.md": "one",
        "work/Billing API/two.md": "two",
        "+++/All/three.md": "three",
        f"{deep}/four.md": "four",
    }
    readings = list(in_folders(markdown_notes.read(unpacked(tmp_path, files), NOW), NOW))
    assert places(readings) == {
        "top": None,
        "one": "work/billing-api",
        "two": "work/billing-api",
        "three": "all_",
        "four": deep[: 2 * MAX_DEPTH - 1],
    }
    assert workspaces(readings)["work"].name in ("Work", "work")
