#!/usr/bin/env bash
# Package: gray-matter 4.0.3 (npm). Seen on 2026-12-01.
#
# Guess: `matter(text)` is a function of its text: a head that is no YAML throws each time it is asked
# for, and what the caller does to the `data` it got is the caller's own.
#
# Seen: without options, files are kept by their text in a cache that the whole process shares. The text
# that threw does not throw the second time: `data` is {} and the head is in `content`, so a retry, or a
# second note with that text, passes. And `data` is handed out uncopied: a tag pushed onto one result is
# in the next result of the same text. With any options, be they {}, neither happens.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
npm install --silent --no-audit --no-fund --no-package-lock --cache "$tmp/cache" gray-matter@4.0.3
cat > finding.mjs <<'JS'
import assert from "node:assert/strict";

import matter from "gray-matter";

const BROKEN = "---\ntitle: [Tea\n---\nGreen.";
const TAGGED = "---\ntags: [tea]\n---\nGreen.";

function read(label, ...options) {
  let got;
  try {
    const { data, content } = matter(BROKEN, ...options);
    got = JSON.stringify({ data, content });
  } catch (error) {
    got = error.name;
  }
  console.log(`a head that is no YAML, ${label}: ${got}`);
  return got;
}

assert.equal(read("options, once", {}), "YAMLException", "the ordinary case");
assert.equal(read("options, twice", {}), "YAMLException", "the ordinary case");
assert.equal(read("no options, once"), "YAMLException", "the ordinary case");
assert.deepEqual(JSON.parse(read("no options, twice")), { data: {}, content: BROKEN });

for (const [options, after] of [[[{}], ["tea"]], [[], ["tea", "added by the caller"]]]) {
  matter(TAGGED, ...options).data.tags.push("added by the caller");
  const tags = matter(TAGGED, ...options).data.tags;
  console.log(`the tags of the next result, ${options.length ? "options" : "no options"}:`, tags);
  assert.deepEqual(tags, after);
}
JS
node finding.mjs
echo 'Still so.'
