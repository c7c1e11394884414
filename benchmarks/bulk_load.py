"""Many memories into PostgreSQL at once: COPY, and the indexes built afterwards.

What is written is what services/memories.py would have written, row by row.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
import psycopg
from pgvector.psycopg import register_vector

from benchmarks.library import Library, Sample
from benchmarks.prepared import DIMENSIONS, NAME
from memorizer.adapters.postgres.tsvectors import vector_of
from memorizer.bootstrap import Container
from memorizer.domain.embeddings import EmbeddingModel, ModelState
from memorizer.domain.memories import Content, EventType, Vector, digest_of
from memorizer.ports.clock import Clock

Rows = Iterable[tuple[Any, ...]]
_INDEXES: Final = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid IN (%s::regclass, 'memory_words'::regclass)
  AND pg_get_indexdef(indexrelid) ~ 'USING (hnsw|gin)'
"""


async def grow(container: Container, library: Library, url: str, size: int) -> None:
    """Add memories until there are `size`."""
    model = await container.adapters.database.write(
        lambda tx: tx.models.active() or tx.models.add(NAME, DIMENSIONS, ModelState.ACTIVE)
    )
    with psycopg.connect(url) as connection:
        register_vector(connection)
        with _without_indexes(connection, model):
            while len(library) < size:
                library.keep(_load(connection, model, library.batch(), container.adapters.clock))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def finish_jobs(url: str, total: int) -> None:
    """Bring the jobs to `total`, all of them ended."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO jobs (id, queue, name, data, state, progress, attempts, max_attempts,"
            " result, created_at, started_at, finished_at)"
            " SELECT 'scale-' || n, 'title-generation', 'generate-title', '{}', 'completed', 100,"
            " 1, 3, '{}', n, n, n FROM generate_series((SELECT count(*) FROM jobs) + 1, %s) n",
            (total,),
        )


@contextmanager
def _without_indexes(connection: psycopg.Connection, model: EmbeddingModel) -> Iterator[None]:
    """Building an index at once is many times quicker than adding a million entries to it."""
    indexes = connection.execute(_INDEXES, (f"embeddings_{model.id}",)).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    yield
    for _, definition in indexes:
        connection.execute(definition)
    connection.commit()


def _load(
    connection: psycopg.Connection, model: EmbeddingModel, samples: list[Sample], clock: Clock
) -> list[str]:
    ids, now = [clock.new_id() for _ in samples], clock.now()
    new = list(zip(ids, samples, strict=True))
    _copy(
        connection,
        "memories (id, type, title, source, confidence, version, created_at, updated_at,"
        " embedding_status, text, text_digest)",
        ((id_, *_live_row(s.content, now)) for id_, s in new),
    )
    found = connection.execute("SELECT id, seq FROM memories WHERE id = ANY(%s)", (ids,))
    seqs: dict[str, int] = dict(found.fetchall())
    _copy(
        connection,
        "memory_tags (memory_seq, position, tag)",
        ((seqs[id_], place, t) for id_, s in new for place, t in enumerate(s.content.tags)),
    )
    _copy(
        connection,
        "memory_versions (memory_id, version, type, title, source, tags, confidence, at, text)",
        (
            (
                id_,
                1,
                s.content.type,
                s.content.title,
                "api",
                json.dumps(s.content.tags),
                1.0,
                now,
                s.content.text,
            )
            for id_, s in new
        ),
    )
    _copy(
        connection,
        "memory_events (id, memory_id, version, type, data, actor, at)",
        (
            (
                clock.new_id(),
                id_,
                1,
                EventType.MEMORY_CREATED.value,
                json.dumps({"title": s.content.title}),
                "benchmark",
                now,
            )
            for id_, s in new
        ),
    )
    _copy(
        connection,
        "memory_words (memory_seq, words, length)",
        ((seqs[id_], *vector_of(s.content)) for id_, s in new),
    )
    _copy(
        connection,
        "embeddings (memory_seq, model_id, kind, chunk_no, version, vector)",
        (
            (seqs[id_], model.id, kind, 0, 1, _array(vector))
            for id_, s in new
            for kind, vector in (("content", s.vector), ("metadata", s.about))
        ),
    )
    return ids


def _live_row(content: Content, now: int) -> tuple[Any, ...]:
    known = (content.type, content.title, "api", 1.0, 1, now, now, "ready", content.text)
    return (*known, digest_of(content.text))


def _copy(connection: psycopg.Connection, table: str, rows: Rows) -> None:
    with connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _array(vector: Vector) -> object:
    return np.frombuffer(vector, dtype="<f4")
