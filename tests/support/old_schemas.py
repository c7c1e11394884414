"""Databases as earlier versions left them.

`PYTHONPATH=tests python -m support.old_schemas` adds the files that are missing in tests/schemas.
A file is made once, by the migrations of its time, and never again: it stands for the files that
people have. The newest schema needs none; it gets one when the next one comes. A database of
PostgreSQL is made when it is needed.
"""

import gzip
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import apsw
import psycopg

from memorizer.adapters.sql.migration_files import Migration, migrations
from memorizer.adapters.sqlite.connection import open_connection
from memorizer.adapters.sqlite.quantized_index import code_of
from memorizer.domain.memories import digest_of, fold
from memorizer.domain.text_analysis import indexable
from support.embedders import DIMENSIONS, vector_of

FOLDER: Final = Path(__file__).parents[1] / "schemas"
SQLITE: Final = "memorizer.adapters.sqlite"
POSTGRES: Final = "memorizer.adapters.postgres"
NOW: Final = 1_700_000_000_000

FIRST: Final = f"{1:08}-0000-7000-8000-{1:012}"
SECOND: Final = f"{2:08}-0000-7000-8000-{2:012}"
GONE: Final = f"{3:08}-0000-7000-8000-{3:012}"
OLD_TEXT: Final = "The ferns want water once a week."
TEXT: Final = "The ferns want water twice a week. Die Farne brauchen Wasser. シダに水"
TITLE: Final = "Ferns and water"
OTHER_TEXT: Final = "The kettle of the blue house is broken."

# ruff: noqa: S608 - only constants of this module become SQL

_MEMORIES: Final = f"""
INSERT INTO memories (id, type, title, source, confidence, version, created_at, updated_at,
  archived_at, deleted_at, embedding_status, text) VALUES
 ('{FIRST}', 'note', '{TITLE}', 'api', 0.5, 2, {NOW}, {NOW + 1}, NULL, NULL, 'ready', '{TEXT}'),
 ('{SECOND}', 'fact', NULL, 'cli', 1.0, 1, {NOW}, {NOW}, {NOW + 2}, NULL, 'pending',
  '{OTHER_TEXT}'),
 ('{GONE}', 'note', 'Gone', 'api', 1.0, 1, {NOW}, {NOW}, NULL, {NOW + 3}, 'ready', 'Gone.');
INSERT INTO memory_tags (memory_seq, position, tag)
 SELECT seq, 0, 'plants' FROM memories WHERE id = '{FIRST}';
INSERT INTO memory_tags (memory_seq, position, tag)
 SELECT seq, 1, 'Ümläute' FROM memories WHERE id = '{FIRST}';
INSERT INTO memory_versions (memory_id, version, type, title, source, tags, confidence, at, text)
VALUES ('{FIRST}', 1, 'note', NULL, 'api', '["plants"]', 1.0, {NOW}, '{OLD_TEXT}'),
 ('{FIRST}', 2, 'note', '{TITLE}', 'api', '["plants", "Ümläute"]', 0.5, {NOW + 1}, '{TEXT}'),
 ('{SECOND}', 1, 'fact', NULL, 'cli', '[]', 1.0, {NOW}, '{OTHER_TEXT}'),
 ('{GONE}', 1, 'note', 'Gone', 'api', '[]', 1.0, {NOW}, 'Gone.');
INSERT INTO memory_events (id, memory_id, version, type, data, actor, at) VALUES
 ('event-1', '{FIRST}', 1, 'memory_created', '{{"title": null}}', 'rest', {NOW}),
 ('event-2', '{FIRST}', 2, 'content_updated', '{{}}', 'rest', {NOW + 1}),
 ('event-3', '{SECOND}', 1, 'memory_created', '{{}}', 'cli', {NOW}),
 ('event-4', '{GONE}', 1, 'memory_deleted', '{{}}', 'rest', {NOW + 3});
INSERT INTO relationships (id, from_id, to_id, type, score, at)
 VALUES ('link-1', '{FIRST}', '{SECOND}', 'explains', 0.5, {NOW});
INSERT INTO replies (key, fingerprint, memory_id, embedding_status, title_job_id, at)
 VALUES ('key-1', 'print', '{SECOND}', 'pending', 'job-1', {NOW});
INSERT INTO jobs (id, queue, name, data, state, max_attempts, unique_key, created_at)
 VALUES ('job-1', 'title-generation', 'generate-title', '{{"memoryId": "{SECOND}"}}', 'waiting', 3,
  'title:{SECOND}:missing', {NOW});
INSERT INTO jobs (id, queue, name, data, state, attempts, max_attempts, error, created_at,
  finished_at) VALUES ('job-2', 'embedding-regeneration', 'bulk-regenerate-embeddings',
  '{{"memoryIds": ["{FIRST}"]}}', 'failed', 3, 3, 'one item failed', {NOW}, {NOW + 1});
INSERT INTO bulk_slices (job_id, number, item_ids, size, next_item, done)
 VALUES ('job-2', 1, '["{FIRST}"]', 1, 1, 0);
INSERT INTO job_failures (job_id, item_id, error, at)
 VALUES ('job-2', '{FIRST}', 'The embedder was down.', {NOW});
INSERT INTO paused_queues VALUES ('embedding-regeneration');
"""

