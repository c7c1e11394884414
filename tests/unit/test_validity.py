"""What replaces what, and the times of a memory."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memorizer.domain.errors import InvalidField
from memorizer.domain.validity import Replacement, Supersession, Times, supersession_of

CREATED = {"a": 1, "b": 2, "c": 3, "d": 4}


def links(*pairs: str) -> list[Replacement]:
    """`ba`: b replaces a; each a moment after the other."""
    return [Replacement(pair[0], pair[1], at) for at, pair in enumerate(pairs, start=10)]


def current(replacements: list[Replacement]) -> set[str]:
    return {id_ for id_ in CREATED if supersession_of(id_, replacements, CREATED) is None}


def test_of_a_chain_the_newest_is_current() -> None:
    chain = links("ba", "cb", "dc")
    assert supersession_of("a", chain, CREATED) == Supersession("b", 10)
    assert current(chain) == {"d"}


@pytest.mark.parametrize(
    ("pairs", "left"),
    [
        (("ba", "ab"), {"b", "c", "d"}),
        (("ba", "cb", "ac"), {"c", "d"}),
        (("ca", "ab", "bc"), {"c", "d"}),
        (("ba", "ab", "da"), {"c", "d"}),  # what replaces one of a circle replaces it
        (("ba", "ab", "bd"), {"b", "c"}),
    ],
)
def test_of_a_circle_the_newest_is_current(pairs: tuple[str, ...], left: set[str]) -> None:
    assert current(links(*pairs)) == left


def test_an_older_memory_can_replace_a_newer_one() -> None:
    assert current(links("ab")) == {"a", "c", "d"}


def test_the_first_of_several_replacements_counts() -> None:
    assert supersession_of("a", links("ca", "ba"), CREATED) == Supersession("c", 10)


@given(st.sets(st.tuples(*[st.sampled_from("abcd")] * 2).filter(lambda ends: ends[0] != ends[1])))
def test_some_memory_is_always_current_and_replacements_lead_to_it(
    pairs: set[tuple[str, str]],
) -> None:
    replacements = links(*["".join(pair) for pair in sorted(pairs)])
    left = current(replacements)
    assert left
    for memory_id in CREATED:
        newer, steps = memory_id, 0
        while (found := supersession_of(newer, replacements, CREATED)) is not None:
            newer, steps = found.by or "", steps + 1
            assert steps <= len(CREATED)


def test_a_memory_cannot_end_before_it_begins() -> None:
    with pytest.raises(InvalidField, match="validUntil: must be later than validFrom"):
        Times(valid_from=5, valid_until=5)
    with pytest.raises(InvalidField, match="reviewAt"):
        Times(review_at=-1)
    assert Times(valid_from=0, happened_at=3).items() == [("validFrom", 0), ("happenedAt", 3)]
