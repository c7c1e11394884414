"""A PostgreSQL role as a careful administrator makes it: it owns its database, and nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg

from support.postgres_server import PostgresServer


@contextmanager
def owned_database(postgres: PostgresServer) -> Iterator[str]:
    """The URL of an empty database as the role that owns it; policies hold for that role."""
    name = f"ordinary_{uuid4().hex}"
    with postgres.database(empty=True) as url, psycopg.connect(url, autocommit=True) as admin:
        database = urlsplit(url).path[1:]
        admin.execute(f"CREATE ROLE {name} LOGIN".encode())
        admin.execute(f"ALTER DATABASE {database} OWNER TO {name}".encode())
        admin.execute("CREATE EXTENSION vector")
        try:
            parts = urlsplit(url)
            host = parts.netloc.rpartition("@")[2]
            yield parts._replace(netloc=f"{name}@{host}").geturl()
        finally:
            admin.execute(f"REASSIGN OWNED BY {name} TO CURRENT_USER".encode())
            admin.execute(f"DROP OWNED BY {name}".encode())
            admin.execute(f"DROP ROLE {name}".encode())
