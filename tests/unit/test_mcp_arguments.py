"""What clients send in the place of what was asked for, and how it is understood."""

from typing import Any

import pytest

from memorizer.mcp.arguments import Arguments, InvalidArguments, read
from memorizer.mcp.tools import GROUPS

ID = "0198c2f0-5b7e-7cc3-98c4-dc0c0c07398f"
TOOLS = {tool.name: tool for tool in GROUPS["all"]}
LEAST: dict[str, dict[str, Any]] = {
    "store": {"type": "note", "text": "T", "source": "s"},
    "search_memories": {"query": "q"},
    "recent": {},
    "get": {"id": ID},
    "get_many": {"ids": [ID]},
    "edit": {"id": ID, "old_text": "a", "new_text": "b"},
    "update_metadata": {"id": ID},
    "delete": {"id": ID},
    "create_relationship": {"fromId": ID, "toId": ID, "type": "explains"},
    "revert_to_version": {"id": ID, "versionNumber": 1},
    "archive": {"id": ID},
    "restore": {"id": ID},
    "remove_relationship": {"id": ID},
    "statistics": {},
    "start_job": {"queue": "title-generation"},
    "watch_job": {"jobId": "abc"},
    "get_workspace": {},
    "create_workspace": {"name": "A"},
    "update_workspace": {"workspaceId": ID},
    "delete_workspace": {"workspaceId": ID},
    "get_project_context": {"projectId": ID},
    "create_project": {"name": "A"},
    "update_project": {"projectId": ID},
    "delete_project": {"projectId": ID},
    "move_memory": {"id": ID},
    "archive_memory": {"id": ID},
    "restore_memory": {"id": ID},
    "get_by_filter": {},
    "list_archived": {},
    "list_proposals": {},
    "decide_proposal": {"id": ID, "decision": "later"},
    "ingest": {"url": "https://example.org/"},
}
"""What each tool cannot do without."""

OPTIONAL = [
    (name, argument)
    for name, tool in TOOLS.items()
    for argument in tool.input_schema["properties"]
    if argument not in LEAST[name]
]


def understood(tool: str, **given: object) -> Arguments:
    return read(TOOLS[tool].takes, {**LEAST[tool], **given}, tool)


def misunderstood(tool: str, **given: object) -> str:
    with pytest.raises(InvalidArguments) as refused:
        understood(tool, **given)
    return str(refused.value)


@pytest.mark.parametrize("nothing", [None, "", "  ", "null", "None", "undefined", ["null"], [None]])
@pytest.mark.parametrize(("tool", "argument"), OPTIONAL)
def test_every_way_to_say_nothing_leaves_an_optional_argument_out(
    tool: str, argument: str, nothing: object
) -> None:
    assert understood(tool, **{argument: nothing}) == understood(tool)


@pytest.mark.parametrize(
    ("given", "tags"),
    [
        (["tea", "kitchen"], ["tea", "kitchen"]),
        ('["tea", "kitchen"]', ["tea", "kitchen"]),
        ("tea, kitchen", ["tea", "kitchen"]),
        ("tea", ["tea"]),
        (["tea", "", "null"], ["tea"]),
        ('["tea", null]', ["tea"]),
        (["  tea "], ["tea"]),
        ([2026], ["2026"]),
        ("2026", ["2026"]),
        ([], []),
        ("[]", []),
    ],
)
def test_tags_come_in_any_form(given: object, tags: list[str]) -> None:
    assert understood("store", tags=given).model_dump()["tags"] == tags


@pytest.mark.parametrize("nothing", ["", "null", [], "[]", ["null"], {}, None])
def test_an_optional_argument_that_is_empty_was_not_given(nothing: object) -> None:
    assert understood("update_metadata", tags=nothing).model_dump()["tags"] is None


def test_zero_was_not_given_either_where_all_arguments_must_be_sent() -> None:
    everything = {"type": "", "tags": [], "confidence": 0, "clear": []}
    changed = understood("update_metadata", title="A better title", **everything).model_dump()
    assert {name: value for name, value in changed.items() if value} == {
        "id": ID,
        "title": "A better title",
    }
    assert understood("store", confidence=0).model_dump()["confidence"] == 1.0
    assert understood("get", versionNumber=0).model_dump()["version_number"] is None
    assert understood("get", includeSimilar=False).model_dump()["include_similar"] is False


