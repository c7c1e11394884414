"""Replacing a piece of a text whose line ends are those of any system."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memorizer.domain.editing import replaced, with_plain_ends

WINDOWS = "one\r\ntwo\r\nthree\r\nfour"


def test_line_feeds_find_windows_line_ends_and_get_them() -> None:
    assert replaced(WINDOWS, "two\nthree", "2\n2½\n3") == ("one\r\n2\r\n2½\r\n3\r\nfour", 1)


def test_one_line_replaced_by_several_gets_the_line_ends_of_the_text() -> None:
    assert replaced(WINDOWS, "two", "2\n2½") == ("one\r\n2\r\n2½\r\nthree\r\nfour", 1)


def test_line_ends_that_come_to_stand_side_by_side_stay_two() -> None:
    assert replaced("\ra\n", "a", "") == ("\n\n", 1)
    assert replaced("\r\ra\n", "a", "") == ("\n\n\n", 1)


def test_windows_line_ends_find_line_feeds() -> None:
    assert replaced("one\ntwo\nthree", "one\r\ntwo", "1\r\n2") == ("1\n2\nthree", 1)


def test_the_line_end_itself_is_found_whole() -> None:
    assert replaced("one\r\ntwo", "\n", ", ") == ("one, two", 1)
    assert replaced("one\r\n\r\ntwo", "\n\n", "\n") == ("one\r\ntwo", 1)


def test_a_mixed_text_keeps_each_line_end_that_stays() -> None:
    mixed = "a\r\nb\nc\rd\r\n"
    assert replaced(mixed, "b\nc", "B\nC") == ("a\r\nB\nC\rd\r\n", 1)
    assert replaced(mixed, "c\nd", "C\nD") == ("a\r\nb\nC\rD\r\n", 1)


def test_line_ends_alone_are_changed_as_asked() -> None:
    assert replaced("one\r\ntwo\r\n", "\r\n", "\n") == ("one\ntwo\n", 2)


def test_only_the_first_is_replaced_if_so_wanted() -> None:
    assert replaced("a\r\na\r\na", "a", "b", most=1) == ("b\r\na\r\na", 3)
    assert replaced("a\r\na\r\na", "x", "b") == ("a\r\na\r\na", 0)


PIECES = st.lists(st.sampled_from(["a", "b", "\n", "\r\n", "\r"]), max_size=12).map("".join)


@given(text=PIECES, old=PIECES.filter(bool), new=PIECES, most=st.sampled_from([-1, 1]))
def test_it_says_the_same_as_a_replacement_among_line_feeds(
    text: str, old: str, new: str, most: int
) -> None:
    wanted, put = with_plain_ends(old), with_plain_ends(new)
    changed, count = replaced(text, old, new, most=most)
    if wanted != put:
        assert count == with_plain_ends(text).count(wanted)
    assert with_plain_ends(changed) == with_plain_ends(text).replace(wanted, put, most) or (
        wanted == put
    )


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@given(lines=st.lists(st.sampled_from(["a", "b", ""]), min_size=1), old=PIECES.filter(bool))
def test_a_text_of_one_kind_stays_of_that_kind(end: str, lines: list[str], old: str) -> None:
    text = end.join(lines)
    changed, _ = replaced(text, old, "x\ny")
    assert with_plain_ends(changed).replace("\n", end) == changed or end not in text
