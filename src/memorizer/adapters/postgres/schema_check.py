"""Whether a dump's script only makes what the migrations make, before any of it is executed.

A dump is a program: its functions, triggers and expressions run while it is restored. The list of
its contents proves nothing, because each entry brings a statement of its own.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

from memorizer.adapters.postgres.migration import PACKAGE
from memorizer.adapters.sql.backup_files import ANOTHER_BACKUP_HINT
from memorizer.adapters.sql.migration_files import migrations
from memorizer.domain.errors import BackupFailed

SHOWN: Final = 80
"""Characters of a statement in a message."""

_NAME: Final = r'(?:"[^"]+"|\w+)'
_FUNCTION: Final = re.compile(r"CREATE FUNCTION .*?\$\$.*?\$\$(?:[^;$]*);", re.DOTALL)
_TRIGGER: Final = re.compile(r"CREATE TRIGGER [^;]*;")
_CALL: Final = re.compile(r'(?<!\w)(\w+)"?\s*\(')
_LITERAL: Final = re.compile(r"'(?:[^']|'')*'")
_COPY: Final = (b"COPY ", b" FROM stdin;\n")
_END_OF_COPY: Final = b"\\."
_TABLE: Final = r"(?:only )?(\w+)"
_SHAPES: Final = tuple(
    re.compile(shape)
    for shape in (
        r"set \w+ = [\w' -]+",
        r"select pg_catalog\.set_config ?\( ?'search_path', '', false ?\)",
        r"select pg_catalog\.setval ?\( ?'(\w+)_seq', \d+, (?:true|false) ?\)",
        r"\\(?:un)?restrict \w+",
        r"create extension if not exists vector with schema \S+",
        r"create schema \S+",
        (
            rf"create table {_TABLE} ?\(.*\)(?: partition by list \( ?model_id ?\))?"
            r"(?: with \( ?fillfactor ?= ?'?\d+'? ?\))?"
        ),
        rf"alter table {_TABLE} (?:add constraint|attach partition|alter column) .*",
        rf"create (?:unique )?index \w+ on {_TABLE} using .*",
        rf"alter table {_TABLE} (?:enable|force) row level security",
        r"alter index (\w+) attach partition \w+",
        r"create sequence (\w+)_seq .*",
        r"alter sequence (\w+)_seq owned by .*",
        rf"copy {_TABLE} ?\([^()]*\) from stdin",
        (
            r"create view visible_memories as select [\w., ]+ from memories"
            r" where \(?(?:memories\.)?deleted_at is null\)?"
        ),
    )
)
"""Of the statements of pg_restore, in lower case and without the schema, beside functions and
triggers."""
_SETTING: Final = "current_setting('memorizer.workspaces'::text, true)"
_UNBOUND: Final = f"((coalesce(( select {_SETTING} as current_setting), ''::text) = ''::text)"
_IN_SCOPE: Final = (
    "(coalesce(workspace_seq, (0)::bigint) = any ((("
    f" select string_to_array({_SETTING}, ','::text) as string_to_array))::bigint[]))))"
)


def _exists(table: str, alias: str, reference: str) -> str:
    return f"(exists ( select 1 from {table} {alias} where ({alias}.id = {reference})))"


_POLICIES: Final = (
    *(
        f"create policy {table}_in_scope on {table} using ({_UNBOUND} or {_IN_SCOPE}"
        for table in ("memories", "documents", "proposals")
    ),
    *(
        f"create policy {table}_in_scope on {table} using"
        f" ({_UNBOUND} or {_exists('memories', 'm', f'{table}.memory_id')})"
        for table in ("memory_versions", "memory_events", "external_ids")
    ),
    (
        f"create policy document_parts_in_scope on document_parts using ({_UNBOUND} or"
        f" ({_exists('documents', 'd', 'document_parts.document_id')}"
        f" and {_exists('memories', 'm', 'document_parts.memory_id')})))"
    ),
    f"create policy document_uploads_of_the_whole on document_uploads using {_UNBOUND})",
)
"""The policies as PostgreSQL writes them."""
_WORDS: Final = """
add and any as btree check coalesce double gin halfvec hnsw identity in index key list lower
nextval not numeric on only or partition precision set_config setval table unique using values
varchar vector vector_dims where with
"""
_CALLS_OF_DUMPS: Final = frozenset(_WORDS.split())
"""Words before a parenthesis in the statements that PostgreSQL makes of ours."""


def require_own_schema(script: Iterable[bytes], file: str) -> None:
    """Raise BackupFailed for the first statement of the script that no migration explains.

    The script is what pg_restore writes, line by line; rows are passed over.
    """
    schema = ""
    for statement in _statements(script):
        schema = schema or _schema_of(statement)
        if not _is_own(_normalised(statement, schema), statement):
            raise BackupFailed(
                f"{file} has something that no Memorizer makes: {_shortened(statement)}. In a "
                "database it could change or read everything. Nothing was changed.",
                "If it is yours, drop it in the database the backup is of, and make another. "
                f"If the backup is from somebody else, do not use it. {ANOTHER_BACKUP_HINT}",
            )


def _statements(script: Iterable[bytes]) -> Iterator[str]:
    """One by one, without comments and rows."""
    lines: list[str] = []
    rows = iter(script)
    body = False
    for raw in rows:
        if not lines and (raw == b"\n" or raw.startswith(b"--")):
            continue
        line = raw.decode(errors="replace")
        lines.append(line)
        body ^= line.count("$$") % 2 == 1
        is_meta = len(lines) == 1 and line.startswith("\\")
        if body or not (is_meta or line.rstrip().endswith(";")):
            continue
        yield "".join(lines)
        lines = []
        if raw.startswith(_COPY[0]) and raw.endswith(_COPY[1]) and raw.count(b";") == 1:
            for row in rows:
                if row.rstrip(b"\r\n") == _END_OF_COPY:
                    break
    if lines:
        yield "".join(lines)


def _is_own(normalised: str, statement: str) -> bool:
    if statement.startswith(("CREATE FUNCTION", "CREATE TRIGGER")):
        return _without_brackets(normalised) in _programs()
    if statement.startswith("CREATE POLICY"):
        return _without_brackets(normalised) in set(map(_without_brackets, _POLICIES))
    if ";" in normalised or "$" in normalised or "\\" in normalised[1:]:
        return False
    found = next((match for shape in _SHAPES if (match := shape.fullmatch(normalised))), None)
    if found is None:
        return False
    if found.lastindex and not _is_table(found[1]):
        return False
    calls = set(_CALL.findall(_LITERAL.sub("", normalised)))
    return all(call in _CALLS_OF_DUMPS or _is_table(call) for call in calls)


def _is_table(name: str) -> bool:
    """Or the beginning of the name of a table's sequence or index."""
    tables = "|".join(sorted(_tables()))
    return re.fullmatch(rf"(?:{tables}|embeddings_\d+)(?:_\w+)?", name) is not None


