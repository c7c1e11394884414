"""What two texts are to each other, and how sure that is."""

import pytest

from memorizer.domain.proposals import RECOMMENDED_SCORE
from memorizer.domain.text_comparison import Relation, compare_texts
from memorizer.domain.useless_titles import is_useless

LONG = (
    "The experimental study of a wing in a propeller slipstream was made in order to determine the "
    "spanwise distribution of the lift increase due to slipstream at 4 angles of attack of the "
    "wing. The results were intended in part as an evaluation basis for different treatments."
)
SURE = [
    ("Tea wants 80 degrees.", "tea wants   80 DEGREES", Relation.SAME),
    (LONG, LONG + " Read again by all.", Relation.CONTAINS),
    (LONG + " Read again by all.", LONG, Relation.CONTAINED),
    (LONG, LONG.replace("determine", "find out").replace("study", "inquiry"), Relation.SIMILAR),
    (LONG, LONG.replace("at 4 angles", "at 7 angles"), Relation.OTHERWISE),
    (LONG, LONG.replace("results were", "results were not"), Relation.OTHERWISE),
    ("The cache is on in production.", "The cache is not on in production.", Relation.OTHERWISE),
    (
        "We deploy the payment service on Thursdays.",
        "Since the audit the payment service is deployed on Tuesdays, no longer on Thursdays.",
        Relation.OTHERWISE,
    ),
    (
        "The search service compresses its answers.",
        "The search service does not compress its answers.",
        Relation.OTHERWISE,
    ),
    ("The limit is 40 requests.", "The limit is now 60 requests.", Relation.OTHERWISE),
]
UNSURE = [
    ("The billing service listens on port 8001.", "The search service listens on port 8002."),
    ("Invoice 4101 was paid on time.", "Invoice 4102 was paid on time."),
    ("Run 1 of the load test took 340 ms.", "Run 2 of the load test took 347 ms."),
    (
        "In Tokyo we deploy the mail service on Mondays.",
        "In Tokyo the report service is deployed on Fridays, no longer on Mondays.",
    ),
    ("Anna looks after billing.", "Boris looks after search."),
    ("The dog bites the man.", "The man bites the dog."),
    ("Ferns want shade.", "Cacti want sun."),
]


@pytest.mark.parametrize(("older", "newer", "relation"), SURE)
def test_what_is_the_same_or_says_otherwise_is_recommended(
    older: str, newer: str, relation: Relation
) -> None:
    found = compare_texts(older, newer, 0.85)
    assert found is not None
    assert found.relation is relation
    assert found.score >= RECOMMENDED_SCORE


@pytest.mark.parametrize(("older", "newer"), UNSURE)
def test_what_only_looks_alike_is_not_recommended(older: str, newer: str) -> None:
    found = compare_texts(older, newer, 0.92)
    assert found is None or found.score < RECOMMENDED_SCORE


def test_texts_without_words_are_not_compared() -> None:
    assert compare_texts("…", "!", 1.0) is None


@pytest.mark.parametrize(
    "title", ["Untitled", "New note", "note 12", "IMG_2041.png", "memory", "---", "Notes.md", "42"]
)
def test_placeholders_are_useless_titles(title: str) -> None:
    assert is_useless(title)


@pytest.mark.parametrize(
    "title", ["Green tea", "Notes on tea", "File formats", "Test plan", "IMG tags in HTML"]
)
def test_words_of_the_subject_are_no_placeholders(title: str) -> None:
    assert not is_useless(title)