_FOLDED: Final = (
    "UPDATE memories SET type_folded = type;"
    " UPDATE memory_tags SET folded = CASE tag WHEN 'Ümläute' THEN 'ümläute' ELSE tag END"
)
_LATER: Final = {
    SQLITE: {
        2: "INSERT INTO dispatches (job_id, queue, name, data, created_at, sent, result)"
        f" VALUES ('job-3', 'title-generation', 'generate-title', '{{}}', {NOW}, 1, '{{}}')",
        6: "INSERT INTO queue_home VALUES (0)",
        7: "INSERT INTO tokens (id, name, scope, digest, created_at)"
        f" VALUES ('000000000001', 'laptop', 'write', 'none', {NOW})",
        13: _FOLDED,
    },
    POSTGRES: {
        1: "INSERT INTO queue_home VALUES (0)",
        2: "INSERT INTO tokens (id, name, scope, digest, created_at)"
        f" VALUES ('000000000001', 'laptop', 'write', 'none', {NOW})",
        9: _FOLDED,
    },
}


def earlier(engine: str) -> range:
    """The numbers of all schemas but the newest."""
    return range(1, len(migrations(engine)))


def fixture(number: int) -> Path:
    """Where the file of a schema is kept."""
    return FOLDER / f"sqlite-{number:04}.db.gz"


def main() -> None:
    """Make the files that are missing."""
    FOLDER.mkdir(exist_ok=True)
    for number in earlier(SQLITE):
        if not fixture(number).exists():
            with TemporaryDirectory() as folder:
                path = Path(folder) / "memorizer.db"
                write_sqlite(path, number)
                fixture(number).write_bytes(gzip.compress(path.read_bytes(), mtime=0))


def write_sqlite(path: Path, number: int) -> None:
    """A file as the version with this schema left it."""
    with closing(open_connection(path)) as database:
        database.create_scalar_function("digest_of", _digest_of, 1)
        database.create_scalar_function("folded", _folded, 1)
        for step in _upto(SQLITE, number):
            database.execute(step.script)
            database.execute(f"PRAGMA user_version = {step.number}")
        database.execute(_MEMORIES)
        database.execute(
            "INSERT INTO memory_words (rowid, title, tags, text)"
            " SELECT seq, coalesce(title, ''), ?, ? FROM memories WHERE id = ?",
            ("plants Ümläute", indexable(TEXT), FIRST),
        )
        database.execute(
            "INSERT INTO embedding_models (name, dimensions, state) VALUES (?, ?, 'active')",
            ("words-64", DIMENSIONS),
        )
        for kind, text in (("content", f"{TITLE}\n{TEXT}"), ("metadata", f"{TITLE} plants")):
            vector = vector_of(text)
            database.execute(
                "INSERT INTO embeddings (memory_seq, model_id, kind, chunk_no, version, code,"
                " vector) SELECT seq, 1, ?, 0, 2, ?, ? FROM memories WHERE id = ?",
                (kind, code_of(vector), vector, FIRST),
            )
        _fill_later(database, number)
        database.execute("PRAGMA journal_mode = DELETE")


def _folded(*values: object) -> str:
    return fold(str(values[0]))


def _digest_of(*values: object) -> str:
    return digest_of(str(values[0]))


def _fill_later(database: apsw.Connection, number: int) -> None:
    for since, sql in _LATER[SQLITE].items():
        if since <= number:
            database.execute(sql)


def write_postgres(url: str, number: int) -> None:
    """A database as the version with this schema left it; its words are made by its own code."""
    with psycopg.connect(url) as connection:
        for step in _upto(POSTGRES, number):
            connection.execute(step.script.encode())
        connection.execute("CREATE TABLE IF NOT EXISTS schema_version (number INTEGER NOT NULL)")
        connection.execute("DELETE FROM schema_version")
        connection.execute("INSERT INTO schema_version VALUES (%s)", (number,))
        connection.execute(_MEMORIES.encode())
        for since, sql in _LATER[POSTGRES].items():
            if since <= number:
                connection.execute(sql.encode())


def _upto(engine: str, number: int) -> list[Migration]:
    return migrations(engine)[:number]


if __name__ == "__main__":
    main()
