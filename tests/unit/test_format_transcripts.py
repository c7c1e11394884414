"""Transcripts of Claude Code and of Codex: each exchange once, whatever repeats it."""

import json
import tracemalloc
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from memorizer.adapters.formats import claude_code, codex, detect, transcripts
from memorizer.domain.records import ExpectedRecords, ImportNote, MemoryRecord, ParsedRecord
from memorizer.domain.secrets import MASK
from support.moving import NOW, sorted_out

Line = dict[str, Any]
SESSION = "00000000-0000-4000-8000-00000000000a"
FORK = "00000000-0000-4000-8000-00000000000b"
THREAD = "01900000-0000-7000-8000-000000000001"
CHILD = "01900000-0000-7000-8000-000000000002"


def _message(role: str, uuid: str, parent: str | None, content: object, **more: object) -> Line:
    message = {"role": role, "content": content, "id": f"msg-{uuid}"}
    return {
        "type": role,
        "uuid": uuid,
        "parentUuid": parent,
        "sessionId": SESSION,
        "cwd": "/home/dev/demo",
        "gitBranch": "main",
        "timestamp": "2026-11-30T09:00:00.000Z",
        "message": message,
        **more,
    }


def _text(text: str) -> list[Line]:
    return [{"type": "text", "text": text}]


QUESTION = _message("user", "u1", None, "Which port?")
THINKING = _message("assistant", "a1", "u1", [{"type": "thinking", "thinking": "Hm."}])
ANSWER = _message("assistant", "a2", "a1", _text("I look it up."))
TOOL = _message("assistant", "a3", "a2", [{"type": "tool_use", "name": "Read", "input": {"f": 1}}])
RESULT = _message("user", "u2", "a3", [{"type": "tool_result", "content": "port = 5000"}])
REST = _message("assistant", "a4", "u2", _text("It is 5000."))
CLAUDE = [
    {"type": "mode", "sessionId": SESSION},
    _message("user", "u0", None, "<command-name>/model</command-name>"),
    _message("user", "m0", None, "Injected.", isMeta=True),
    *(QUESTION, THINKING, ANSWER, TOOL, RESULT, REST),
    _message("user", "u3", "a4", "Change it."),
    _message("user", "u4", "a4", "Leave it."),
    _message("user", "c1", None, "Summary.", isCompactSummary=True),
    _message("user", "u5", "nowhere", [*_text("<system-reminder>x"), *_text("Thanks.")]),
]
FIRST = "User:\nWhich port?\n\nAssistant:\nI look it up.\n\nIt is 5000."


def test_an_exchange_of_claude_code_is_what_both_said(tmp_path: Path) -> None:
    _write(tmp_path / "-home-dev-demo" / f"{SESSION}.jsonl", CLAUDE)
    name, read = detect.reader(tmp_path, None)
    memories, _, refused = sorted_out(read(tmp_path, NOW))

    assert (name, refused) == ("claude-code", [])
    assert [memory.memory.content.text for memory in memories] == [
        FIRST,
        "User:\nChange it.",
        "User:\nLeave it.",
        "User:\nThanks.",
    ]
    first = memories[0].memory.content
    assert (first.title, first.type, first.tags) == ("Which port?", "conversation", ("demo",))
    assert dict(first.metadata) == {"session": SESSION, "cwd": "/home/dev/demo", "branch": "main"}


def test_copies_of_claude_code_are_taken_once(tmp_path: Path) -> None:
    """Compaction repeats lines, forks and branches copy them, with their ids or the originals'."""
    again = [
        {**line, "gitBranch": "other", "parentUuid": None} for line in CLAUDE if "uuid" in line
    ]
    fork = [
        {**line, "sessionId": FORK} for line in (QUESTION, THINKING, ANSWER, TOOL, RESULT, REST)
    ]
    sdk = [
        {**line, "uuid": f"new-{line['uuid']}", "forkedFrom": {"messageUuid": line["uuid"]}}
        for line in (QUESTION, REST)
    ]
    later = _message("user", "u9", "a4", "And the other one?", sessionId=FORK)
    reply = _message("assistant", "a9", "u9", _text("There is none."), sessionId=FORK)
    _write(tmp_path / f"{SESSION}.jsonl", [*CLAUDE, *again, REST])
    _write(tmp_path / f"{FORK}.jsonl", [*fork, *sdk, later, reply])
    _write(tmp_path / SESSION / "subagents" / "workflows" / "journal.jsonl", [{"type": "x"}])

    memories, _, _ = sorted_out(claude_code.read(tmp_path, NOW))

    texts = [memory.memory.content.text for memory in memories]
    assert len(texts) == len(set(texts)) == 5
    assert texts[0] == FIRST
    assert texts[-1] == "User:\nAnd the other one?\n\nAssistant:\nThere is none."
    alone = sorted_out(claude_code.read(tmp_path / f"{FORK}.jsonl", NOW))[0]
    assert alone[0].memory.id == memories[0].memory.id


