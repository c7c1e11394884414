#!/usr/bin/env bash
# Package: python-frontmatter 1.3.0. Seen on 2026-11-30.
#
# Guess: `dumps(loads(note))` is the note, up to the order and style of its head: a note without a head
# stays without, and a head that is YAML but no mapping (a list, a line of text between two rules) is
# either kept as text or an error.
#
# Seen: a note without a head gets one, `---`, `{}`, `---`. A head that is a list or a line of text is
# dropped: it is in neither the metadata nor the content, and written back the note has lost it, without
# an error. So a horizontal rule as the first line of a note takes all down to the next rule with it.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check python-frontmatter==1.3.0
"$tmp/venv/bin/python" - <<'PY'
import frontmatter


def round_trip(note: str) -> tuple[dict, str]:
    post = frontmatter.loads(note)
    again = frontmatter.dumps(post)
    print(f"{note!r}\n  metadata {post.metadata}, written back {again!r}")
    return post.metadata, again


metadata, again = round_trip("---\ntitle: Tea\n---\n\nGreen.")
assert metadata == {"title": "Tea"} and again == "---\ntitle: Tea\n---\n\nGreen.", "the ordinary case"
metadata, again = round_trip("Green.")
assert metadata == {} and again == "---\n{}\n---\n\nGreen.", "stays without a head now"
for head in ("- tea\n- milk", "Bought on Monday", "Bought on Monday\n\nand paid in cash"):
    metadata, again = round_trip(f"---\n{head}\n---\n\nGreen.")
    assert metadata == {} and head not in again and "Monday" not in again and "milk" not in again, "kept now"
PY
echo 'Still so.'
