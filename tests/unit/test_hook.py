"""What `memorizer hook` asks and prints, without a process."""

import json
from collections.abc import Callable

import pytest

from memorizer.cli.hook import (
    MAX_OUTPUT,
    MAX_PROMPT,
    Options,
    parse,
    read_input,
    searchable,
    shaped,
)


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize("letter", ["x", "é", "語", "😀", '"', "\\", "\u2028"])
@pytest.mark.parametrize("client", ["claude-code", "codex", "gemini", "cursor"])
def test_no_answer_is_longer_than_clients_take(client: str, letter: str) -> None:
    lines = [f"- [{number}] {letter * 300}" for number in range(60)]
    for markdown in ("\n".join(lines), letter * 50_000):
        text = shaped(client, "SessionStart", markdown)
        assert MAX_OUTPUT // 3 < utf16(text) <= MAX_OUTPUT
        json.loads(text)


def test_what_has_no_room_is_left_out_line_by_line() -> None:
    lines = [f"- [{number}] {'x' * 300}" for number in range(60)]
    said = json.loads(shaped("codex", "SessionStart", "\n".join(lines)))["hookSpecificOutput"]
    kept = said["additionalContext"].split("\n")
    assert kept == lines[: len(kept)]
    assert len(kept) > 20


@pytest.mark.parametrize(
    ("prompt", "asked"),
    [
        ("<hook_context>- [1] secret\nmore</hook_context>\nWhen?", "When?"),
        ("When?<hook_context>a</hook_context>\n<hook_context>b</hook_context>", "When?"),
        ("When? <hook_context>cut off", "When?"),
        ("a\0b\ud800c", "a b c"),
        (" \n ", ""),
    ],
)
def test_a_prompt_is_searched_with_what_the_person_wrote(prompt: str, asked: str) -> None:
    assert searchable(prompt) == asked


def test_of_a_long_prompt_the_beginning_and_the_end_count() -> None:
    asked = searchable("begin " + "x" * 100_000 + " end?")
    assert len(asked) == MAX_PROMPT
    assert asked.startswith("begin ")
    assert asked.endswith(" end?")


def reading(*chunks: bytes) -> Callable[[], bytes]:
    """A read that must not be called again when the object is whole."""
    left = iter(chunks)
    return lambda: next(left)


def test_the_input_is_read_until_it_is_whole() -> None:
    assert read_input(reading(b'{"a": {', b"}", b"}")) == {"a": {}}
    assert read_input(reading('{"a": "ü}'.encode(), b'"}\n')) == {"a": "ü}"}
    for wrong in ([b""], [b"[1]", b""], [b'{"a"', b""], [b"\xff}", b""]):
        with pytest.raises(ValueError, match=r"."):
            read_input(reading(*wrong))


def test_the_command_line_is_read_without_a_library() -> None:
    assert parse(["prompt", "--client", "codex", "--workspace", "auto"]) == Options(
        "prompt", "codex", "auto"
    )
    for wrong in (
        [],
        ["prompt", "--client"],
        ["prompt", "--client", "codex", "--client", "codex"],
        ["prompt", "--client", "codex", "--port", "1"],
    ):
        assert parse(wrong) is None