@pytest.mark.parametrize("given", [[ID, ID], f'["{ID}", "{ID}"]', f"{ID}, {ID}"])
def test_ids_come_in_any_form(given: object) -> None:
    assert understood("get_many", ids=given).model_dump()["ids"] == [ID, ID]


@pytest.mark.parametrize(
    "given", [ID, ID.upper(), f" {ID} ", f"memory://{ID}", ID.replace("-", "")]
)
def test_an_id_is_known_in_any_spelling(given: str) -> None:
    assert understood("get", id=given).model_dump()["id"] == ID


@pytest.mark.parametrize("given", ["", "null", "abc", "*", f"{ID}x", "memory://", 7, None, [ID]])
@pytest.mark.parametrize("tool", ["get", "delete", "edit", "update_metadata"])
def test_a_malformed_id_is_an_error_and_never_a_wider_search(tool: str, given: object) -> None:
    assert "id " in misunderstood(tool, id=given)


def test_numbers_and_truths_may_come_in_quotes() -> None:
    search = understood("search_memories", limit="3", minSimilarity="0.5").model_dump()
    get = understood("get", includeVersionHistory="true", includeSimilar="False").model_dump()
    assert (search["limit"], search["min_similarity"]) == (3, 0.5)
    assert (get["include_version_history"], get["include_similar"]) == (True, False)


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("search_memories", {"min_similarity": 0.5, "filter_tags": ["a"]}),
        ("get", {"include_version_history": True, "version_limit": 3}),
        ("store", {"related_to": ID, "relationship_type": "explains"}),
        ("edit", {"replaceAll": True}),
    ],
)
def test_names_are_known_in_both_spellings(tool: str, given: dict[str, object]) -> None:
    assert understood(tool, **given) != understood(tool)


def test_edit_knows_the_other_spelling_of_all_its_names() -> None:
    given = {"id": ID, "oldText": "a", "newText": "b", "replaceAll": "true"}
    wanted = read(TOOLS["edit"].takes, given, "edit").model_dump()
    assert (wanted["old_text"], wanted["new_text"], wanted["replace_all"]) == ("a", "b", True)


def test_both_spellings_at_once_must_agree() -> None:
    assert "given twice" in misunderstood("get", versionLimit=3, version_limit=4)


@pytest.mark.parametrize("tool", list(TOOLS))
def test_an_unknown_argument_is_refused_with_the_names_that_are_known(tool: str) -> None:
    said = misunderstood(tool, querry="x")
    assert f'{tool} has no argument "querry"' in said
    for name in TOOLS[tool].input_schema["properties"]:
        assert name in said


@pytest.mark.parametrize(
    ("tool", "given", "words"),
    [
        ("search_memories", {"limit": "many"}, "limit should be a valid integer"),
        ("search_memories", {"limit": -1}, "limit should be greater than or equal to 1"),
        ("search_memories", {"minSimilarity": 70}, "minSimilarity should be less than or equal"),
        ("store", {"confidence": "NaN"}, "confidence should be a finite number"),
        ("get", {"versionLimit": 21}, "versionLimit should be less than or equal to 20"),
        (
            "start_job",
            {"queue": "x"},
            "queue should be 'title-generation', 'embedding-regeneration' or",
        ),
    ],
)
def test_a_wrong_value_is_named_with_what_it_should_be(
    tool: str, given: dict[str, object], words: str
) -> None:
    said = misunderstood(tool, **given)
    assert words in said
    assert "pydantic" not in said


def test_a_missing_argument_is_named() -> None:
    with pytest.raises(InvalidArguments, match="query is missing") as refused:
        read(TOOLS["search_memories"].takes, {}, "search_memories")
    assert "query (required)" in str(refused.value)


def test_what_store_wants_but_can_do_without_may_be_missing() -> None:
    wanted = read(TOOLS["store"].takes, {"text": "T"}, "store")
    assert wanted.model_dump()["text"] == "T"


def test_a_wrong_value_is_shown_only_in_part() -> None:
    assert len(misunderstood("get", id="x" * 100_000)) < 600


def test_texts_are_taken_as_they_are() -> None:
    wanted = understood("edit", old_text="null", new_text="").model_dump()
    assert (wanted["old_text"], wanted["new_text"]) == ("null", "")
    assert understood("store", text='["a"]').model_dump()["text"] == '["a"]'
