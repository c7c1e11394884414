#!/usr/bin/env bash
# Package: basic-memory 0.24.1, which needs Python 3.12 or newer (PYTHON=python3.12 says which).
# Seen on 2026-11-30.
#
# Guess: `basic-memory reindex` reads the Markdown files and rebuilds the index from them; the files are
# the truth and stay as they are, byte by byte.
#
# Seen: the first reindex writes into every note. A note with a head gets a `permalink`, an empty line
# after the head, and loses the line feed at its end; a note without a head gets one with title, type
# and permalink. Notes under version control or open in an editor are all changed. A second reindex
# leaves them.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -c 'import sys; sys.exit(sys.version_info < (3, 12))' || { echo 'needs PYTHON=python3.12 or newer'; exit 2; }
"${PYTHON:-python3}" -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check basic-memory==0.24.1
mkdir -p "$tmp/home/notes" "$tmp/before"
printf -- '---\ntitle: Tea\ntype: note\ntags:\n- drink\n---\n# Tea\n\nGreen.\n' > "$tmp/home/notes/tea.md"
printf '# Plain\n\nNo head.\n' > "$tmp/home/notes/plain.md"
cp "$tmp"/home/notes/*.md "$tmp/before"

reindex() {
  env HOME="$tmp/home" BASIC_MEMORY_HOME="$tmp/home/notes" BASIC_MEMORY_SEMANTIC_SEARCH_ENABLED=false \
    "$tmp/venv/bin/basic-memory" reindex > "$tmp/log" 2>&1 || { tail -5 "$tmp/log"; exit 1; }
}
reindex
for note in tea plain; do
  echo "$note.md:"
  diff "$tmp/before/$note.md" "$tmp/home/notes/$note.md" && { echo 'not changed any more'; exit 1; }
  grep -q '^permalink: ' "$tmp/home/notes/$note.md"
  [ -n "$(tail -c 1 "$tmp/home/notes/$note.md")" ] # no line feed at the end
done
cp "$tmp"/home/notes/*.md "$tmp/before"
reindex
cmp "$tmp/before/tea.md" "$tmp/home/notes/tea.md"
cmp "$tmp/before/plain.md" "$tmp/home/notes/plain.md"
echo 'Still so.'
