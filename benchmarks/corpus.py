"""Real English without a file of our own: the language reference that comes inside Python.

60,000 words, about 1,500 passages of 40. In them, words are as frequent and passages as near to
each other as in notes that one team writes about one subject, which is the hard case.
"""

import random
from collections.abc import Sequence
from pydoc_data.topics import topics


class Corpus:
    """Cuts texts of any length; the same ones in every run."""

    def __init__(self, texts: Sequence[str] | None = None) -> None:
        """`texts`: others to cut from."""
        self._words = " ".join(texts or topics.values()).split()

    def texts(self, count: int, *, shortest: int = 40, longest: int = 200) -> list[str]:
        """So many texts, of lengths in words that are all equally frequent."""
        chance = dice(1)
        return [self.cut(chance, chance.randint(shortest, longest)) for _ in range(count)]

    def passages(self, length: int) -> list[str]:
        """Everything, in pieces of this many words."""
        starts = range(0, len(self._words) - length, length)
        return [" ".join(self._words[start : start + length]) for start in starts]

    def cut(self, chance: random.Random, length: int) -> str:
        """This many neighbouring words from anywhere."""
        start = chance.randrange(len(self._words) - length)
        return " ".join(self._words[start : start + length])


def dice(seed: int) -> random.Random:
    """Chance that falls the same way in every run."""
    return random.Random(seed)  # noqa: S311 - no secret
