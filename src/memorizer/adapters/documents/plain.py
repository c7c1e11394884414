"""Texts: Markdown, plain text, source code and tables of values."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

from markdown_it import MarkdownIt

from memorizer.adapters.documents.blocks import Block, Rejected, Source
from memorizer.adapters.formats.decoding import DAMAGED, FALLBACK, decode

MAX_CELLS: Final = 1_000_000
TABLE_CHARACTERS: Final = 4_000
"""Of one piece of a table, which repeats its head."""
_CODE_CHARACTERS: Final = 3_000
_FRONT_MATTER: Final = re.compile(r"\A---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_TITLE: Final = re.compile(r"^title:[ \t]*['\"]?(.+?)['\"]?[ \t]*$", re.MULTILINE)
_SAMPLE: Final = 8_192


def read_text(source: Source) -> str:
    """Return the file's text with plain line ends. Raises Rejected for what is no text."""
    content = source.path.read_bytes()
    text, encoding = decode(content)
    if "\0" in text[:_SAMPLE] or _looks_binary(text):
        raise Rejected(
            "Its name says that it is text, but it is not. Give the file the ending of what it is."
        )
    if encoding == FALLBACK:
        source.warn("It is not UTF-8 and was read as Windows-1252.")
    elif encoding == DAMAGED:
        source.warn("Some of its bytes are no UTF-8 and were replaced.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def markdown(source: Source) -> Iterator[Block]:
    """Blocks of a Markdown file; what its head says of a title is its title."""
    text = read_text(source)
    first_line = 1
    if head := _FRONT_MATTER.match(text):
        if found := _TITLE.search(head[1]):
            source.title = found[1]
        first_line += head[0].count("\n")
        text = text[head.end() :]
    yield from markdown_blocks(text, first_line=first_line)


def markdown_blocks(
    text: str, *, page: int | None = None, first_line: int | None = None
) -> Iterator[Block]:
    """Blocks of Markdown, by their lines if the number of the first one is given."""
    lines = text.split("\n")
    parser = MarkdownIt("commonmark").enable("table").disable(["inline", "reference"])
    for token, content in _top_level(parser.parse(text)):
        if token.map is None:
            continue
        start, end = token.map
        line = None if first_line is None else first_line + start
        if token.type == "heading_open":
            yield Block(content, int(token.tag[1:]), page, line)
        else:
            yield Block("\n".join(lines[start:end]), page=page, line=line)


def _top_level(tokens: Sequence[Any]) -> Iterator[tuple[Any, str]]:
    """Each block of the outermost level, with the text of what follows its opening."""
    for number, token in enumerate(tokens):
        if token.level == 0 and token.nesting >= 0:
            inline = tokens[number + 1].content if token.type == "heading_open" else ""
            yield token, inline


def plain_text(source: Source) -> Iterator[Block]:
    """Yield the paragraphs of a text."""
    yield from _paragraphs(read_text(source))


def _paragraphs(text: str) -> Iterator[Block]:
    lines, start = list[str](), 1
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            if not lines:
                start = number
            lines.append(line)
        elif lines:
            yield Block("\n".join(lines), line=start)
            lines = []
    if lines:
        yield Block("\n".join(lines), line=start)


def source_code(source: Source, language: str) -> Iterator[Block]:
    """Code in fences, cut at blank lines before a line that is not indented."""
    source.title = source.name
    text = read_text(source)
    fence = "`" * (max((len(run) for run in re.findall("`{3,}", text)), default=2) + 1)
    lines, start, characters = list[str](), 1, 0
    for number, line in enumerate(text.split("\n"), start=1):
        is_new = not lines or (not lines[-1].strip() and line[:1].strip())
        if lines and ((characters > _CODE_CHARACTERS and is_new) or characters > TABLE_CHARACTERS):
            yield _code(lines, language, fence, start)
            lines, start, characters = [], number, 0
        lines.append(line)
        characters += len(line) + 1
    if any(line.strip() for line in lines):
        yield _code(lines, language, fence, start)


def _code(lines: Sequence[str], language: str, fence: str, start: int) -> Block:
    text = "\n".join(lines).rstrip()
    return Block(f"{fence}{language}\n{text}\n{fence}" if text.strip() else "", line=start)


def separated_values(source: Source) -> Iterator[Block]:
    """Yield the rows of a CSV file as tables."""
    text = read_text(source)
    sample = text[:_SAMPLE]
    try:
        dialect: Any = csv.Sniffer().sniff(sample, delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel_tab if "\t" in sample else csv.excel
    csv.field_size_limit(1_000_000)
    try:
        yield from table(csv.reader(io.StringIO(text), dialect))
    except csv.Error as error:
        raise Rejected(f"It is no table of values: {error}.") from error


def table(rows: Iterable[Sequence[str]], *, page: int | None = None) -> Iterator[Block]:
    """Rows as Markdown tables, each with the first row as its head. Raises Rejected if too many."""
    head: str | None = None
    lines, start, characters, cells = list[str](), 1, 0, 0
    for number, row in enumerate(rows, start=1):
        cells += len(row)
        if cells > MAX_CELLS:
            raise Rejected(f"It has more than {MAX_CELLS:,} cells. Split the table.")
        if not any(cell.strip() for cell in row):
            continue
        line = _row(row)
        if head is None:
            head = f"{line}\n{_row(['---'] * len(row))}"
            continue
        if not lines:
            start = number
        lines.append(line)
        characters += len(line)
        if characters > TABLE_CHARACTERS:
            yield Block("\n".join([head, *lines]), page=page, line=start)
            lines, characters = [], 0
    if head is not None and (lines or start == 1):
        yield Block("\n".join([head, *lines]), page=page, line=start)


def _row(cells: Iterable[str]) -> str:
    kept = (" ".join(cell.split()).replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(kept)} |"


def _looks_binary(text: str) -> bool:
    """Whether more than a few characters of the beginning are controls."""
    sample = text[:_SAMPLE]
    controls = sum(1 for c in islice(sample, _SAMPLE) if c < " " and c not in "\n\r\t\f\x1b\b")
    return controls > len(sample) // 50
