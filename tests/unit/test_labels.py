"""Labels that are the same whatever their case and composition, in every script."""

import pytest

from memorizer.domain.memories import clean_tags, fold


@pytest.mark.parametrize(
    "spellings",
    [
        ("Rust", "rust", "RUST"),
        ("Ärger", "ärger", "ÄRGER", "A\u0308rger", "a\u0308RGER"),
        ("Straße", "STRASSE"),
        ("ΟΔΟΣ", "οδος", "οδοσ"),
        ("Привет", "ПРИВЕТ"),
        ("Việt", "VIỆT", "vie\u0323\u0302t", "vie\u0302\u0323t"),
        ("ᾳ", "ΑΙ"),
    ],
)
def test_neither_case_nor_composition_distinguishes(spellings: tuple[str, ...]) -> None:
    assert len(set(map(fold, spellings))) == 1
    assert clean_tags(spellings) == spellings[:1]


def test_other_letters_are_other_labels() -> None:
    labels = ("Ärger", "Arger", "résumé", "resume", "й", "и", "が", "か", "x²", "x2")
    assert clean_tags(labels) == labels


def test_folding_twice_is_folding_once() -> None:
    for code in range(0x20, 0x3000):
        letter = chr(code)
        assert fold(fold(letter)) == fold(letter), hex(code)
