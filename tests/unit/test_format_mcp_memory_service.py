"""The export of mcp-memory-service."""

import json
from pathlib import Path
from typing import Any

from memorizer.adapters.formats import mcp_memory_service
from support.moving import NOW, contents, sorted_out

MEMORY: dict[str, Any] = {
    "content": "The project uses PostgreSQL 16.",
    "content_hash": "d0f1e3c1",
    "tags": ["project", "database", "Project"],
    "created_at": 1733745600.25,
    "updated_at": 1733745700.5,
    "memory_type": "decision",
    "metadata": {"hostname": "laptop"},
    "export_source": "laptop",
}
METADATA = {"source_machine": "laptop", "total_memories": 1, "exporter_version": "5.0.1"}


def test_memories_come_with_type_tags_and_times(tmp_path: Path) -> None:
    [dossier], _, refused = _read(tmp_path, [MEMORY])

    memory = dossier.memory
    assert contents([dossier]) == [
        (None, "decision", "The project uses PostgreSQL 16.", ("project", "database"))
    ]
    assert (memory.created_at, memory.updated_at) == (1_733_745_600_250, 1_733_745_700_500)
    assert memory.id.startswith("0193ab")  # it sorts among the memories of its time
    assert dossier.origin == {
        "importedFrom": "mcp-memory-service",
        "original": {"hostname": "laptop"},
    }
    assert refused == []


def test_older_rows_have_their_tags_in_one_text(tmp_path: Path) -> None:
    [dossier], _, _ = _read(tmp_path, [MEMORY | {"tags": "a, b,,c", "memory_type": None}])
    assert dossier.memory.content.tags == ("a", "b", "c")
    assert dossier.memory.content.type == "note"


def test_what_cannot_be_taken_is_named(tmp_path: Path) -> None:
    broken = [
        "text",
        MEMORY | {"content": " "},
        MEMORY | {"created_at": "yesterday"},
        MEMORY | {"created_at": -5},
        {"content": "no hash"},
        MEMORY | {"metadata": {"deep": "\ud800"}},
        MEMORY,
    ]

    dossiers, _, refused = _read(tmp_path, broken)

    assert len(dossiers) == 1
    assert refused == [
        "line 4: memory: must be an object",
        "line 5: text: must not be empty",
        "line 6: created_at: must be a number",
        "line 7: created_at: must be a time in seconds since 1970",
        "line 8: content_hash: is missing",
        "line 9: facts: contains a character that cannot be stored",
    ]


def _read(folder: Path, memories: list[Any]) -> tuple[list[Any], list[Any], list[str]]:
    path = folder / "export.json"
    lines = ",\n".join(json.dumps(memory) for memory in memories)
    path.write_text(f'{{"export_metadata": {json.dumps(METADATA)},\n"memories": [\n\n{lines}]}}')
    return sorted_out(mcp_memory_service.read(path, NOW))
