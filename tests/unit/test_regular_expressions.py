"""Every regular expression of ours, on texts that someone made to keep it busy: linear time.

The texts are found, not listed: an example that matches, with one of its characters repeated many
times and an end that does not match. What takes the square of the length takes minutes on these.
"""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from time import thread_time
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import memorizer
from memorizer.adapters.titles import extractive

LONG: Final = 20_000
"""Characters; a memory may have 25 times as many."""
LENGTHS: Final = {
    "memorizer.adapters.titles.non_prose": extractive._BEGINNING,
    "memorizer.adapters.titles.phrases": extractive._BEGINNING,
    "memorizer.adapters.titles.shorten": extractive._BEGINNING,
    "memorizer.adapters.titles.markup": extractive._HEADINGS_WITHIN,
}
"""What reaches these is cut before."""
MOST_SECONDS: Final = 0.25
"""Of the processor, not of the clock. The slowest of ours needs a hundredth of it."""
METHODS: Final = frozenset(
    {"match", "fullmatch", "search", "findall", "finditer", "sub", "subn", "split"}
)
ENDS: Final = ("", "\0")

Use = tuple[str, str, re.Pattern[str]]


def _uses() -> Iterator[Use]:
    """Where each pattern of a module is used, the method and the pattern."""
    for found in pkgutil.walk_packages(memorizer.__path__, "memorizer."):
        if found.name.endswith("__main__"):
            continue
        module = importlib.import_module(found.name)
        if module.__file__ is None:
            continue
        with open(module.__file__, encoding="utf-8") as file:  # noqa: PTH123
            tree = ast.parse(file.read())
        for call in ast.walk(tree):
            match call:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=method)):
                    yield from _inline(found.name, method, call)
                case ast.Attribute(value=ast.Name(id=name), attr=method):
                    pattern = getattr(module, name, None)
                    if isinstance(pattern, re.Pattern) and method in METHODS:
                        yield f"{found.name}.{name}", method, pattern


def _inline(module: str, method: str, call: ast.Call) -> Iterator[Use]:
    match call.args:
        case [ast.Constant(value=str(pattern)), *_] if method in METHODS:
            yield f"{module}:{call.lineno}", method, re.compile(pattern)


USES: Final = {
    f"{where}.{method}": (method, pattern)
    for where, method, pattern in _uses()
    if pattern.pattern != "[\ud800-\udfff]"  # of which no text can be made
}


def _use(pattern: re.Pattern[str], method: str, text: str) -> None:
    match method:
        case "sub" | "subn":
            pattern.sub("", text)
        case "finditer":
            for _ in pattern.finditer(text):
                pass
        case _:
            getattr(pattern, method)(text)


def test_all_of_them_are_looked_at() -> None:
    assert len(USES) > 50
    assert "memorizer.adapters.formats.markdown_notes._RELATION.fullmatch" in USES


@pytest.mark.parametrize("use", USES)
def test_it_takes_no_more_than_linear_time(use: str) -> None:
    method, pattern = USES[use]
    length = next((n for module, n in LENGTHS.items() if use.startswith(module)), LONG)

    @settings(
        max_examples=3,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(st.from_regex(pattern, fullmatch=method == "fullmatch"))
    def on_long_texts(example: str) -> None:
        for text in _long(example[:16], length):
            before = thread_time()
            _use(pattern, method, text)
            spent = thread_time() - before
            assert spent < MOST_SECONDS, f"{spent:.1f} s for {text[:60]!r} … {text[-20:]!r}"

    on_long_texts()


def _long(example: str, length: int) -> Iterator[str]:
    for end in ENDS:
        yield (example + end) * (length // max(1, len(example + end)))
        for place in {example.rindex(character) for character in example}:
            run = example[place] * (length - len(example))
            yield example[:place] + run + example[place:] + end