def test_tools_come_only_if_they_are_asked_for_and_thinking_never(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    _write(path, CLAUDE)
    [with_tools, *_], _, _ = sorted_out(claude_code.read(path, NOW, with_tools=True))
    assert "Tool Read: {'f': 1}" in with_tools.memory.content.text
    assert "Hm." not in with_tools.memory.content.text


def test_secrets_do_not_come_along(tmp_path: Path) -> None:
    secret = "ghp_" + "a1B2c3D4e5F6" * 3
    _write(tmp_path / "x.jsonl", [_message("user", "u1", None, f"{secret} is the token")])
    found = list(claude_code.read(tmp_path / "x.jsonl", NOW))
    [memory], _, _ = sorted_out(iter(found))
    assert memory.memory.content.title == f"{MASK} is the token"
    assert secret not in memory.memory.content.text
    assert ImportNote("x.jsonl line 1", transcripts.SECRETS) in found


def test_an_unfinished_line_is_passed_over_and_named(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    _write(path, [QUESTION])
    path.write_text(path.read_text() + '{"type":"assistant","uuid":"ha')
    found = list(claude_code.read(path, NOW))
    assert len(sorted_out(iter(found))[0]) == 1
    assert ImportNote("the files", transcripts.PASSED_OVER, "1 damaged or unfinished") in found


def _event(type_: str, at: str = "2026-11-30T10:00:00.000Z", **payload: object) -> Line:
    return {"timestamp": at, "type": "event_msg", "payload": {"type": type_, **payload}}


def _meta(thread: str, **more: object) -> Line:
    payload = {"id": thread, "cwd": "/home/dev/demo", "git": {"branch": "main"}, **more}
    return {"timestamp": "2026-11-30T10:00:00.000Z", "type": "session_meta", "payload": payload}


def _item(id_: str, type_: str, text: str) -> Line:
    item = {"id": id_, "type": type_, "content": [{"type": "text", "text": text}]}
    return _event("item_completed", thread_id=THREAD, item=item)


LEGACY = [
    _event("user_message", message="# AGENTS.md instructions for x"),
    _event("user_message", message="Context\n## My request for Codex:\nWhich files?"),
    {"type": "response_item", "payload": {"type": "message", "content": "Which files?"}},
    _event("agent_message", message="One."),
]


def test_a_fork_of_codex_brings_only_what_is_new(tmp_path: Path) -> None:
    """It copies the lines of its parent, with other times and no ids."""
    copied = [{**line, "timestamp": "2026-11-30T11:00:00.000Z"} for line in LEGACY]
    new = [_event("user_message", message="Which port?"), _event("agent_message", message="5000.")]
    sessions = tmp_path / "sessions" / "2026"
    _write(sessions / f"rollout-1-{THREAD}.jsonl", [_meta(THREAD), *LEGACY])
    fork = [_meta(CHILD, forked_from_id=THREAD), _meta(THREAD), *copied, *new]
    _write(sessions / f"rollout-2-{CHILD}.jsonl", fork)
    name, read = detect.reader(tmp_path, None)
    memories, _, refused = sorted_out(read(tmp_path, NOW))

    assert (name, refused) == ("codex", [])
    assert [memory.memory.content.text for memory in memories] == [
        "User:\nWhich files?\n\nAssistant:\nOne.",
        "User:\nWhich port?\n\nAssistant:\n5000.",
    ]
    (sessions / f"rollout-1-{THREAD}.jsonl").unlink()
    again, _, _ = sorted_out(codex.read(tmp_path, NOW))
    assert [m.memory.id for m in again] == [m.memory.id for m in memories]


def test_newer_threads_of_codex_and_compressed_ones(tmp_path: Path) -> None:
    lines = [
        _meta(THREAD),
        _item("1", "UserMessage", "Which branch?"),
        _item("2", "Reasoning", "Hm."),
        _item("3", "AgentMessage", "The branch is main."),
    ]
    _write(tmp_path / f"rollout-1-{THREAD}.jsonl", lines)
    (tmp_path / f"rollout-1-{THREAD}.jsonl.zst").write_bytes(b"the same, compressed")
    [memory], _, refused = sorted_out(codex.read(tmp_path, NOW))
    assert memory.memory.content.text == "User:\nWhich branch?\n\nAssistant:\nThe branch is main."
    assert refused == []

    (tmp_path / f"rollout-1-{THREAD}.jsonl").unlink()
    _, _, [refused_one] = sorted_out(codex.read(tmp_path, NOW))
    assert "compressed" in refused_one or "decompressed" in refused_one


def test_a_compressed_thread_is_the_thread_and_a_cut_one_is_said(tmp_path: Path) -> None:
    """Codex compresses threads after seven days; they are read as a stream."""
    plain = tmp_path / f"rollout-1-{THREAD}.jsonl"
    _write(plain, [_meta(THREAD), *(_item(str(n), "UserMessage", f"Ask {n}.") for n in range(50))])
    before, _, _ = sorted_out(codex.read(tmp_path, NOW))
    packed = zstandard.ZstdCompressor().compress(plain.read_bytes())
    plain.unlink()
    file = plain.with_name(f"{plain.name}.zst")
    file.write_bytes(packed)
    after, _, refused = sorted_out(codex.read(tmp_path, NOW))
    assert (after, refused) == (before, [])

    for damaged, said in ((packed[:-20], "ends in the middle"), (b"\xff" * 40, "decompressed")):
        file.write_bytes(damaged)
        _, _, [reason] = sorted_out(codex.read(tmp_path, NOW))
        assert said in reason


def test_a_long_thread_takes_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    """A compressed thread of 100 MB, of which nearly all is what a tool said."""
    filler = {"type": "response_item", "payload": {"output": "x" * 1_000_000}}
    _write(
        tmp_path / "plain.jsonl", [_meta(THREAD), *[filler] * 100, _item("1", "UserMessage", "Hi")]
    )
    packed = zstandard.ZstdCompressor().compress((tmp_path / "plain.jsonl").read_bytes())
    (tmp_path / "plain.jsonl").unlink()
    (tmp_path / f"rollout-1-{THREAD}.jsonl.zst").write_bytes(packed)
    tracemalloc.start()
    try:
        memories, _, refused = sorted_out(codex.read(tmp_path, NOW))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (len(memories), refused) == (1, [])
    assert peak_bytes < 64_000_000


def test_it_says_about_how_many_there_are(tmp_path: Path) -> None:
    for number in range(4):
        said = [_message("user", f"u{number}-{n}", None, f"Say {n}.") for n in range(5)]
        _write(tmp_path / f"{number}.jsonl", said)
    totals = [r.total for r in claude_code.read(tmp_path, NOW) if isinstance(r, ExpectedRecords)]
    assert totals == [20] * 4


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=5,
)


@pytest.mark.parametrize(
    "lines", [CLAUDE, [_meta(THREAD), *LEGACY, _item("1", "UserMessage", "x")]]
)
@settings(max_examples=60)
@given(data=st.data())
def test_any_value_anywhere_breaks_nothing(
    tmp_path_factory: pytest.TempPathFactory, lines: list[Line], data: st.DataObject
) -> None:
    changed = json.loads(json.dumps(lines))
    holder: Any = changed
    key: Any = data.draw(st.integers(0, len(lines) - 1))
    while isinstance(holder[key], dict | list) and holder[key] and data.draw(st.booleans()):
        holder = holder[key]
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        key = data.draw(st.sampled_from(keys))
    holder[key] = data.draw(VALUES)
    path = tmp_path_factory.mktemp("fuzz") / "rollout-x.jsonl"
    _write(path, changed)
    for read in (claude_code.read, partial(codex.read, with_tools=True)):
        for reading in read(path, NOW):
            if isinstance(reading, ParsedRecord):
                assert isinstance(reading.thing, MemoryRecord)


def _write(path: Path, lines: Sequence[object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
