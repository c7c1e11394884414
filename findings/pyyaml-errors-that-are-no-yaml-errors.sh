#!/usr/bin/env bash
# Packages: PyYAML 6.0.4, python-frontmatter 1.3.0 (PyPI); js-yaml 5.5.0, gray-matter 4.0.3 (npm).
# Seen on 2026-12-01.
#
# Guess: the head of a note fails to load only where it is no YAML, and then with `yaml.YAMLError`; a
# value that looks like a date and is none, `due: 2026-02-30`, is kept as text, as `due: soon` is.
#
# Seen: the 30th of February raises a bare ValueError out of `safe_load` (and out of python-frontmatter,
# whose whole note is lost by it), so `except yaml.YAMLError` lets it through. The same head is text for
# js-yaml 5 and the 2nd of March for gray-matter. And `sign: =`, YAML that both of those take, is an error
# of PyYAML, which has a type for a lone equals sign and no constructor for it.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check PyYAML==6.0.4 python-frontmatter==1.3.0
npm install --silent --no-audit --no-fund --no-package-lock --cache "$tmp/cache" js-yaml@5.5.0 gray-matter@4.0.3
"$tmp/venv/bin/python" - <<'PY'
import datetime

import frontmatter
import yaml


def load(head: str, *, note: bool = False) -> object:
    try:
        found = frontmatter.loads(f"---\n{head}\n---\nGreen.").metadata if note else yaml.safe_load(head)
    except Exception as error:
        found = type(error)
    print(f"{'python-frontmatter' if note else 'PyYAML'}: {head!r} is {found}")
    return found


for note in (False, True):
    assert load("due: soon", note=note) == {"due": "soon"}, "the ordinary case"
    assert load("due: 2026-02-28", note=note) == {"due": datetime.date(2026, 2, 28)}, "the ordinary case"
    assert issubclass(load("due: [soon", note=note), yaml.YAMLError), "the ordinary case"
    refused = load("due: 2026-02-30", note=note)
    assert refused is ValueError and not issubclass(refused, yaml.YAMLError)
    assert load("sign: =", note=note) is yaml.constructor.ConstructorError
    assert load("sign: ==", note=note) == {"sign": "=="}
PY
cat > finding.mjs <<'JS'
import assert from "node:assert/strict";

import matter from "gray-matter";
import { load } from "js-yaml";

const readers = { "js-yaml": load, "gray-matter": (head) => matter(`---\n${head}\n---\nGreen.`, {}).data };
for (const [reader, due] of [["js-yaml", "2026-02-30"], ["gray-matter", "2026-03-02T00:00:00.000Z"]]) {
  for (const [head, value] of [["due: soon", { due: "soon" }], ["sign: =", { sign: "=" }], ["due: 2026-02-30", { due }]]) {
    const found = JSON.parse(JSON.stringify(readers[reader](head)));
    console.log(`${reader}: '${head}' is`, found);
    assert.deepEqual(found, value);
  }
}
JS
node finding.mjs
echo 'Still so.'
