#!/usr/bin/env bash
# Packages: sqlite-vec 0.1.9, apsw 3.54.1.0 (SQLite 3.54.1). Seen on 2026-11-30.
#
# Guess: rows deleted from a vec0 table leave room that the next rows take, and VACUUM gives back what
# is free, as with every table of SQLite. Deleting all rows and VACUUM does make the file small.
#
# Seen: vectors lie in chunks of 1024, and a hole in a chunk is never filled: with every second of 4096
# rows deleted, VACUUM frees nothing, and as many new rows bring new chunks. A chunk goes only when
# its last row goes. A table whose rows are replaced at random keeps growing although its row count
# stays the same: ten times one row in four replaced, and the chunks have more than doubled.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check sqlite-vec==0.1.9 apsw==3.54.1.0
cd "$tmp"
"$tmp/venv/bin/python" - <<'PY'
import itertools
import os
import random

import apsw
import sqlite_vec

ROWS = 4096
draw = random.Random(1)
ids = itertools.count()
db = apsw.Connection("notes.db")
db.enable_load_extension(True)
db.load_extension(sqlite_vec.loadable_path())
db.execute("CREATE VIRTUAL TABLE notes USING vec0(id INTEGER PRIMARY KEY, embedding float[64])")
db.execute("CREATE TABLE plain (id INTEGER PRIMARY KEY, embedding BLOB)")


def insert(table: str, count: int) -> None:
    db.execute("BEGIN")
    for _ in range(count):
        vector = sqlite_vec.serialize_float32([draw.random() for _ in range(64)])
        db.execute(f"INSERT INTO {table} VALUES (?, ?)", (next(ids), vector))
    db.execute("COMMIT")


def size() -> int:
    db.execute("VACUUM")
    return os.path.getsize("notes.db")


def chunks() -> int:
    return db.execute("SELECT count(*) FROM notes_chunks").fetchone()[0]


empty = size()
insert("plain", ROWS)
full = size()
db.execute("DELETE FROM plain WHERE id % 2 = 0")
print(f"ordinary table: {full - empty} bytes, half deleted: {size() - empty}")
assert size() - empty < 0.6 * (full - empty), "the ordinary case"
db.execute("DELETE FROM plain")

insert("notes", ROWS)
full, full_chunks = size(), chunks()
db.execute("DELETE FROM notes WHERE id % 2 = 0")
half = size()
insert("notes", ROWS // 2)
print(f"vec0: {full - empty} bytes in {full_chunks} chunks, half deleted: {half - empty}, filled up: {size() - empty} in {chunks()}")
assert half - empty > 0.9 * (full - empty), "VACUUM shrinks it now"
assert chunks() >= full_chunks + ROWS // 2 // 1024, "holes are filled now"

for _ in range(10):
    there = [id for (id,) in db.execute("SELECT id FROM notes")]
    db.execute("BEGIN")
    for id in draw.sample(there, ROWS // 4):
        db.execute("DELETE FROM notes WHERE id = ?", (id,))
    db.execute("COMMIT")
    insert("notes", ROWS // 4)
(count,) = db.execute("SELECT count(*) FROM notes").fetchone()
print(f"after ten rounds: {count} rows in {chunks()} chunks")
assert count == ROWS and chunks() > 2 * full_chunks
db.execute("DELETE FROM notes")
assert chunks() == 0 and size() < empty + 100_000, "all deleted: the room comes back"
PY
echo 'Still so.'
