"""Claude's memories in the data export of claude.ai."""

import json
from pathlib import Path

import pytest

from memorizer.adapters.formats import claude
from support.moving import NOW, contents, sorted_out, unpacked, zipped

PROJECT = "0198aaaa-0000-7000-8000-000000000001"
RECORD = {
    "conversations_memory": "Prefers metric units.\n\n**Work context**\n\nWrites Go.\n\n"
    "## Personal context\nLikes tea.\n\n**Empty**\n",
    "project_memories": {PROJECT: "The project uses PostgreSQL."},
    "memory_files": [
        {
            "path": "/notes/travel-plans.md",
            "content": "- Lisbon in May",
            "updated_at": "2026-01-02T03:04:05.000000Z",
        }
    ],
    "account_uuid": "00000000-0000-4000-8000-0000000000aa",
}
PROJECTS = [{"uuid": PROJECT, "name": "Tea shop"}]
FOUND = [
    (None, "note", "Prefers metric units.", ()),
    ("Work context", "note", "Writes Go.", ()),
    ("Personal context", "note", "Likes tea.", ()),
    ("Tea shop", "project", "The project uses PostgreSQL.", ()),
    ("travel plans", "note", "- Lisbon in May", ()),
]
OLD = {"memories.json": json.dumps([RECORD]), "projects.json": json.dumps(PROJECTS)}
NEW = {
    "data/memories/aa.json": json.dumps(RECORD),
    f"data/projects/{PROJECT}.json": json.dumps(PROJECTS[0]),
    "data/conversations.json": "[]",
}


@pytest.mark.parametrize("files", [OLD, NEW], ids=["one file", "a file per account"])
@pytest.mark.parametrize("pack", [zipped, unpacked])
def test_sections_projects_and_files_become_memories(
    tmp_path: Path, files: dict[str, bytes | str], pack: type
) -> None:
    dossiers, links, refused = sorted_out(claude.read(pack(tmp_path / "export.zip", files), NOW))

    assert contents(dossiers) == FOUND
    assert (links, refused) == ([], [])
    assert dossiers[-1].memory.updated_at == 1_767_323_045_000


def test_a_single_file_has_no_names_of_projects(tmp_path: Path) -> None:
    path = tmp_path / "whatever.json"
    path.write_text(json.dumps(RECORD))

    dossiers, _, _ = sorted_out(claude.read(path, NOW))

    assert [dossier.memory.content.title for dossier in dossiers][3] is None


def test_the_same_sections_have_the_same_ids_in_the_next_export(tmp_path: Path) -> None:
    later = RECORD | {"conversations_memory": "**Work context**\nWrites Rust now."}
    ids = []
    for number, record in enumerate((RECORD, later)):
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps(record))
        dossiers, _, _ = sorted_out(claude.read(path, NOW + number))
        ids.append({d.memory.content.title: d.memory.id for d in dossiers})

    assert ids[0]["Work context"] == ids[1]["Work context"]
    assert ids[0]["travel plans"] == ids[1]["travel plans"]


def test_what_cannot_be_taken_is_named(tmp_path: Path) -> None:
    broken = [
        7,
        {"conversations_memory": 7, "project_memories": [1], "memory_files": {"a": 1}},
        {"project_memories": {"p": None}, "memory_files": ["x", {"path": "/a.md"}]},
    ]
    path = tmp_path / "memories.json"
    path.write_text(json.dumps(broken))

    dossiers, _, refused = sorted_out(claude.read(path, NOW))

    assert dossiers == []
    assert refused == [
        "memories.json: a record must be an object",
        "memories.json conversations_memory: conversations_memory: must be a text",
        "memories.json project_memories: must be an object",
        "memories.json memory_files: must be a list",
        "memories.json project_memories p: p: must be a text",
        "memories.json memory_files 1: memory_files: must be an object",
        "memories.json memory_files 2: content: is missing",
    ]
