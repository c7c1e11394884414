"""PDF by pypdf: the text of each page, headings from the outline."""

import logging
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, BinaryIO, Final
from unicodedata import normalize

from memorizer.adapters.documents.blocks import Block, Rejected, Source

MIN_PAGES_FOR_RUNNING_LINES: Final = 4
MAX_OUTLINE: Final = 5_000
MAX_OUTLINE_DEPTH: Final = 6
_HYPHEN: Final = re.compile("(?<=\\w)[-\u2010\u00ad]\n(?=[a-z\u00df-\u00f6\u00f8-\u00ff])")
_LIGATURES: Final = re.compile("[\ufb00-\ufb06]")


def pdf(source: Source) -> Iterator[Block]:
    """Yield a block for each paragraph of each page, behind the headings that begin on it."""
    with source.path.open("rb") as file:
        yield from _blocks(source, file)


def _blocks(source: Source, file: BinaryIO) -> Iterator[Block]:
    from pypdf import PdfReader  # noqa: PLC0415 - an extra
    from pypdf.errors import DependencyError, PyPdfError  # noqa: PLC0415

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(file)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Rejected("It is protected by a password. Save it without one, and send it again.")
        pages = len(reader.pages)
    except DependencyError as error:
        raise Rejected(f"It is encrypted in a way that cannot be read here: {error}") from error
    except PyPdfError as error:
        raise Rejected(f"It is damaged, or no PDF: {error}") from error
    source.check_pages(pages, "pages")
    with suppress(Exception):  # whatever is wrong with its facts, the text may be fine
        source.title = (reader.metadata and reader.metadata.title) or None
    texts = [_page_text(source, reader, number, pages) for number in range(pages)]
    if not any(text.strip() for text in texts):
        raise Rejected(
            "It has no text: its pages are pictures, as scanners make them. Run text recognition "
            "(OCR) on it first, for example with `ocrmypdf`, and send the result."
        )
    if empty := sum(not text.strip() for text in texts):
        source.warn(f"{empty} of {pages} pages have no text; pictures are not read.")
    headings = _outline(reader)
    for number, text in enumerate(_without_running_lines(texts)):
        for level, heading in headings.get(number, ()):
            yield Block(heading, level, number + 1)
        for paragraph in re.split(r"\n\s*\n", text):
            yield Block(paragraph, page=number + 1)


def _page_text(source: Source, reader: Any, number: int, pages: int) -> str:
    try:
        text = str(reader.pages[number].extract_text())
    except (MemoryError, RecursionError):
        raise
    except Exception as error:  # noqa: BLE001 - a page can be broken in any way; the others are not
        source.warn(f"Page {number + 1} could not be read ({type(error).__name__}).")
        text = ""
    source.report(number + 1, pages)
    text = _LIGATURES.sub(lambda found: normalize("NFKC", found[0]), text)
    return _HYPHEN.sub("", text)


def _without_running_lines(texts: list[str]) -> list[str]:
    """Return the pages without first and last lines that are on more than half of them."""
    if len(texts) < MIN_PAGES_FOR_RUNNING_LINES:
        return texts
    pages = [text.split("\n") for text in texts]
    ends = Counter(line for lines in pages for line in {*map(_shape, (lines[0], lines[-1]))})
    running = {line for line, count in ends.items() if line and count > len(texts) / 2}
    return ["\n".join(_inner(lines, running)) for lines in pages]


def _inner(lines: list[str], running: set[str]) -> list[str]:
    start = 1 if _shape(lines[0]) in running else 0
    end = len(lines) - 1 if len(lines) > 1 and _shape(lines[-1]) in running else len(lines)
    return lines[start:end]


def _shape(line: str) -> str:
    """Return a line without the number of its page."""
    return re.sub(r"\d+", "#", line.strip())


def _outline(reader: Any) -> Mapping[int, list[tuple[int, str]]]:
    """Headings with their levels, by page from 0."""
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    with suppress(Exception):  # a broken outline costs the headings only
        _collect(reader, reader.outline, 1, found)
    return found


def _collect(
    reader: Any, entries: Any, level: int, found: dict[int, list[tuple[int, str]]]
) -> None:
    for entry in entries:
        if isinstance(entry, list):
            if level < MAX_OUTLINE_DEPTH:
                _collect(reader, entry, level + 1, found)
            continue
        if sum(map(len, found.values())) >= MAX_OUTLINE:
            return
        number = reader.get_destination_page_number(entry)
        if number is not None and number >= 0 and entry.title:
            found[number].append((level, str(entry.title)))
