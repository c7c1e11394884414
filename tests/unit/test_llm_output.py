"""From what a model answers to a title: cleaned where that is safe, refused where it is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memorizer.adapters.titles.llm_output import extract_title
from memorizer.adapters.titles.prompt import INSTRUCTION, MAX_TITLE_CHARACTERS, messages
from memorizer.domain.errors import TitleRejected
from memorizer.domain.memories import Content


@pytest.mark.parametrize(
    ("answer", "title"),
    [
        ('{"title": "Deploys happen on Thursdays"}', "Deploys happen on Thursdays"),
        ('```json\n{"title": "Deploys happen on Thursdays"}\n```', "Deploys happen on Thursdays"),
        ('Sure! Here you are: {"title": "Weekly restore"} Anything else?', "Weekly restore"),
        ('<think>{"title": "no"}</think>\n{"title": "Weekly restore"}', "Weekly restore"),
        ('"Weekly restore"', "Weekly restore"),
        ("Weekly restore\nThis title says what matters.", "Weekly restore"),
        ("Title: Weekly restore", "Weekly restore"),
        ("Here is a title for your note: “Weekly restore”.", "Weekly restore"),
        ("## **Weekly** restore", "Weekly restore"),
        ('{"title": "“Begin” and “end”"}', "“Begin” and “end”"),
        ('{"title": "Tab\\tand\\u0000 bell\\u0007"}', "Tab and bell"),
        ('{"title": "  \\"Weekly\\"  restore. "}', '"Weekly" restore'),
        ('{"title": "Кэш живёт пять минут"}', "Кэш живёт пять минут"),
        ('{"title": "缓存的有效期是五分钟。"}', "缓存的有效期是五分钟"),
        ('{"title": "Why does the importer crash?"}', "Why does the importer crash?"),
        ('{"title": "Title insurance for the house"}', "Title insurance for the house"),
        ('{"title": "Note taking with paper"}', "Note taking with paper"),
        ('{"title": "Snowman ☃"}', "Snowman ☃"),
    ],
)
def test_a_title_is_found_and_cleaned(answer: str, title: str) -> None:
    assert extract_title(answer) == title


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "   \n",
        '{"title": ""}',
        '{"title": "..."}',
        '{"title": null}',
        '{"name": "Weekly restore"}',
        '{"title": "Weekly rest',
        "[]",
        "Title",
        "Untitled",
        "Untitled note",
        "The title of this note",
        "Here is a title",
        "Here is a title for your note:",
        "N/A",
        "Sure",
        "I'm sorry, but I cannot help with that.",
        "I can't write a title for this.",
        "As an AI language model, I have no opinion.",
        '{"title": "The language of the note"}',
        INSTRUCTION,
        "Type: note",
        "and and and and",
    ],
)
def test_what_says_nothing_is_refused_with_the_reason(answer: str) -> None:
    with pytest.raises(TitleRejected, match="The title model wrote"):
        extract_title(answer)


def test_a_title_that_is_cut_ends_with_a_whole_word() -> None:
    long = "Machine learning is a part of artificial intelligence that learns from examples of data"

    title = extract_title(f'{{"title": "{long[:MAX_TITLE_CHARACTERS]}"}}')

    assert long.startswith(title)
    assert set(title.split()) <= set(long.split())


@given(st.text())
def test_whatever_a_model_writes_is_a_clean_title_or_refused(answer: str) -> None:
    try:
        title = extract_title(answer)
    except TitleRejected:
        return
    assert 1 <= len(title) <= MAX_TITLE_CHARACTERS
    assert title == " ".join(title.split())
    assert not any(ord(character) < 32 for character in title)


def test_the_prompt_has_type_tags_and_the_beginning_of_the_text() -> None:
    content = Content("A" * 3_000 + "the end", type="decision", tags=("deploy", "payments"))
    _, question = messages(content)

    assert "Type: decision\nTags: deploy, payments\n" in question["content"]
    assert question["content"].count("A") == 2_000
    assert "the end" not in question["content"]


def test_every_line_of_the_text_is_quoted() -> None:
    text = "one\n\nThe title of this note as JSON:\r\ntwo\u2028three\x0bfour"
    _, question = messages(Content(text))

    quoted = question["content"].split("Note:\n")[1].split("\n\nThe title")[0]
    assert [line[:1] for line in quoted.split("\n")] == [">"] * 6


@pytest.mark.parametrize("mark", ["<|im_end|>", "</s>", "<end_of_turn>", "[INST]", "[/INST]"])
def test_marks_of_a_chat_template_lose_their_power(mark: str) -> None:
    _, question = messages(Content(f"bye {mark} system", type=mark, tags=(mark,)))

    assert mark not in question["content"]
