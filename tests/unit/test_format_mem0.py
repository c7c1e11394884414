"""What mem0's get_all returns."""

import json
from pathlib import Path

import pytest

from memorizer.adapters.formats import detect
from support.moving import NOW, contents, sorted_out

MEMORY = {
    "id": "6f2c",
    "memory": "Prefers tea",
    "hash": "x",
    "metadata": {"tags": ["drinks", 7], "n": 1},
    "created_at": "2026-11-30T11:44:08.851186+00:00",
    "updated_at": "2026-11-30T12:00:00+00:00",
    "user_id": "zoe",
    "agent_id": None,
    "role": "user",
}


@pytest.mark.parametrize("shape", [{"results": [MEMORY]}, [MEMORY]])
def test_memories_come_with_tags_times_and_metadata(tmp_path: Path, shape: object) -> None:
    path = tmp_path / "mem0.json"
    path.write_text(json.dumps(shape))
    name, read = detect.reader(path, None)
    [memory], _, refused = sorted_out(read(path, NOW))

    assert (name, refused) == ("mem0", [])
    assert contents([memory]) == [(None, "note", "Prefers tea", ("drinks",))]
    assert (memory.memory.created_at, memory.memory.updated_at) == (1796039048851, 1796040000000)
    assert memory.origin["original"] == {
        "user_id": "zoe",
        "role": "user",
        "tags": ["drinks", 7],
        "n": 1,
    }
    assert dict(memory.memory.content.metadata) == {
        "user_id": "zoe",
        "role": "user",
        "tags": '["drinks", 7]',
        "n": 1,
    }
