#!/usr/bin/env bash
# Package: dateparser 1.5.0. Seen on 2026-11-30.
#
# Guess: `search_dates` on an English note, with `languages=["en"]`, finds the dates that a reader would,
# and errs at worst on "may", "march", "sat" and "sun", which are English words and names of dates.
#
# Seen: it takes the pronoun "we" for Wednesday. "What do we know?" has a date, and so has every sentence
# in which its writers speak of themselves: "they", "you", "us" and "me" have none.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check dateparser==1.5.0
"$tmp/venv/bin/python" -W ignore - <<'PY'
import datetime

from dateparser.search import search_dates

BASE = {"RELATIVE_BASE": datetime.datetime(2026, 11, 30, 12)}  # a Monday


def found(text: str) -> list[tuple[str, str]]:
    dates = search_dates(text, languages=["en"], settings=BASE) or []
    print(f"{text!r}: {[(words, f'{day:%A %F}') for words, day in dates]}")
    return [(words, f"{day:%A}") for words, day in dates]


assert found("Ada said on Wednesday that it works") == [("on Wednesday", "Wednesday")], "the ordinary case"
for text in ("They talked about it", "What do you know?", "Let us go there", "up to me"):
    assert found(text) == [], "the ordinary case"
for text in ("We talked about it", "What do we know?", "Ada and I think we should go"):
    assert [day for _, day in found(text)] == ["Wednesday"], "no date now"
PY
echo 'Still so.'
