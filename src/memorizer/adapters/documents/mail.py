"""E-mail by the standard library: its head, its text, the names of what is attached."""

from collections.abc import Iterator
from email import policy
from email.parser import BytesParser
from typing import Final

from memorizer.adapters.documents.blocks import Block, Rejected, Source
from memorizer.adapters.documents.plain import markdown_blocks
from memorizer.adapters.documents.web import to_markdown

HEAD: Final = ("From", "To", "Cc", "Date")
MAX_ATTACHMENTS: Final = 100


def email(source: Source) -> Iterator[Block]:
    """Yield the head as one block, then the text: the plain one if there are several."""
    with source.path.open("rb") as file:
        parsed = BytesParser(policy=policy.default).parse(file)
    if not any(parsed.get(name) for name in HEAD):
        raise Rejected("It has no head of an e-mail. Is it one, saved as .eml?")
    source.title = " ".join(str(parsed.get("Subject", "")).split()) or None
    lines = [f"{name}: {parsed[name]}" for name in HEAD if parsed.get(name)]
    yield Block("  \n".join(lines))
    body = parsed.get_body(("plain", "html"))
    if body is not None:
        text = str(body.get_content())
        if body.get_content_type() == "text/html":
            text = to_markdown(text)
            yield from markdown_blocks(text)
        else:
            yield from (Block(each) for each in text.replace("\r\n", "\n").split("\n\n"))
    attached = [part.get_filename() or "without a name" for part in parsed.iter_attachments()]
    if attached:
        source.warn(f"{len(attached)} attachments were not read; send them on their own.")
        yield Block("Attachments: " + ", ".join(attached[:MAX_ATTACHMENTS]))
