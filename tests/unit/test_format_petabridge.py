"""What the REST lists of petabridge's Memorizer answer."""

import json
from pathlib import Path
from typing import Any

from memorizer.adapters.formats import petabridge
from support.moving import NOW, contents, sorted_out

TEA = "7C9E6679-7425-40DE-944B-E07FC1F90AE7"
KETTLE = "550e8400-e29b-41d4-a716-446655440000"


def memory(id_: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "typeLegacy": "how-to",
        "type": "how-to",
        "content": {},
        "source": "LLM",
        "embedding": {"memory": [0.1] * 384},
        "tags": ["tea"],
        "confidence": 0.9,
        "createdAt": "2025-06-01T10:00:00.1234567Z",
        "updatedAt": "2025-06-02T10:00:00Z",
        "title": "Green tea",
        "text": "Water of 80 degrees.",
        "currentVersion": 3,
        "relationships": [],
        "archetype": 0,
        **fields,
    }


def page(*memories: dict[str, Any]) -> str:
    return json.dumps({"memories": memories, "totalCount": 2, "page": 1, "pageSize": 1})


def test_pages_one_after_the_other_are_one_file(tmp_path: Path) -> None:
    link = {"id": KETTLE, "fromMemoryId": TEA, "toMemoryId": KETTLE, "type": "needs", "score": 0.5}
    text = page(memory(TEA, relationships=[link])) + page(
        memory(KETTLE, title=None, tags=None, archetype=2, relationships=None)
    )

    dossiers, links, refused = _read(tmp_path, text)

    assert contents(dossiers) == [
        ("Green tea", "how-to", "Water of 80 degrees.", ("tea",)),
        (None, "how-to", "Water of 80 degrees.", ()),
    ]
    tea, kettle = (dossier.memory for dossier in dossiers)
    assert (tea.content.source, tea.content.confidence) == ("LLM", 0.9)
    assert (tea.created_at, tea.archived_at) == (1_748_772_000_123, None)
    assert kettle.archived_at == kettle.updated_at
    assert [(link.from_id, link.to_id, link.type, link.score) for link in links] == [
        (tea.id, kettle.id, "needs", 0.5)
    ]
    assert refused == []


def test_a_bare_list_as_search_answers_it_is_read_too(tmp_path: Path) -> None:
    dossiers, _, refused = _read(tmp_path, json.dumps([memory(TEA), memory(KETTLE)]))
    assert (len(dossiers), refused) == (2, [])


def test_what_cannot_be_taken_is_named(tmp_path: Path) -> None:
    gone = {"fromMemoryId": TEA, "toMemoryId": "gone", "type": "needs"}
    text = page(
        memory(TEA, relationships=[gone, 7]), memory(KETTLE, confidence=7), memory("x", text=None)
    )

    dossiers, _, refused = _read(tmp_path, text)

    assert len(dossiers) == 1
    assert refused == [
        "line 1: confidence: must lie between 0 and 1",
        "line 1: text: must be a text",
        "line 1: toMemoryId: memory 'gone' is not in this file",
        "line 1: relationships: must be an object",
    ]


def _read(folder: Path, text: str) -> tuple[list[Any], list[Any], list[str]]:
    path = folder / "pages.json"
    path.write_text(text)
    return sorted_out(petabridge.read(path, NOW))
