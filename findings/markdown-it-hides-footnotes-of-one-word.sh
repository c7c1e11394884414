#!/usr/bin/env bash
# Package: markdown-it-py 4.3.0. Seen on 2026-12-01.
#
# Guess: without a plugin for footnotes, `[^1]: ...` is no syntax, so that the note's text is in the
# tokens as it was written, marker and all, and links like [[Tea]] can be taken from there.
#
# Seen: that depends on how many words the footnote has. "[^1]: See [[Tea]]" is a paragraph. "[^1]:
# [[Tea]]" (or one bare address, or any one word) is CommonMark's definition of a link called ^1, whose
# target is that word: no token has it as text, and if `[^1]` does not stand in the note, no token has it
# at all. It is in `env["references"]` alone, percent-encoded.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check markdown-it-py==4.3.0
"$tmp/venv/bin/python" - <<'PY'
from markdown_it import MarkdownIt


def texts(note: str) -> tuple[list[str], list[str]]:
    env: dict = {}
    tokens = MarkdownIt("commonmark").parse(note, env)
    found = [child.content for token in tokens for child in token.children or () if child.type == "text"]
    targets = [reference["href"] for reference in env.get("references", {}).values()]
    print(f"{note!r}: text {found}, references {targets}")
    return found, targets


found, targets = texts("Green.[^1]\n\n[^1]: See [[Tea]]")
assert "[[Tea]]" in "".join(found) and not targets, "the ordinary case"
for word, target in (("[[Tea]]", "%5B%5BTea%5D%5D"), ("https://example.com", "https://example.com"), ("Milk", "Milk")):
    assert texts(f"Green.\n\n[^1]: {word}") == (["Green."], [target])
    assert texts(f"Green.[^1]\n\n[^1]: {word}") == (["Green.", "^1"], [target])
PY
echo 'Still so.'
