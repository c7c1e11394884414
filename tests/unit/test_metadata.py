"""The rules of metadata and keys, for whatever anybody sends."""

import json
from collections.abc import Callable
from typing import TypeVar
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memorizer.domain.errors import InvalidField
from memorizer.domain.keys import MAX_KEY_BYTES, parse_key, parse_key_prefix
from memorizer.domain.metadata import (
    MAX_METADATA_BYTES,
    MAX_NAME_BYTES,
    MAX_NUMBER,
    Condition,
    Metadata,
    Operator,
    parse_conditions,
    values_of_text,
)

NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20).filter(
    lambda name: not name[0].isspace() and not name.startswith("$")
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-MAX_NUMBER, MAX_NUMBER),
    st.floats(-MAX_NUMBER, MAX_NUMBER),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
)
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)

Given = TypeVar("Given")
Made = TypeVar("Made")


def made(make: Callable[[Given], Made], given_: Given, *, refused: str) -> Made | None:
    """What it makes, or None where it refuses this field."""
    try:
        return make(given_)
    except InvalidField as error:
        if not error.field.startswith(refused):
            raise
        return None


@given(st.dictionaries(NAMES, SCALARS, max_size=10))
def test_metadata_comes_back_from_its_json_as_it_went(given_: dict[str, object]) -> None:
    metadata = Metadata(given_)
    assert Metadata(json.loads(metadata.text)) == metadata
    assert dict(metadata) == given_
    assert [type(metadata[name]) is bool for name in given_] == [
        type(value) is bool for value in given_.values()
    ]


@given(st.dictionaries(st.text(max_size=5), ANYTHING, max_size=3))
def test_anything_is_metadata_or_refused_by_name(given_: dict[str, object]) -> None:
    metadata = made(Metadata, given_, refused="metadata")
    if metadata is not None:
        assert len(metadata.text.encode()) <= MAX_METADATA_BYTES
        assert set(metadata) == set(given_)


def test_the_order_of_names_makes_no_difference_but_the_kind_of_a_value_does() -> None:
    assert Metadata({"a": 1, "b": 2}) == Metadata({"b": 2, "a": 1.0})
    assert Metadata({"a": 1}) != Metadata({"a": True})
    assert Metadata({"a": 1}) != Metadata({"a": "1"})
    assert Metadata({"a": None}) != Metadata({})


@pytest.mark.parametrize(
    ("given_", "problem"),
    [
        ({"a": {"b": 1}}, "nothing is nested"),
        ({"a": [1]}, "nothing is nested"),
        ({"a": 2**53 + 1}, "2^53"),
        ({"a": float("nan")}, "2^53"),
        ({"a": float("inf")}, "2^53"),
        ({"a": "x\0"}, "cannot be stored"),
        ({"a": "\ud83d"}, "cannot be stored"),
        ({"": 1}, "must not be empty"),
        ({" a": 1}, "begin with a blank"),
        ({"$or": 1}, "operators"),
        ({"a\n": 1}, "cannot be stored"),
        ({"ä" * (MAX_NAME_BYTES // 2 + 1): 1}, "at most 200 bytes"),
        ({"a": "ä" * (MAX_METADATA_BYTES // 2)}, "at most 8,192 bytes"),
    ],
)
def test_what_is_no_metadata_is_refused_with_the_reason(
    given_: dict[str, object], problem: str
) -> None:
    with pytest.raises(InvalidField, match=problem.replace("^", r"\^")):
        Metadata(given_)


def test_the_limits_themselves_are_allowed() -> None:
    assert Metadata({"ä" * (MAX_NAME_BYTES // 2): MAX_NUMBER})
    rest = MAX_METADATA_BYTES - len('{"a":""}')
    assert len(Metadata({"a": "x" * rest}).text) == MAX_METADATA_BYTES


def test_conditions_are_read_from_values_and_operators() -> None:
    assert parse_conditions({"ticket": "X-1", "size": {"$gte": 3, "$lt": 5}}) == (
        Condition("ticket", Operator.EQUAL, ("X-1",)),
        Condition("size", Operator.GREATER_OR_EQUAL, (3,)),
        Condition("size", Operator.LESS, (5,)),
    )
    assert parse_conditions({"a": {"$in": [1, "1", None]}}) == (
        Condition("a", Operator.IN, (1, "1", None)),
    )


@pytest.mark.parametrize(
    ("given_", "problem"),
    [
        ({"a": {}}, r"needs one of \$eq"),
        ({"a": {"$like": "x"}}, r"\$like is no operator"),
        ({"a": {"$in": []}}, r"\$in needs a list"),
        ({"a": {"$in": "x"}}, r"\$in needs a list"),
        ({"a": {"$gt": True}}, "numbers and texts"),
        ({"a": {"$lt": None}}, "numbers and texts"),
        ({"a": {"$eq": {"b": 1}}}, "nothing is nested"),
        ({"$or": []}, "operators"),
        ({f"a{n}": n for n in range(21)}, "at most 20 conditions"),
    ],
)
def test_what_is_no_condition_is_refused(given_: dict[str, object], problem: str) -> None:
    with pytest.raises(InvalidField, match=problem):
        parse_conditions(given_)


@given(st.dictionaries(st.text(max_size=5), ANYTHING, max_size=3))
def test_anything_is_conditions_or_refused(given_: dict[str, object]) -> None:
    conditions = made(parse_conditions, given_, refused="metadata")
    assert conditions is None or {each.name for each in conditions} == set(given_)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("X-1", ["X-1"]),
        ("3", ["3", 3]),
        ("3.5", ["3.5", 3.5]),
        ("true", ["true", True]),
        ("null", ["null", None]),
        ("NaN", ["NaN"]),
        ("1e999", ["1e999"]),
        ("9007199254740993", ["9007199254740993"]),
        ("[1]", ["[1]"]),
        ("", [""]),
    ],
)
def test_a_value_without_a_type_is_all_it_may_be(text: str, values: list[object]) -> None:
    assert values_of_text(text) == values


SEGMENTS = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Cn"], exclude_characters="/"), min_size=1
).filter(lambda text: text not in {".", ".."})


@given(st.lists(SEGMENTS, min_size=1, max_size=5))
def test_a_path_of_whole_parts_is_a_key_in_one_composition(segments: list[str]) -> None:
    path = "/".join(segments)
    if len(normalize("NFC", path).encode()) <= MAX_KEY_BYTES:
        key = parse_key(path)
        assert key == normalize("NFC", path) == parse_key(normalize("NFD", path))
        assert parse_key_prefix(path) == key


@given(st.text())
def test_any_text_is_a_key_or_refused(text: str) -> None:
    key = made(parse_key, text, refused="key")
    if key is not None:
        assert parse_key(key) == key
        assert 1 <= len(key.encode()) <= MAX_KEY_BYTES
        assert not {"", ".", ".."} & set(key.split("/"))


@pytest.mark.parametrize(
    "text", ["", "/", "a/", "/a", "a//b", ".", "..", "a/../b", "a/./b", "a\n", "a\x7f", "\ud83d"]
)
def test_what_is_no_path_is_no_key(text: str) -> None:
    with pytest.raises(InvalidField, match=r"^key"):
        parse_key(text)


def test_a_key_is_measured_in_bytes() -> None:
    assert parse_key("ä" * (MAX_KEY_BYTES // 2))
    with pytest.raises(InvalidField, match="at most 1,024 bytes"):
        parse_key("ä" * (MAX_KEY_BYTES // 2) + "a")
