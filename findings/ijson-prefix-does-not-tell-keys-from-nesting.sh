#!/usr/bin/env bash
# Package: ijson 3.6.0. Seen on 2026-11-30.
#
# Guess: the prefix given to `ijson.items` is a path: "item" stands for the elements of an array, a dot
# for one step down, so `export.notes.item` selects the elements of one array.
#
# Seen: a prefix is only joined text. An object's key named `item` is selected like an array's element,
# and a key with a dot in it like two keys: of {"a.b": {"c": 1}, "a": {"b": {"c": 2}}} the prefix
# `a.b.c` yields both. There is no way to escape either, so an export whose keys its users chose (tags,
# names, paths of files) yields strangers among the values. `ijson.basic_parse` tells them apart.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check ijson==3.6.0
"$tmp/venv/bin/python" - <<'PY'
import json

import ijson


def selected(document: object, prefix: str) -> list:
    found = list(ijson.items(json.dumps(document), prefix))
    print(f"{json.dumps(document)} at {prefix!r}: {found}")
    return found


assert selected({"notes": ["tea", "milk"]}, "notes.item") == ["tea", "milk"], "the ordinary case"
assert selected({"notes": {"item": "tea", "other": "milk"}}, "notes.item") == ["tea"]
assert selected({"item": ["tea"]}, "item.item") == ["tea"]
assert selected([{"item": "tea"}], "item.item") == ["tea"]
assert selected({"a.b": {"c": 1}, "a": {"b": {"c": 2}}}, "a.b.c") == [1, 2]
assert selected({"tags": {"v1.2": 5, "v1": {"2": 6}}}, "tags.v1.2") == [5, 6]
PY
echo 'Still so.'
