"""Every regular expression of ours, on texts that someone made to keep it busy: linear time.

The texts are found, not listed: an example that matches, with one of its characters repeated many
times and an end that does not match. What takes the square of the length takes minutes on these.
Growth is judged, not time: of a text and its eighth, so that a busy machine slows both.
"""

import ast
import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from functools import partial
from time import thread_time
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import memorizer
from memorizer.adapters.titles import extractive

LONG: Final = 20_000
"""Characters; a memory may have 25 times as many."""
CUT: Final = {
    "memorizer.adapters.titles.clauses": extractive._BODY_CHARACTERS,
    "memorizer.adapters.titles.non_prose": extractive._BODY_CHARACTERS,
    "memorizer.adapters.titles.phrases": extractive._BODY_CHARACTERS,
    "memorizer.adapters.titles.shorten": extractive._BODY_CHARACTERS,
    "memorizer.adapters.titles.markup": extractive._HEADING_CHARACTERS,
    "memorizer.http.docs": 2_000,
}
"""Characters that reach these at most: texts are cut before, or are our own."""
IGNORED_SECONDS: Final = 0.03
"""Of the processor: a use that takes less is fast enough, however it grows. The slowest of ours
needs a tenth of it."""
SHORTENED: Final = 8
MAX_GROWTH: Final = 24
"""Times as long for a text SHORTENED times as long: linear is 8, the square is 64."""
MAX_GROWTH_OF_CUT: Final = 200
"""For short texts the square of the length will do; the cube is 512."""
ROUNDS: Final = 5
"""The least of so many measurements counts: what else the machine does only adds time."""
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


def _use(pattern: re.Pattern[str], method: str, text: str) -> float:
    """Seconds of the processor that it takes."""
    before = thread_time()
    match method:
        case "sub" | "subn":
            pattern.sub("", text)
        case "finditer":
            for _ in pattern.finditer(text):
                pass
        case _:
            getattr(pattern, method)(text)
    return thread_time() - before


def _grows_too_fast(
    use: Callable[[str], float], text: Callable[[int], str], length: int, most: int = MAX_GROWTH
) -> bool:
    """Whether the time grows more than `most` times with the length of this text."""
    spent = use(text(length))
    if spent < IGNORED_SECONDS:
        return False
    eighth = min(use(text(length // SHORTENED)) for _ in range(ROUNDS))
    if spent <= eighth * most:
        return False
    again = min(use(text(length)) for _ in range(ROUNDS - 1))
    return min(spent, again) > eighth * most


def test_all_of_them_are_looked_at() -> None:
    assert len(USES) > 50
    assert "memorizer.adapters.formats.note_markup._RELATION.fullmatch" in USES


@pytest.mark.parametrize("use", USES)
def test_it_takes_no_more_than_linear_time(use: str) -> None:
    method, pattern = USES[use]
    cut = next((length for module, length in CUT.items() if use.startswith(module)), None)
    length, most = (LONG, MAX_GROWTH) if cut is None else (cut, MAX_GROWTH_OF_CUT)

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
        for text in _texts(example[:16]):
            grows = _grows_too_fast(partial(_use, pattern, method), text, length, most)
            assert not grows, f"{text(100)!r}"

    on_long_texts()


@pytest.mark.parametrize(
    ("pattern", "repeated"), [(r"a+b", "a"), (r"\s+$", " "), (r"<.*?>", "<"), (r"(?:a|b)*c", "a")]
)
def test_one_that_takes_the_square_of_the_length_is_noticed(pattern: str, repeated: str) -> None:
    use = partial(_use, re.compile(pattern), "search")

    assert _grows_too_fast(use, lambda length: repeated * length + "\0", LONG)


@pytest.mark.parametrize("power", [1, 2, 3])
def test_how_slow_the_machine_is_makes_no_difference(power: int) -> None:
    def use(text: str) -> float:
        return float(len(text) ** power)  # seconds

    assert _grows_too_fast(use, "a".__mul__, LONG) is (power > 1)
    assert _grows_too_fast(use, "a".__mul__, LONG, MAX_GROWTH_OF_CUT) is (power > 2)


def _texts(example: str) -> Iterator[Callable[[int], str]]:
    """Texts of any length made from an example."""
    for end in ENDS:
        yield partial(_repeated, example + end)
        for place in {example.rindex(character) for character in example}:
            yield partial(_with_a_run, example, place, end)


def _repeated(example: str, length: int) -> str:
    return example * (length // max(1, len(example)))


def _with_a_run(example: str, place: int, end: str, length: int) -> str:
    run = example[place] * (length - len(example))
    return example[:place] + run + example[place:] + end
