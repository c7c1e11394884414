"""Migrations on PostgreSQL: all or nothing, many at once, and what a server may lack is said."""

import re
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from memorizer.adapters.postgres import migration
from memorizer.adapters.postgres.migration import PACKAGE, migrate, pending
from memorizer.adapters.sql.migration_files import Migration, migrations
from memorizer.domain.errors import Misconfigured, StorageUnavailable
from memorizer.domain.memories import digest_of
from support.postgres_server import PostgresServer

ALL = [step.name for step in migrations(PACKAGE)]


@pytest.fixture
def url(postgres: PostgresServer) -> Iterator[str]:
    """A database without tables."""
    with postgres.database(empty=True) as url:
        yield url


def ask(url: str, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(sql.encode()).fetchall()


def run(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def tables(url: str) -> set[object]:
    rows = ask(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {name for (name,) in rows}


@pytest.fixture
def user(postgres: PostgresServer) -> Iterator[str]:
    """A user who is no administrator."""
    run(postgres.url, "CREATE ROLE plain LOGIN")
    yield "plain"
    run(postgres.url, "DROP ROLE plain")


def as_user(url: str, user: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{user}@{host}").geturl()


def found_model(url: str) -> None:
    """A model of eight dimensions and its partition, as schema 4 has it."""
    run(
        url,
        "INSERT INTO embedding_models (name, dimensions, state) VALUES ('m', 8, 'active')",
        "CREATE TABLE embeddings_1 PARTITION OF embeddings FOR VALUES IN (1)",
        "CREATE INDEX embeddings_1_fresh ON embeddings_1 (kind, memory_seq) WHERE NOT is_indexed",
        "CREATE INDEX embeddings_1_content ON embeddings_1 USING hnsw"
        " ((vector::halfvec(8)) halfvec_cosine_ops) WITH (m = 32, ef_construction = 128)"
        " WHERE kind = 'content' AND is_indexed",
    )


def next_step(script: str) -> list[Migration]:
    return [*migrations(PACKAGE), Migration(len(ALL) + 1, "next", script)]


def test_an_empty_database_gets_every_step_once(url: str) -> None:
    assert pending(url) == ALL
    assert tables(url) == set()
    assert migrate(url) == ALL
    assert migrate(url) == pending(url) == []


def test_ten_servers_that_start_at_once_migrate_once(url: str) -> None:
    with ThreadPoolExecutor(10) as servers:
        applied = list(servers.map(migrate, [url] * 10))
    assert sorted(applied, key=len) == [[]] * 9 + [ALL]


def test_a_step_that_fails_leaves_nothing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate(url)
    broken = next_step("CREATE TABLE half (a INTEGER); INSERT INTO nowhere VALUES (1)")
    with monkeypatch.context() as patched:
        patched.setattr(migration, "migrations", lambda _: broken)
        with pytest.raises(psycopg.errors.UndefinedTable):
            migrate(url)
    assert "half" not in tables(url)
    assert migrate(url) == []


def test_a_newer_schema_is_refused_and_not_touched(url: str) -> None:
    migrate(url)
    run(url, "UPDATE schema_version SET number = 999")
    for attempt in (migrate, pending):
        with pytest.raises(Misconfigured, match="newer Memorizer"):
            attempt(url)
    assert ask(url, "SELECT number FROM schema_version") == [(999,)]


def test_without_the_right_to_install_pgvector_one_line_says_who_can(url: str, user: str) -> None:
    run(url, f"GRANT ALL ON SCHEMA public TO {user}")
    with pytest.raises(Misconfigured, match="Let an administrator run `CREATE EXTENSION vector`"):
        migrate(as_user(url, user))
    assert tables(url) == set()

    run(url, "CREATE EXTENSION vector")
    assert migrate(as_user(url, user)) == ALL
    run(url, "DROP SCHEMA public CASCADE")


def test_without_the_right_to_make_tables_one_line_says_so(url: str, user: str) -> None:
    run(url, "CREATE EXTENSION vector")
    with pytest.raises(Misconfigured, match="permission denied for schema public"):
        migrate(as_user(url, user))


def test_without_pgvector_on_the_server_one_line_says_how_to_install_it(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the server of the tests has it; one that has not answers so to the name of any other
    unknown = migration.EXTENSION + "_of_nobody"
    monkeypatch.setattr(migration, "EXTENSION", unknown)
    with pytest.raises(Misconfigured, match=r"no pgvector.*apt install postgresql-\d+-pgvector"):
        migrate(url)
    assert tables(url) == set()


def test_an_old_pgvector_is_named(url: str) -> None:
    run(url, "CREATE EXTENSION vector", "UPDATE pg_extension SET extversion = '0.7.4'")
    with pytest.raises(Misconfigured, match=r"is 0\.7\.4; 0\.8 or newer"):
        migrate(url)


def test_pgvector_outside_the_search_path_is_one_line_with_two_remedies(url: str) -> None:
    run(url, "CREATE SCHEMA more", "CREATE EXTENSION vector SCHEMA more")
    with pytest.raises(
        Misconfigured, match=r"in the schema more, where .* does not look"
    ) as refused:
        migrate(url)
    assert tables(url) == set()
    said = str(refused.value)
    assert "\n" not in said
    _, _, _, remedy, _, other, _ = said.split("`")

    run(url, other)
    assert migrate(url) == ALL
    run(url, other.replace("public, more", "public"))
    with pytest.raises(Misconfigured, match="does not look"):
        migrate(url)  # a store that had worked is told so too
    run(url, remedy)
    assert migrate(url) == []


def test_a_database_that_cannot_hold_every_language_is_refused(postgres: PostgresServer) -> None:
    name = "memorizer_latin"
    run(
        postgres.url,
        f"CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0",
    )
    with pytest.raises(Misconfigured, match="LATIN1"):
        migrate(postgres.url_of(name))
    run(postgres.url, f"DROP DATABASE {name}")


@pytest.mark.parametrize("attempt", [migrate, pending])
def test_a_server_that_is_not_there_is_one_line(attempt: object, tmp_path: Path) -> None:
    assert callable(attempt)
    with pytest.raises(StorageUnavailable, match=r"Check that it runs, and MEMORIZER_DATABASE_URL"):
        attempt(f"postgresql://memorizer:secret@/memorizer?host={tmp_path}")


def test_a_database_that_is_not_there_is_one_line(postgres: PostgresServer) -> None:
    with pytest.raises(StorageUnavailable, match=r'"nowhere" does not exist\. Make it'):
        migrate(postgres.url_of("nowhere"))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://memorizer:sec@ret@localhost/memorizer",
        "postgresql://memorizer:sec/ret@localhost/memorizer",
        "postgresql://memorizer:sec%ret@localhost/memorizer",
    ],
)
def test_an_address_that_is_none_is_refused_without_showing_the_password(url: str) -> None:
    with pytest.raises(Misconfigured, match="%40") as refused:
        migrate(url)
    shown = "".join(traceback.format_exception(refused.value))
    assert not re.search(r"Error: .*(sec|ret)", shown)


def test_old_texts_with_windows_line_ends_are_known_as_the_same(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(migration, "migrations", lambda _: migrations(PACKAGE)[:7])
        migrate(url)
    run(
        url,
        "INSERT INTO memories (id, type, source, confidence, version, created_at, updated_at,"
        " embedding_status, text, text_digest) VALUES ('1', 'note', 'test', 1, 1, 0, 0, 'pending',"
        r" E'Grün\r\nCup.\rEnd', 'old')",
        "INSERT INTO replies (key, fingerprint, memory_id, embedding_status, at)"
        " VALUES ('k1', 'print', '1', 'ready', 7)",
    )

    migrate(url)

    assert ask(url, "SELECT text_digest FROM memories") == [(digest_of("Grün\nCup.\nEnd"),)]
    replies = ask(url, "SELECT caller, key, memory_id, at FROM replies")
    assert replies == [("local", "k1", "1", 7)]


def test_copies_in_an_index_of_before_hide_nothing_afterwards(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = ALL.index("0010_copies")
    with monkeypatch.context() as patched:
        patched.setattr(migration, "migrations", lambda _: migrations(PACKAGE)[:number])
        migrate(url)
    found_model(url)
    run(
        url,
        "INSERT INTO memories (id, type, source, confidence, version, created_at, updated_at,"
        " embedding_status, text) SELECT lpad(n::text, 4, '0'), 'note', 'api', 1, 1, 0, 0, 'ready',"
        " n::text FROM generate_series(1, 740) n",
        # 700 are equal; twenty before and twenty after them differ
        "INSERT INTO embeddings (memory_seq, model_id, kind, chunk_no, version, vector)"
        " SELECT seq, 1, 'content', 0, 1, CASE WHEN seq BETWEEN 21 AND 720 THEN"
        " '[1,1,1,1,1,1,1,1]' ELSE ARRAY[sin(seq), cos(seq), sin(2 * seq), cos(2 * seq),"
        " sin(3 * seq), cos(3 * seq), sin(5 * seq), cos(5 * seq)]::vector END FROM memories"
        " ORDER BY seq",
    )
    assert migrate(url) == ALL[number:]
    assert ask(
        url,
        "SELECT count(*) FILTER (WHERE is_indexed), count(*) FILTER (WHERE is_copy)"
        " FROM embeddings",
    ) == [(41, 699)]
    with psycopg.connect(url) as connection:
        connection.execute("SET enable_seqscan = off; SET enable_sort = off")
        nearest = connection.execute(
            "SELECT memory_seq FROM embeddings WHERE kind = 'content' AND is_indexed"
            " ORDER BY vector::halfvec(8) <=> (SELECT vector::halfvec(8) FROM embeddings"
            " WHERE memory_seq = 740) LIMIT 1"
        ).fetchall()
    assert nearest == [(740,)]
