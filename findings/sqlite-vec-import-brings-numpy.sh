#!/usr/bin/env bash
# Packages: sqlite-vec 0.1.9, numpy 2.4.0. Seen on 2026-11-30.
#
# Guess: `import sqlite_vec` is free. The package has no dependencies, its work is done by a library that
# SQLite loads, and all that one needs of the module is `loadable_path()`, a string.
#
# Seen: where numpy is installed, the import brings all of it along, for one helper that registers arrays.
# Over eighty modules more, a dozen megabytes and some hundredths of a second of each start, before a
# vector is searched. `importlib.util.find_spec("sqlite_vec")` tells the folder of `vec0` without it.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/bare"
python3 -m venv "$tmp/both"
"$tmp/bare/bin/pip" install --quiet --disable-pip-version-check sqlite-vec==0.1.9
"$tmp/both/bin/pip" install --quiet --disable-pip-version-check sqlite-vec==0.1.9 numpy==2.4.0
count='import sys, sqlite_vec; sqlite_vec.loadable_path(); print(sum(m.split(".")[0] == "numpy" for m in sys.modules))'
bare=$("$tmp/bare/bin/python" -c "$count")
both=$("$tmp/both/bin/python" -c "$count")
path='import importlib.util, pathlib, sys; s = importlib.util.find_spec("sqlite_vec"); f = list(pathlib.Path(s.origin).parent.glob("vec0.*")); print(len(f), sum(m.split(".")[0] == "numpy" for m in sys.modules))'
without=$("$tmp/both/bin/python" -c "$path")
echo "modules of numpy after the import: $bare where it is not installed, $both where it is"
echo "files of vec0 and modules of numpy by find_spec: $without"
[ "$bare" = 0 ] && [ "$both" -gt 50 ] && [ "$without" = "1 0" ] && echo 'Still so.'
