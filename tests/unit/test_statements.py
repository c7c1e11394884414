"""Every file of `queries/` is used, and nothing else is asked for."""

import re
from pathlib import Path

import pytest

import memorizer
from memorizer.adapters.sql.statements import load_statements
from memorizer.adapters.sqlite.dialect import SQLITE

SOURCES = Path(memorizer.__file__).parent / "adapters"
NAMED = re.compile(
    r'statements\[\s*"(\w+)"(?: if \w+ else "(\w+)")?'
    r'|(?:change\w*|self\._(?:entries|find|ids|list|run))\(\s*"(\w+)"'
)


def test_every_statement_is_used_and_every_used_one_is_there() -> None:
    code = "\n".join(
        file.read_text(encoding="utf-8")
        for folder in ("sql", "sqlite", "postgres")
        for file in (SOURCES / folder).glob("*.py")
    )
    used = {name for names in NAMED.findall(code) for name in names if name}
    assert used == set(SQLITE.statements)


def test_statements_hold_no_comment_and_begin_with_their_verb() -> None:
    for name, text in SQLITE.statements.items():
        assert "--" not in text, name
        assert re.match(r"(SELECT|INSERT|UPDATE|DELETE|WITH)\s", text), name


def test_a_missing_fragment_is_refused() -> None:
    with pytest.raises(KeyError):
        load_statements({})
