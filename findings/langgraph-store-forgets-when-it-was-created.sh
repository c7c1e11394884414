#!/usr/bin/env bash
# Packages: langgraph 1.2.22, langgraph-checkpoint 4.3.2, langgraph-checkpoint-sqlite 3.1.2.
# Seen on 2026-11-30.
#
# Guess: an item of a LangGraph store has created_at and updated_at, so a second `put` of its key sets
# the latter and keeps the former: that is how one tells an old memory that was amended from a new one.
#
# Seen: `put` makes the item anew: created_at is the time of the last put, in InMemoryStore and in
# SqliteStore alike. With the memory store both times are microseconds apart. When a memory was first
# stored is not to be had.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check \
  langgraph==1.2.22 langgraph-checkpoint==4.3.2 langgraph-checkpoint-sqlite==3.1.2
"$tmp/venv/bin/python" - 2> "$tmp/log" <<'PY' || { tail -5 "$tmp/log" >&2; exit 1; }
import time

from langgraph.store.memory import InMemoryStore
from langgraph.store.sqlite import SqliteStore

with SqliteStore.from_conn_string(":memory:") as sqlite:
    sqlite.setup()
    for store in (InMemoryStore(), sqlite):
        store.put(("ada",), "drink", {"text": "tea"})
        first = store.get(("ada",), "drink")
        assert store.get(("ada",), "drink").created_at == first.created_at, "the ordinary case"
        time.sleep(2.1)  # SQLite's times are whole seconds
        store.put(("ada",), "drink", {"text": "coffee"})
        second = store.get(("ada",), "drink")
        moved = (second.created_at - first.created_at).total_seconds()
        print(f"{type(store).__name__}: created_at moved by {moved:.0f} s")
        assert second.value == {"text": "coffee"} and second.updated_at > first.updated_at
        assert moved >= 1, "kept now"
PY
echo 'Still so.'
