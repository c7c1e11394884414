#!/usr/bin/env bash
# Packages: openpyxl 3.1.5, python-pptx 1.0.2. Seen on 2026-11-30.
#
# Guess: a reader of Office files looks at the content, which is a zip archive with a fixed layout; what
# the file is called, such as the name of a spooled upload without an ending, does not matter.
#
# Seen: python-pptx reads a path of any name. openpyxl refuses the same workbook when its path does not
# end in .xlsx, .xlsm, .xltx or .xltm ("does not support file format") and reads it when it is handed
# over as an open file, whose name it does not ask for.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check openpyxl==3.1.5 python-pptx==1.0.2
cd "$tmp"
"$tmp/venv/bin/python" - <<'PY'
import shutil

import openpyxl
import pptx
from openpyxl.utils.exceptions import InvalidFileException

workbook = openpyxl.Workbook()
workbook.active["A1"] = "kept"
workbook.save("book.xlsx")
shutil.copy("book.xlsx", "upload-7")
slides = pptx.Presentation()
slides.save("slides.pptx")
shutil.copy("slides.pptx", "upload-8")

assert openpyxl.load_workbook("book.xlsx").active["A1"].value == "kept", "the ordinary case"
assert len(pptx.Presentation("upload-8").slides) == 0, "another reader takes any name"
try:
    openpyxl.load_workbook("upload-7")
except InvalidFileException as error:
    print("upload-7 by its path:", error)
else:
    raise SystemExit("the name does not matter any more")
with open("upload-7", "rb") as file:
    assert openpyxl.load_workbook(file).active["A1"].value == "kept"
    print("upload-7 as an open file: read")
PY
echo 'Still so.'
