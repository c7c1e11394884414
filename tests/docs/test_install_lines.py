"""No text tells anybody to install what might be a stranger's.

Nothing of ours is in a package index, so an installation of ours names a path; of others' packages
only those may be named that the lock files pin.
"""

import re
from functools import cache

import pytest

from support.repository import ROOT, kept_files

INSTALL = re.compile(
    r"\b(?:pip3? (?:install|download|wheel)|pipx (?:install|inject)|uv (?:pip install|add)"
    r"|uv tool install)((?:[ \t]+[^\s`]+)+)"
)
RUN = re.compile(r"\b(?:uvx|pipx run|uv tool run)((?:[ \t]+[^\s`]+))")
PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==", re.MULTILINE)
TAKES_A_VALUE = frozenset({"-r", "-c", "--requirement", "--only-binary", "--wheel-dir"})
A_PATH = re.compile(r"[./\\]|.*\.whl|PATH-OF-")
END = re.compile(r"[&|;#…<>({$]|and$|or$")
"""What comes from here on is no name: another command, a remark, a placeholder."""
TOOLS = frozenset({"pip", "pip-audit"})
"""Of others, run once and from no lock file."""
NOT_OURS_TO_CHECK = (
    "benchmarks/sets/", "benchmarks/results/", "findings/", "tests/docs/test_install_lines.py",
)  # fmt: skip
"""Texts that are searched, as others write them; what findings try; this file."""


def named_in(text: str) -> list[str]:
    """The distributions that the install lines of a text name, without versions and extras."""
    lines = INSTALL.findall(text) + RUN.findall(text)
    return [name for line in lines for name in _names(line.split())]


def _names(words: list[str]) -> list[str]:
    names: list[str] = []
    before = ""
    for word in words:
        bare = word.strip("'\"").rstrip(",.;:)'\"") or word
        if END.match(bare):
            break
        if before not in TAKES_A_VALUE and not bare.startswith("-") and not A_PATH.match(bare):
            names.append(re.split(r"[\[=<>~!;@]", bare)[0].lower())
        if word[-1] in ",;.:)":
            break
        before = bare
    return names


@cache
def pinned() -> frozenset[str]:
    locks = (ROOT / name for name in ("requirements-dev.lock", "deploy/requirements.lock"))
    return frozenset(name for lock in locks for name in PINNED.findall(lock.read_text()))


def test_every_distribution_that_a_text_names_is_pinned_by_us() -> None:
    strange = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in kept_files()
        if not str(path.relative_to(ROOT)).startswith(NOT_OURS_TO_CHECK)
        for name in named_in(path.read_text(encoding="utf-8", errors="replace"))
        if name not in pinned() | TOOLS
    }
    assert strange == set()


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Run `pip install 'memorizer[redis]'`.", ["memorizer"]),
        ("pip install --upgrade memorizer-server", ["memorizer-server"]),
        ("uvx memorizer-server start", ["memorizer-server"]),
        ("uv tool run pip-audit==2.10.1 --strict", ["pip-audit"]),
        ("pip install one two>=2 && three", ["one", "two"]),
        ("pip install --no-deps dist/memorizer_server-*.whl", []),
        ("pip install '.[redis]'     # in the checkout", []),
        ("pip install 'PATH-OF-THE-WHEEL[llm]'", []),
        ("pip install --require-hashes -r deploy/requirements.lock", []),
        ("Install it again: pip install --no-deps {self.requirement}", []),
    ],
)
def test_names_are_told_from_paths_and_options(line: str, names: list[str]) -> None:
    assert named_in(line) == names
