"""HTML: fragments that other converters make, saved pages, and pages of the web."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Final

from memorizer.adapters.documents.blocks import Block, Source
from memorizer.adapters.documents.plain import markdown_blocks, read_text

MIN_CHARACTERS: Final = 200
"""Trafilatura says little of very short pages: less than this is converted as a whole."""
_TITLE: Final = re.compile(r"<title[^<>]*>([^<]*)</title>", re.IGNORECASE)
_SURROUNDINGS: Final = ["nav", "footer", "aside", "script", "style", "noscript", "template"]


def to_markdown(html: str) -> str:
    """Convert a fragment, without pictures that are inside of it."""
    from html_to_markdown import ConversionOptions, convert  # noqa: PLC0415 - an extra

    options = ConversionOptions(
        sup_symbol="^",  # otherwise 10 to the sixth becomes 106
        sub_symbol="~",
        extract_metadata=False,
        skip_images=True,
        exclude_selectors=_SURROUNDINGS,
        default_title=False,
    )
    return convert(html, options).content or ""


def html(source: Source) -> Iterator[Block]:
    """Blocks of a page: its main text if that can be told, else all but its navigation."""
    text = read_text(source)
    if found := _TITLE.search(text[:200_000]):
        source.title = " ".join(unescape(found[1]).split()) or None
    main = _main_text(text, source.url) if source.url else ""
    yield from markdown_blocks(main if len(main) >= MIN_CHARACTERS else to_markdown(text))


def _main_text(text: str, url: str) -> str:
    from trafilatura import extract  # noqa: PLC0415 - an extra

    return (
        extract(
            text,
            url=url,
            output_format="markdown",
            include_links=True,
            include_tables=True,
            include_comments=False,
        )
        or ""
    )
