"""Real English without a file of our own: the language reference that comes inside Python.

60,000 words, about 1,500 passages of 40. In them, words are as frequent and passages as near to
each other as in notes that one team writes about one subject, which is the hard case.
"""

import ast
import random
import sysconfig
from collections.abc import Iterator, Sequence
from pathlib import Path
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


def docstrings() -> list[str]:
    """What Python's own modules say of themselves: a good many subjects, for large stores."""
    library = Path(sysconfig.get_path("stdlib"))
    return [
        text
        for file in sorted(library.rglob("*.py"))
        if not {"site-packages", "test", "tests", "idlelib"} & set(file.relative_to(library).parts)
        for text in _docstrings(file)
    ]


def _docstrings(file: Path) -> Iterator[str]:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, documented) and (text := ast.get_docstring(node)):
            yield text


def dice(seed: int) -> random.Random:
    """Chance that falls the same way in every run."""
    return random.Random(seed)  # noqa: S311 - no secret
