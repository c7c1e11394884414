#!/usr/bin/env bash
# Package: apsw 3.54.1.0 (SQLite 3.54.1, FTS5). Seen on 2026-12-01.
#
# Guess: FTS5's option 'secure-delete', once set on a table, takes the words of a deleted row out of the
# index at that delete; a table whose deletes work differently refuses the option.
#
# Seen: it holds for a table with content of its own. A table with contentless_delete=1 takes the option
# and keeps it in its configuration, but a DELETE only writes a tombstone: with PRAGMA secure_delete on
# and after a VACUUM, the word of the deleted row is in the file as before, until 'optimize' (or enough
# merges) rewrites the index.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check apsw==3.54.1.0
cd "$tmp"
"$tmp/venv/bin/python" - <<'PY'
import pathlib

import apsw


def left(name: str, options: str, *, secure: bool) -> tuple[bool, bool]:
    file = pathlib.Path(f"{name}-{secure}.db")
    db = apsw.Connection(str(file))
    db.execute("PRAGMA secure_delete=ON")
    db.execute(f"CREATE VIRTUAL TABLE notes USING fts5(text{options})")
    if secure:
        db.execute("INSERT INTO notes(notes, rank) VALUES ('secure-delete', 1)")
        assert db.execute("SELECT v FROM notes_config WHERE k = 'secure-delete'").get == 1, "the option is taken"
    for row in range(1, 201):
        db.execute("INSERT INTO notes(rowid, text) VALUES (?, ?)", (row, f"common word{row}"))
    db.execute("INSERT INTO notes(rowid, text) VALUES (201, 'zanzibar')")
    db.execute("DELETE FROM notes WHERE rowid = 201")
    assert db.execute("SELECT count(*) FROM notes WHERE notes MATCH 'zanzibar'").get == 0
    found = []
    for statement in ("", "INSERT INTO notes(notes) VALUES ('optimize')"):
        if statement:
            db.execute(statement)
        db.execute("VACUUM")
        found.append(b"anzibar" in file.read_bytes())
    print(f"{name}, secure-delete {'on' if secure else 'off'}: in the file {found[0]}, after 'optimize' {found[1]}")
    return tuple(found)


CONTENTLESS = ", content='', contentless_delete=1"
assert left("with content", "", secure=False) == (True, False), "without the option the word stays"
assert left("with content", "", secure=True) == (False, False), "the ordinary case"
assert left("contentless", CONTENTLESS, secure=False) == (True, False), "without the option the word stays"
assert left("contentless", CONTENTLESS, secure=True) == (True, False), "gone at the delete now"
PY
echo 'Still so.'
