"""Files that are ZIP archives: checked before anything in them is expanded, and EPUB."""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote
from zipfile import BadZipFile, ZipFile

from memorizer.adapters.documents.blocks import Block, Rejected, Source
from memorizer.adapters.documents.plain import markdown_blocks
from memorizer.adapters.documents.web import to_markdown

MAX_ENTRIES: Final = 10_000
MAX_EXPANDED_BYTES: Final = 300_000_000
MAX_ENTRY_RATIO: Final = 200
"""XML of office programs rarely shrinks to less than a fiftieth."""
RATIO_FROM_BYTES: Final = 5_000_000
_ENCRYPTED: Final = 0x1
_CONTAINER: Final = "META-INF/container.xml"


def check_archive(path: Path) -> list[str]:
    """Return the names in an archive. Raises Rejected for one that would expand too far."""
    try:
        with ZipFile(path) as archive:
            entries = archive.infolist()
    except (BadZipFile, NotImplementedError, ValueError) as error:
        raise Rejected(f"It is damaged: {error}. Save it again with its program.") from error
    if len(entries) > MAX_ENTRIES:
        raise Rejected(f"It has {len(entries):,} files inside; at most {MAX_ENTRIES:,} are read.")
    expanded = sum(entry.file_size for entry in entries)
    if expanded > MAX_EXPANDED_BYTES:
        raise Rejected(
            f"It would expand to {expanded:,} bytes; at most {MAX_EXPANDED_BYTES:,} are read."
        )
    for entry in entries:
        if entry.flag_bits & _ENCRYPTED:
            raise Rejected("It is protected by a password. Save it without one.")
        ratio = entry.file_size / max(entry.compress_size, 1)
        if entry.file_size > RATIO_FROM_BYTES and ratio > MAX_ENTRY_RATIO:
            raise Rejected(
                f"It expands {ratio:,.0f} times, as only bombs do: {entry.filename[:100]!r}."
            )
    return [entry.filename for entry in entries]


def epub(source: Source) -> Iterator[Block]:
    """Yield the chapters of a book in the order of its spine; a chapter counts as a page."""
    with ZipFile(source.path) as archive:
        try:
            chapters = _spine(source, archive)
        except (KeyError, ValueError) as error:
            raise Rejected(f"It is no whole EPUB: {error}.") from error
        source.check_pages(len(chapters), "chapters")
        for number, name in enumerate(chapters, start=1):
            try:
                text = archive.read(name).decode("utf-8", "replace")
            except KeyError:
                source.warn(f"The chapter {name!r} is missing.")
                continue
            yield from markdown_blocks(to_markdown(text), page=number)
            source.report(number, len(chapters))


def _spine(source: Source, archive: ZipFile) -> list[str]:
    """Return the names of the chapters, and the title. Raises KeyError, ValueError."""
    if "META-INF/encryption.xml" in archive.namelist():
        source.warn("Some of it may be encrypted by its publisher.")
    container = _parse(archive.read(_CONTAINER))
    root = next((e for e in container.iter() if _local(e) == "rootfile"), None)
    if root is None:
        raise ValueError("it names no book")
    package_path = root.get("full-path", "")
    package = _parse(archive.read(package_path))
    title = next((e.text for e in package.iter() if _local(e) == "title" and e.text), None)
    source.title = title
    folder = posixpath.dirname(package_path)
    items = {
        e.get("id"): posixpath.normpath(posixpath.join(folder, unquote(e.get("href", ""))))
        for e in package.iter()
        if _local(e) == "item" and re.search("html", e.get("media-type", ""))
    }
    wanted = (e.get("idref") for e in package.iter() if _local(e) == "itemref")
    return [items[each] for each in wanted if each in items]


def _parse(content: bytes) -> Any:
    """Parse XML without entities. Raises ValueError."""
    from defusedxml.common import DefusedXmlException  # noqa: PLC0415 - an extra
    from defusedxml.ElementTree import ParseError, fromstring  # noqa: PLC0415

    try:
        return fromstring(content, forbid_dtd=False, forbid_entities=True)
    except (ParseError, DefusedXmlException) as error:
        raise ValueError(f"its XML cannot be read ({error})") from error


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]
