"""Every kind of document is read; a hostile one fails alone, in bounded memory."""

import asyncio
import re
import sys
from pathlib import Path

import pytest

from memorizer.adapters.documents.child_converter import ChildConverter
from memorizer.domain.documents import ConvertedDocument
from memorizer.domain.errors import DocumentRejected
from support.document_files import DOCUMENTS, HOSTILE, MARK, deep_mail, nested_html, pdf
from support.waiting import HANG_SECONDS

MEMORY_BYTES = 600_000_000
CONVERTER = ChildConverter(HANG_SECONDS, MEMORY_BYTES, max_pages=40)
PARALLEL = 3


async def silent(_done: int, _total: int) -> None:
    """Nobody looks."""


async def convert(
    folder: Path, name: str, content: bytes, converter: ChildConverter = CONVERTER
) -> ConvertedDocument:
    file = folder / "document"
    file.write_bytes(content)
    return await converter.convert(file, name, None, silent)


async def outcomes(folder: Path, files: dict[str, bytes]) -> dict[str, ConvertedDocument | str]:
    """What became of each file, or why it was refused."""
    slots = asyncio.Semaphore(PARALLEL)

    async def one(number: int, name: str, content: bytes) -> ConvertedDocument | str:
        place = folder / str(number)
        place.mkdir()
        async with slots:
            try:
                return await convert(place, name, content)
            except DocumentRejected as error:
                return str(error)

    found = await asyncio.gather(*(one(n, *each) for n, each in enumerate(files.items())))
    return dict(zip(files, found, strict=True))


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


async def test_every_kind_of_document_is_read(tmp_path: Path) -> None:
    found = await outcomes(tmp_path, {name: make() for name, make in DOCUMENTS.items()})
    for name, document in found.items():
        assert isinstance(document, ConvertedDocument), (name, document)
        assert MARK in "\n".join(part.text for part in document.parts), name
        assert document.title, name

    def text(name: str) -> str:
        document = found[name]
        assert isinstance(document, ConvertedDocument)
        return "\n".join(part.text for part in document.parts)

    assert "10^6^" in text("letter.docx")
    assert "10^6^" in text("page.html")
    assert not {"Menu", "alert(1)"} & set(text("page.html").split())
    assert "Nobody sees this" not in text("talk.pptx")
    assert "Say it slowly" in text("talk.pptx")
    assert "| 007 | 12 | 2026-09-01 |" in text("figures.xlsx")
    assert "| 007 | 12 |" in text("table.csv")
    assert "```python" in text("farm.py")
    assert "From: ada@example.org" in text("message.eml")
    titles = {name: each.title for name, each in found.items() if not isinstance(each, str)}
    assert titles["notes.md"] == titles["letter.docx"] == titles["message.eml"] == "Harvest"
    assert titles["book.epub"] == "A year on the farm"


async def test_pages_and_the_outline_of_a_pdf_give_parts_their_place(tmp_path: Path) -> None:
    running = "Farm report 2026"
    pages = [f"{running}\n{word}\nSee next in-\nternational page." for word in ("a", "b", "c", "d")]
    document = await convert(tmp_path, "report.pdf", pdf(*pages))
    assert [part.page for part in document.parts] == [1, 2, 3, 4]
    assert "international" in document.parts[0].text
    titles = [part.title for part in document.parts]
    assert len(set(titles)) == len(titles)


async def test_a_hostile_document_fails_alone_and_writes_nothing(tmp_path: Path) -> None:
    files = {name: make() for name, (make, _) in HOSTILE.items()}
    found = await outcomes(tmp_path, files)
    for name, (_, said) in HOSTILE.items():
        refusal = found[name]
        assert isinstance(refusal, str), name
        assert re.search(said, refusal), (name, refusal)
    assert files_in(tmp_path) == {f"{number}/document" for number in range(len(files))}


@pytest.mark.parametrize(
    ("name", "content"), [("deep.html", nested_html()), ("deep.eml", deep_mail())]
)
async def test_deep_nesting_is_read_or_refused(tmp_path: Path, name: str, content: bytes) -> None:
    [document] = (await outcomes(tmp_path, {name: content})).values()
    assert isinstance(document, str) or document.parts


async def test_a_document_that_takes_too_long_is_refused(tmp_path: Path) -> None:
    hasty = ChildConverter(0.01, MEMORY_BYTES, max_pages=40)
    with pytest.raises(DocumentRejected, match="longer than"):
        await convert(tmp_path, "notes.md", b"text", hasty)


async def test_a_converter_without_enough_memory_is_that_documents_failure(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux limits the memory of a process")
    tight = ChildConverter(HANG_SECONDS, 60_000_000, max_pages=40)
    with pytest.raises(DocumentRejected, match="memory"):
        await convert(tmp_path, "notes.txt", b"words and more \n\n" * 500_000, tight)
