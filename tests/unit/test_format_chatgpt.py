"""What ChatGPT wrote down to remember, in its data export."""

import json
from pathlib import Path
from typing import Any

from memorizer.adapters.formats import chatgpt
from support.moving import NOW, contents, sorted_out, zipped


def said(recipient: str, *parts: object, at: float | None = 1765671580.25) -> dict[str, Any]:
    return {
        "author": {"role": "assistant", "name": None, "metadata": {}},
        "create_time": at,
        "content": {"content_type": "text", "parts": list(parts)},
        "recipient": recipient,
    }


CONVERSATION = {
    "title": "Breakfast",
    "create_time": 1765671500.0,
    "mapping": {
        "root": {"id": "root", "message": None, "children": ["a"]},
        "a": {"id": "a", "message": said("all", "Noted."), "children": ["b"]},
        "b": {"id": "b", "message": said("bio", "User prefers green tea."), "children": []},
    },
}


def test_what_was_said_to_the_memory_becomes_memories(tmp_path: Path) -> None:
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps([CONVERSATION]))

    [dossier], _, refused = sorted_out(chatgpt.read(path, NOW))

    assert contents([dossier]) == [(None, "note", "User prefers green tea.", ())]
    assert dossier.memory.created_at == 1_765_671_580_250
    assert dossier.origin["original"] == {"conversation": "Breakfast"}
    assert refused == []


def test_all_parts_of_a_zip_are_read_and_its_other_files_are_not(tmp_path: Path) -> None:
    other = CONVERSATION | {"mapping": {"c": {"message": said("bio", "User has a cat.")}}}
    files: dict[str, bytes | str] = {
        "conversations-000.json": json.dumps([CONVERSATION]),
        "conversations-001.json": json.dumps([other]),
        "user.json": "{broken",
    }

    dossiers, _, refused = sorted_out(chatgpt.read(zipped(tmp_path / "e.zip", files), NOW))

    assert [d.memory.content.text for d in dossiers] == [
        "User prefers green tea.",
        "User has a cat.",
    ]
    assert refused == []


def test_what_cannot_be_taken_is_named(tmp_path: Path) -> None:
    broken = {
        "mapping": {
            "a": {"message": said("bio", {"image": 1})},
            "b": {"message": said("bio", "x", at=-1)},
            "c": {"message": {"recipient": "bio"}},
            "d": 7,
        }
    }
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps([broken, "x"]) + "]")

    dossiers, _, refused = sorted_out(chatgpt.read(path, NOW))

    assert dossiers == []
    assert refused == [
        "conversations.json line 1: text: must not be empty",
        "conversations.json line 1: create_time: must be a time in seconds since 1970",
        "conversations.json line 1: content: must be an object",
        "conversations.json line 1: is no conversation: it has no mapping",
        "conversations.json line 1: is not JSON from here on: Expecting value",
    ]
