"""What makes a hit relevant, and what does not."""

from array import array

import pytest

from memorizer.domain.memories import Content, Vector
from memorizer.domain.relevance import (
    Evidence,
    Match,
    QueryWords,
    SimilarityScale,
    matches,
    names_in,
    relevance,
)
from memorizer.services.similarity_scales import scale_of

CLEAR = Evidence(similarity=0.7, share=1.0, score=0.95, missing=0.0)
FAR = Evidence(similarity=0.12, share=0.0, score=0.4, missing=0.0)


def judged(query: str, *hits: Evidence) -> list[Match]:
    return matches(hits, relevance(query, hits))


def test_a_clear_answer_is_strong_and_what_is_far_from_it_weak() -> None:
    assert judged("when is the bakery open", CLEAR, FAR) == [Match.STRONG, Match.WEAK]


def test_the_nearest_of_what_is_far_is_no_answer() -> None:
    assert judged("zebra quantum lasagne", FAR, FAR) == [Match.WEAK, Match.WEAK]


def test_relevance_is_a_probability_and_grows_with_similarity_and_words() -> None:
    def of(similarity: float, share: float) -> float:
        [value] = relevance("how are prices rounded", [Evidence(similarity, share, 0.9, 0.0)])
        return value

    by_similarity = [of(similarity / 10, 0.3) for similarity in range(11)]
    by_share = [of(0.3, share / 10) for share in range(11)]
    assert by_similarity == sorted(by_similarity)
    assert by_share == sorted(by_share)
    assert all(0 <= value <= 1 for value in by_similarity + by_share)


def test_a_ticket_that_stands_nowhere_is_not_answered_by_its_neighbour() -> None:
    neighbour = Evidence(0.5, share=0.5, score=0.9, missing=1.0, missing_numbers=1.0)
    itself = Evidence(similarity=0.5, share=1.0, score=0.9, missing=0.0)

    assert judged("INV-999", neighbour) == [Match.WEAK]
    assert judged("INV-812", itself) == [Match.STRONG]
    [nothing], [something] = relevance("INV-999", [neighbour]), relevance("INV-812", [itself])
    assert nothing < something / 2


def test_what_has_every_word_is_likely_beside_a_better_one() -> None:
    other = Evidence(similarity=0.2, share=1.0, score=0.3, missing=0.0)
    assert judged("payments", CLEAR, other) == [Match.STRONG, Match.LIKELY]


def test_a_clear_first_is_more_than_one_of_several_alike() -> None:
    some = Evidence(similarity=0.4, share=0.4, score=0.7, missing=0.0)
    behind = Evidence(similarity=0.3, share=0.2, score=0.4, missing=0.0)
    query = "when is the bakery open"
    assert relevance(query, [some, behind])[0] > relevance(query, [some, some])[0]


def test_in_another_script_nearness_alone_answers_nothing() -> None:
    near = Evidence(similarity=0.7, share=0.0, score=0.5, missing=0.0)
    assert judged("когда открыта пекарня", near) == [Match.WEAK]
    assert judged("when is the bakery open", near) == [Match.STRONG]


def test_without_vectors_words_alone_are_judged() -> None:
    found = Evidence(similarity=None, share=1.0, score=0.5, missing=0.0)
    hardly = Evidence(similarity=None, share=0.1, score=0.1, missing=0.0)
    assert judged("bakery opening hours", found, hardly)[0] is not Match.WEAK
    assert judged("bakery opening hours", hardly) == [Match.WEAK]


def test_no_hits_have_no_relevance() -> None:
    assert judged("anything") == []


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("Which Android versions do we support?", ["android"]),
        ("Deploys fail. Why does Harbor stop?", ["harbor"]),
        ("release 1.2.3 of src/app/main.py", ["1.2.3", "src/app/main.py"]),
        ("parseInvoice and parse_invoice", ["parseinvoice", "parse_invoice"]),
        ("end-to-end tests I wrote", []),
        ("“Kettle” (KES-12)!", ["kes-12"]),
        ("", []),
    ],
)
def test_names_of_a_query(query: str, names: list[str]) -> None:
    assert names_in(query) == names


@pytest.mark.parametrize(
    ("query", "missing", "missing_numbers"),
    [
        ("is KES-12 in Berlin with Zebras", 0, 0),
        ("is KES-12 in Hamburg", 1 / 2, 0),
        ("is KES-13 in Berlin", 1 / 2, 1),
        ("who prints labels", 0, 0),
        ("", 0, 0),
    ],
)
def test_names_are_looked_for_in_title_tags_and_text(
    query: str, missing: float, missing_numbers: float
) -> None:
    content = Content("Labels are printed by Zebras.", title="KES-12", tags=("berlin",))
    found = QueryWords.of(query).evidence(content, 0.5, 1.0, 0.9)
    assert (found.missing, found.missing_numbers) == (missing, missing_numbers)


def test_a_scale_carries_the_cosines_of_another_model_over() -> None:
    narrow = SimilarityScale(unrelated=0.8, related=0.9)
    bundled = SimilarityScale()
    assert narrow.scaled(0.8) == pytest.approx(bundled.unrelated)
    assert narrow.scaled(0.9) == pytest.approx(bundled.related)
    assert bundled.scaled(0.4) == pytest.approx(0.4)


def vectors(*rows: tuple[float, ...]) -> list[Vector]:
    return [Vector(array("f", row).tobytes()) for row in rows]


def test_a_scale_is_measured_by_pairs_and_none_if_they_are_no_nearer_than_others() -> None:
    questions, answers = vectors((1, 0), (0, 1)), vectors((0.8, 0.6), (0.6, 0.8))
    scale = scale_of(questions, answers)
    assert scale is not None
    assert scale.unrelated == pytest.approx(0.6)
    assert scale.related == pytest.approx(0.8)
    assert scale_of(questions, answers[::-1]) is None
