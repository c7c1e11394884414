"""A date is found in whichever of its notations somebody looks for it."""

import pytest

from memorizer.domain.text_analysis import indexable, terms
from memorizer.domain.text_variants import variants


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("on 2026-03-12 we met", ["12 March 2026", "2026 03 12"]),
        ("2026-04-03", ["3 April 2026", "2026 04 03"]),
        ("2026-04-03 10:00", ["3 April 2026", "2026 04 03"]),
        ("12 March 2026", ["12 March 2026", "2026 03 12"]),
        ("March 12, 2026", ["12 March 2026", "2026 03 12"]),
        ("the 3rd Sept.", ["3 September", "09 03"]),
        ("14. April", ["14 April", "04 14"]),
        ("sept 9th and 2026-12-31", ["31 December 2026", "2026 12 31", "9 September", "09 09"]),
        ("maybe 12 people may come to the market 5 or decide 3", []),
        ("2026-13-01, 2026-02-40, 12026-01-01, 32 May", []),
    ],
)
def test_dates_are_told_in_the_other_notation(text: str, other: list[str]) -> None:
    assert list(variants(text)) == other


@pytest.mark.parametrize("query", ["2026-03-12", "12 March 2026", "March 12", "12 Mar", "2026-03"])
@pytest.mark.parametrize("text", ["done 2026-03-12.", "done on 12 March 2026", "Mar 12, 2026"])
def test_a_date_is_found_however_it_is_written(query: str, text: str) -> None:
    index = f" {indexable(text).lower().replace('-', ' ').replace(',', ' ')}"
    for term in terms(query):
        assert f" {' '.join(term.words)}" in index, term
