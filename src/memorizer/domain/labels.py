"""Tags and types are labels: how they are spelled is kept, how they are compared is here."""

from unicodedata import normalize


def fold(label: str) -> str:
    """Equal for labels that differ only in case or in how letters with marks are composed.

    Unicode's canonical caseless matching (D145), composed again.
    """
    return normalize("NFC", normalize("NFD", label).casefold())
