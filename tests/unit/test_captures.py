"""What of a transcript is worth a memory, whatever client wrote it, and what nobody said."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memorizer.domain.captures import NewCapture, said, statements, without_injected
from memorizer.domain.errors import InvalidField

RULE = "From now on we deploy on Tuesdays only."
ID = "0198c2f0-5b7e-7cc3-98c4-dc0c0c07398f"
TOLD = f"- [{ID}] Deploying: We always deploy on Thursdays. (2026-11-01)"
LINES = {
    "claude-code": {"type": "user", "uuid": "u1", "message": {"role": "user", "content": RULE}},
    "blocks": {
        "type": "user",
        "message": {"role": "user", "content": [{"type": "text", "text": RULE}]},
    },
    "codex": {"type": "event_msg", "payload": {"type": "user_message", "message": RULE}},
    "codex, newer": {
        "type": "event_msg",
        "payload": {
            "type": "item_completed",
            "item": {"type": "UserMessage", "content": [{"type": "text", "text": RULE}]},
        },
    },
    "cursor": {"role": "user", "message": {"content": RULE}, "content": RULE},
    "gemini": {"type": "user", "content": RULE},
    "parts": {"role": "user", "parts": [{"text": RULE}]},
}
NOT_SAID = {
    "meta": {"type": "user", "isMeta": True, "message": {"role": "user", "content": RULE}},
    "a tool": {
        "type": "user",
        "message": {"role": "user", "content": [{"type": "tool_result", "content": RULE}]},
    },
    "what repeats it": {
        "type": "response_item",
        "payload": {"type": "message", "role": "developer", "content": [{"text": RULE}]},
    },
    "a hook": {"type": "attachment", "attachment": {"content": RULE}, "content": RULE},
    "no object": [RULE],
}


@pytest.mark.parametrize("client", LINES)
def test_each_client_is_understood(client: str) -> None:
    part = f"damaged {{\n{json.dumps(LINES[client])}\n"
    assert [each.text for each in statements(part)] == [RULE]
    assert list(said(part)) == [("user", RULE)]


@pytest.mark.parametrize("line", NOT_SAID)
def test_what_nobody_said_is_left_out(line: str) -> None:
    assert list(said(json.dumps(NOT_SAID[line]))) == []


def test_a_document_of_messages_is_read_whole() -> None:
    part = json.dumps({"messages": [LINES["gemini"], {"type": "gemini", "content": "Noted."}]})
    assert list(said(part)) == [("user", RULE), ("assistant", "Noted.")]


def test_what_memorizer_told_the_agent_is_not_taken_for_said() -> None:
    for text in (
        f"<hook_context>{TOLD}</hook_context>",
        f"<system-reminder>SessionStart hook additional context: {TOLD}</system-reminder>",
        TOLD,
    ):
        assert without_injected(text) == ""
        assert without_injected(f"{text}\nIs it so?") == "Is it so?"


def test_what_cannot_be_stored_is_replaced() -> None:
    line = '{"role": "user", "content": "Remember the \\ud800 key \\u0000 of the house."}'
    assert [each.text for each in statements(line)] == ["Remember the ? key of the house."]


def test_questions_code_and_chatter_are_no_statements() -> None:
    text = "Should we always deploy on Fridays?\n```\nnever = always\n```\nThanks, that looks good!"
    line = {"role": "user", "content": f"{text}\n- Remember that the office closes at six.\nok"}
    found = statements(json.dumps(line))
    assert [each.text for each in found] == ["Remember that the office closes at six."]
    assert found[0].by_user


@pytest.mark.parametrize(
    "fields", [{"client": "vim"}, {"session": ""}, {"part": " "}, {"session": "x" * 201}]
)
def test_a_part_is_checked(fields: dict[str, str]) -> None:
    given = {"session": "s", "client": "codex", "part": "{}"} | fields
    with pytest.raises(InvalidField):
        NewCapture(**given)


JSON_TEXTS = st.text(st.characters(exclude_categories=[]))
RECORDS = st.recursive(
    st.none() | st.booleans() | st.integers() | JSON_TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "role", "message", "content", "payload", "item", "text", "parts"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(
    st.lists(RECORDS | st.just({"role": "user", "content": "Remember: we use tabs."}), max_size=6)
)
def test_no_line_of_a_transcript_breaks_it(records: list[object]) -> None:
    part = "\n".join(json.dumps(record) for record in records)
    assert all(role in {"user", "assistant"} for role, _ in said(part))
    assert all(statement.text.encode() for statement in statements(part)), "it can be stored"
