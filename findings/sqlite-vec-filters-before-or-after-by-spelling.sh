#!/usr/bin/env bash
# Packages: sqlite-vec 0.1.9, apsw 3.54.1.0 (SQLite 3.54.1). Seen on 2026-11-30.
#
# Guess: the WHERE of a nearest-neighbour query on a vec0 table means one thing however it is spelled,
# and what names the table's own columns, its primary key first of all, is applied before the k nearest
# are taken.
#
# Seen: whether a condition is applied before or after the k nearest are taken depends on its spelling.
# `owner <> 'a'` finds three, `NOT owner = 'a'` none, with the same rows matching. On the primary key
# `id IN (10, 11, 12)` finds three, `id >= 10` none. The latter are applied to the k rows already
# taken, which all belonged to the other owner. No error, no warning: only fewer rows than k.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check sqlite-vec==0.1.9 apsw==3.54.1.0
"$tmp/venv/bin/python" - <<'PY'
import json

import apsw
import sqlite_vec

db = apsw.Connection(":memory:")
db.enable_load_extension(True)
db.load_extension(sqlite_vec.loadable_path())
db.execute("CREATE VIRTUAL TABLE notes USING vec0(id INTEGER PRIMARY KEY, embedding float[2], owner TEXT)")
for id in range(30):  # 0 to 9 are of a, and the nearest to the origin
    db.execute("INSERT INTO notes VALUES (?, ?, ?)", (id, json.dumps([id, 0]), "abc"[id // 10]))


def nearest(condition: str) -> list[int]:
    sql = f"SELECT id FROM notes WHERE embedding MATCH '[0, 0]' AND k = 3 AND {condition}"
    found = [id for (id,) in db.execute(sql)]
    (matching,) = db.execute(f"SELECT count(*) FROM notes WHERE {condition}").fetchone()
    print(f"{condition}: {matching} rows match, nearest three: {found}")
    assert matching >= 3
    return found


BEFORE = ["owner <> 'a'", "owner IN ('b', 'c')", "owner BETWEEN 'b' AND 'c'", "id IN (10, 11, 12)"]
AFTER = ["NOT owner = 'a'", "id >= 10", "id BETWEEN 10 AND 20", "owner || '' = 'b'"]
assert nearest("1 = 1") == [0, 1, 2], "the ordinary case"
for condition in BEFORE:
    assert nearest(condition) == [10, 11, 12], condition
for condition in AFTER:
    assert nearest(condition) == [], condition
PY
echo 'Still so.'
