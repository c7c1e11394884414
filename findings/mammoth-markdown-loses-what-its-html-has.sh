#!/usr/bin/env bash
# Packages: mammoth 1.13.0, python-docx 1.2.0 (to make the document). Seen on 2026-12-01.
#
# Guess: `convert_to_markdown` of mammoth gives the document that `convert_to_html` gives, in Markdown's
# spelling; what Markdown cannot say is left as HTML or is in `messages`, which tell even of a paragraph
# style without a rule.
#
# Seen: tables come out as one paragraph per cell, with no row, no column and no heading, so that "Green",
# "80" and "Black", "95" stand in a line under each other; and struck text reads as if it still held.
# `messages` has nothing of either. The HTML has both, as <table> and <s>.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check mammoth==1.13.0 python-docx==1.2.0
cd "$tmp"
"$tmp/venv/bin/python" - <<'PY'
import docx
import mammoth

document = docx.Document()
document.add_heading("Tea", 1)
table = document.add_table(0, 2)
for row in (("Green", "80"), ("Black", "95")):
    for cell, text in zip(table.add_row().cells, row):
        cell.text = text
paragraph = document.add_paragraph("Brew it for ")
paragraph.add_run("ten").font.strike = True
paragraph.add_run(" three").bold = True
document.add_paragraph("Said the seller.", style="Intense Quote")
document.save("tea.docx")

with open("tea.docx", "rb") as file:
    html = mammoth.convert_to_html(file)
    file.seek(0)
    markdown = mammoth.convert_to_markdown(file)
print(html.value, markdown.value, [message.message for message in markdown.messages], sep="\n")
assert "<table><tr><td><p>Green</p></td><td><p>80</p></td></tr>" in html.value and "<s>ten</s>" in html.value
assert "# Tea" in markdown.value and "__ three__" in markdown.value, "the ordinary case"
assert "Green\n\n80\n\nBlack\n\n95\n\n" in markdown.value and "Brew it for ten" in markdown.value
told = " ".join(message.message for message in markdown.messages)
assert "Intense Quote" in told, "the ordinary case"
assert "table" not in told and "strike" not in told, "told now"
PY
echo 'Still so.'