@cache
def _tables() -> frozenset[str]:
    scripts = "".join(step.script for step in migrations(PACKAGE))
    return frozenset({*re.findall(r"CREATE TABLE (\w+) \(", scripts), "schema_version"})


@cache
def _programs() -> frozenset[str]:
    """Return the functions and triggers of every version."""
    found: set[str] = set()
    for step in migrations(PACKAGE):
        script = re.sub(r"^--.*\n", "", step.script, flags=re.MULTILINE)
        for pattern in (_FUNCTION, _TRIGGER):
            for text in pattern.findall(script):
                found.add(_without_brackets(_normalised(text, "")))
    return frozenset(found)


def _schema_of(statement: str) -> str:
    """Return the schema in front of the first table or function that is made."""
    found = re.match(rf"CREATE (?:TABLE|FUNCTION) ({_NAME})\.", statement)
    return found[1] if found else ""


def _normalised(statement: str, schema: str) -> str:
    """In lower case, on one line, without the schema in front of names."""
    text = statement.strip().removesuffix(";")
    if schema:
        text = re.sub(rf"(?<![\w.]){re.escape(schema)}\.(?=[\w\"])", "", text)
    return " ".join(text.lower().split())


def _without_brackets(text: str) -> str:
    """PostgreSQL adds some that mean nothing."""
    return re.sub(r"[\s()]+", " ", text)


def _shortened(statement: str) -> str:
    words = " ".join(statement.split())
    return words if len(words) <= SHOWN else f"{words[: SHOWN - 1]}…"
