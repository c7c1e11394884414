#!/usr/bin/env bash
# Packages: langgraph 1.2.22, langgraph-checkpoint 4.3.2, langgraph-checkpoint-sqlite 3.1.2.
# Seen on 2026-11-30.
#
# Guess: a filter that works on InMemoryStore works on SqliteStore: they are two implementations of one
# BaseStore, and the former stands in for the latter in tests.
#
# Seen: a filter whose value is an object, {"source": {"kind": "chat"}}, is an equality for InMemoryStore
# and finds the item; SqliteStore takes the object's keys for operators and raises ValueError,
# "Unsupported operator: kind". Plain values, null and lists are equalities for both.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check \
  langgraph==1.2.22 langgraph-checkpoint==4.3.2 langgraph-checkpoint-sqlite==3.1.2
"$tmp/venv/bin/python" - 2> "$tmp/log" <<'PY' || { tail -5 "$tmp/log" >&2; exit 1; }
from langgraph.store.memory import InMemoryStore
from langgraph.store.sqlite import SqliteStore

VALUE = {"n": 1, "none": None, "tags": ["a", "b"], "source": {"kind": "chat"}}


def found(store: object, filter: dict) -> object:
    try:
        result: object = len(store.search(("ada",), filter=filter))
    except ValueError as error:
        result = str(error)
    print(f"{type(store).__name__} {filter}: {result}")
    return result


with SqliteStore.from_conn_string(":memory:") as sqlite:
    sqlite.setup()
    memory = InMemoryStore()
    for store in (memory, sqlite):
        store.put(("ada",), "1", VALUE)
        for key in ("n", "none", "tags"):
            assert found(store, {key: VALUE[key]}) == 1, "the ordinary case"
        assert found(store, {"n": {"$gt": 0}}) == 1, "the ordinary case"
    assert found(memory, {"source": {"kind": "chat"}}) == 1
    assert found(sqlite, {"source": {"kind": "chat"}}) == "Unsupported operator: kind"
PY
echo 'Still so.'
