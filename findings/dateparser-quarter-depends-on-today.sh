#!/usr/bin/env bash
# Package: dateparser 1.5.0. Seen on 2026-11-30.
#
# Guess: "Q3 2025" is parsed to the first day of that quarter, 2025-07-01, or not at all; in any case it
# names a year and a quarter, so what it means does not depend on the day it is read.
#
# Seen: it gives a day in the middle that depends on today: asked on a 30 November, Q3 2025 is
# 2025-08-30, on a 10 June 2025-09-10, on a 1 January 2025-07-01. Today's place within its own
# quarter is carried over. PREFER_DAY_OF_MONTH=first sets the day, and leaves the month floating.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check dateparser==1.5.0
"$tmp/venv/bin/python" -W ignore - <<'PY'
import datetime

import dateparser


def parsed(text: str, today: datetime.datetime, **settings: object) -> str:
    found = dateparser.parse(text, languages=["en"], settings={"RELATIVE_BASE": today, **settings})
    print(f"read on {today:%F}: {text} is {found:%F} {settings or ''}")
    return f"{found:%F}"


days = [datetime.datetime(2026, *day) for day in ((11, 30), (6, 10), (1, 1))]
assert [parsed("3 July 2025", day) for day in days] == ["2025-07-03"] * 3, "the ordinary case"
assert [parsed("Q3 2025", day) for day in days] == ["2025-08-30", "2025-09-10", "2025-07-01"]
first = [parsed("Q3 2025", day, PREFER_DAY_OF_MONTH="first") for day in days]
assert first == ["2025-08-01", "2025-09-01", "2025-07-01"]
PY
echo 'Still so.'
