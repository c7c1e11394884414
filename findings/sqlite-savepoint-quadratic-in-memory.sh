#!/usr/bin/env bash
# Package: apsw 3.54.1.0 (SQLite 3.54.1). Seen on 2026-11-30.
#
# Guess: `PRAGMA temp_store=MEMORY` keeps scratch data out of files, so it can only make a long
# transaction quicker, and each of N equal one-row statements costs the same.
#
# Seen: inside one SAVEPOINT, one-row `UPDATE ... RETURNING` statements that move an index entry get
# slower with each one before them. Four times as many statements took over a hundred times as long
# with temp_store=MEMORY, about four times with temp_store=FILE, and about four times with MEMORY when
# no savepoint was open. (RETURNING gives each statement a sub-journal of its own; when it is held in
# memory, each statement's end walks over all that the savepoint has put there.)
#
# Only growth is judged here, never a duration.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check apsw==3.54.1.0
cd "$tmp"
"$tmp/venv/bin/python" - <<'PY'
import itertools
import time

import apsw

names = (f"{n}.db" for n in itertools.count())


def seconds(statements: int, temp_store: str, *, savepoint: bool) -> float:
    db = apsw.Connection(next(names))
    db.execute("PRAGMA journal_mode=WAL")
    db.execute(f"PRAGMA temp_store={temp_store}")
    db.execute("CREATE TABLE jobs (id INTEGER PRIMARY KEY, name TEXT UNIQUE, pad)")
    db.execute("BEGIN")
    for n in range(statements):
        db.execute("INSERT INTO jobs VALUES (?, ?, zeroblob(1500))", (n, str(n)))
    db.execute("COMMIT")
    db.execute("BEGIN IMMEDIATE")
    if savepoint:
        db.execute("SAVEPOINT a")
    start = time.process_time()
    for n in range(statements):
        sql = "UPDATE jobs SET name = name || 'x' WHERE name = ? RETURNING id"
        assert list(db.execute(sql, (str(n),))) == [(n,)]
    spent = time.process_time() - start
    db.execute("COMMIT")
    db.close()
    return spent


def growth(temp_store: str, *, savepoint: bool) -> float:
    few, many = (seconds(n, temp_store, savepoint=savepoint) for n in (2000, 8000))
    print(f"temp_store={temp_store}, savepoint={savepoint}: 4 x the statements, {many / few:.1f} x the time")
    return many / few


in_memory = growth("MEMORY", savepoint=True)
in_file = growth("FILE", savepoint=True)
no_savepoint = growth("MEMORY", savepoint=False)
assert in_memory > 20, "no longer quadratic"
assert in_file < 12 and no_savepoint < 12, "the ordinary cases are no longer linear"
PY
echo 'Still so.'
