#!/usr/bin/env bash
# Packages: apsw 3.54.1.0 (SQLite 3.54.1, FTS5), snowballstemmer 3.1.1. Seen on 2026-11-30.
#
# Guess: "porter" names one published algorithm, without parameters, so terms stemmed by
# snowballstemmer's `porter` (say, on the way to another index) are the terms that FTS5's tokenizer
# `porter` stores.
#
# Seen: they agree on most words, but not on the families in -ology/-ologies and -ibly: FTS5 stores
# `technolog`, `possibl` where snowballstemmer gives `technologi`, `possibli`. (FTS5 has the two rules
# that Porter added after his paper, snowballstemmer's `porter` is the paper.) So in snowballstemmer's
# porter `technology` and `technological` do not meet, in FTS5 they do.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check apsw==3.54.1.0 snowballstemmer==3.1.1
"$tmp/venv/bin/python" - <<'PY'
import apsw
import snowballstemmer

ORDINARY = "meetings agreed generally skies dying argument relational hopefulness adjustable running".split()
APART = """
analogy anthology apology archaeology astrology chronology ideology
methodology psychology sociology technology terminology possibly visibly incredibly
sensibly horribly flexibly responsibly terribly audibly
""".split()

db = apsw.Connection(":memory:")
db.execute("CREATE VIRTUAL TABLE texts USING fts5(text, tokenize='porter')")
db.execute("CREATE VIRTUAL TABLE terms USING fts5vocab(texts, instance)")
snowball = snowballstemmer.stemmer("porter")


def fts5(word: str) -> str:
    db.execute("DELETE FROM texts")
    db.execute("INSERT INTO texts VALUES (?)", (word,))
    return db.execute("SELECT term FROM terms").fetchone()[0]


for word in ORDINARY:
    assert fts5(word) == snowball.stemWord(word), word
print(f"the same stem: {len(ORDINARY)} ordinary words")
for word in APART:
    ours, theirs = fts5(word), snowball.stemWord(word)
    print(f"{word}: FTS5 {ours}, snowballstemmer {theirs}")
    assert ours != theirs, f"{word} has one stem now"
assert fts5("technology") == fts5("technological")
assert snowball.stemWord("technology") != snowball.stemWord("technological")
PY
echo 'Still so.'
