#!/usr/bin/env bash
# Package: chromadb 1.5.9. Seen on 2026-11-30.
#
# Guess: `collection.delete(ids=[...])` returns how many were deleted, {"deleted": n}, so 0 tells that an
# id was not there, as an API that answers 404 needs to know.
#
# Seen: the number is how many ids were named. Deleting an id that never was returns {"deleted": 1}, and
# so does deleting one for the second time; `count()` shows that nothing went. By a `where` that
# matches nothing it is 0.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export HOME="$tmp"
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check chromadb==1.5.9
cd "$tmp"
"$tmp/venv/bin/python" -W ignore - <<'PY'
import chromadb

client = chromadb.EphemeralClient(chromadb.Settings(anonymized_telemetry=False))
notes = client.create_collection("notes", embedding_function=None)
notes.add(ids=["1", "2", "3"], embeddings=[[1, 0], [0, 1], [1, 1]], metadatas=[{"n": n} for n in (1, 2, 3)])


def delete(label: str, **what: object) -> tuple[int, int]:
    before = notes.count()
    told = notes.delete(**what)["deleted"]
    print(f"{label}: told {told}, gone {before - notes.count()}")
    return told, before - notes.count()


assert delete("an id that is there", ids=["1"]) == (1, 1), "the ordinary case"
assert delete("a filter that matches one", where={"n": 2}) == (1, 1), "the ordinary case"
assert delete("a filter that matches none", where={"n": 9}) == (0, 0), "the ordinary case"
assert delete("an id deleted before", ids=["1"]) == (1, 0), "told truly now"
assert delete("three ids that never were", ids=["7", "8", "9"]) == (3, 0), "told truly now"
PY
echo 'Still so.'
