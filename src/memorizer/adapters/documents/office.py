"""Word by mammoth, PowerPoint by python-pptx, Excel by openpyxl."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Any, Final

from memorizer.adapters.documents.blocks import Block, Source
from memorizer.adapters.documents.plain import markdown_blocks, table
from memorizer.adapters.documents.web import to_markdown

STYLE_MAP: Final = """
p[style-name='Title'] => h1:fresh
p[style-name='Code'] => pre:separator('\\n')
comment-reference => sup
"""
MAX_COLUMNS: Final = 500
MAX_GROUP_DEPTH: Final = 10
_SHOWN_WARNINGS: Final = 5


def word(source: Source) -> Iterator[Block]:
    """Yield a Word document by its headings; it has no pages before it is printed."""
    import mammoth  # noqa: PLC0415 - an extra

    with source.path.open("rb") as file:
        result = mammoth.convert_to_html(
            file,
            style_map=STYLE_MAP,
            convert_image=mammoth.images.img_element(lambda _image: {"src": ""}),
        )
    for message in result.messages[:_SHOWN_WARNINGS]:
        if "style" not in message.message:
            source.warn(message.message[:200])
    yield from markdown_blocks(to_markdown(result.value))


def slides(source: Source) -> Iterator[Block]:
    """Yield a presentation, slide by slide, with its notes; hidden slides are left out."""
    from pptx import Presentation  # noqa: PLC0415 - an extra

    presentation = Presentation(str(source.path))
    found = list(presentation.slides)
    source.check_pages(len(found), "slides")
    source.title = presentation.core_properties.title or None
    for number, slide in enumerate(found, start=1):
        source.report(number, len(found))
        if slide.element.get("show") == "0":
            source.warn(f"The hidden slide {number} was left out.")
            continue
        title = slide.shapes.title
        heading = title.text_frame.text.strip() if title is not None else ""
        yield Block(heading or f"Slide {number}", 1, number)
        for shape in slide.shapes:
            if title is None or shape.shape_id != title.shape_id:
                yield from _shape(shape, number)
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            notes = slide.notes_slide.notes_text_frame.text.strip()
            yield Block(f"Notes: {notes}" if notes else "", page=number)


def _shape(shape: Any, page: int, depth: int = 0) -> Iterator[Block]:
    if getattr(shape, "shapes", None) is not None:
        for inner in shape.shapes if depth < MAX_GROUP_DEPTH else ():
            yield from _shape(inner, page, depth + 1)
    elif shape.has_text_frame:
        lines = (
            f"{'  ' * each.level}- {''.join(run.text for run in each.runs)}"
            for each in shape.text_frame.paragraphs
            if any(run.text.strip() for run in each.runs)
        )
        yield Block("\n".join(lines), page=page)
    elif getattr(shape, "has_table", False):
        rows = ([cell.text for cell in row.cells] for row in shape.table.rows)
        for block in table(rows, page=page):
            yield Block(block.text, page=page)


def sheets(source: Source) -> Iterator[Block]:
    """Yield a workbook, sheet by sheet; `line` is the row."""
    from openpyxl import load_workbook  # noqa: PLC0415 - an extra

    # an open file, because openpyxl refuses paths by their endings
    with source.path.open("rb") as file:
        workbook = load_workbook(file, read_only=True, data_only=True)
        found = workbook.worksheets
        source.check_pages(len(found), "sheets")
        source.title = workbook.properties.title or None
        for number, sheet in enumerate(found, start=1):
            sheet.reset_dimensions()  # a wrong one would hide rows
            hidden = "" if sheet.sheet_state == "visible" else " (hidden)"
            yield Block(f"{sheet.title}{hidden}", 1, number)
            yield from table(_rows(source, sheet), page=number)
            source.report(number, len(found))


def _rows(source: Source, sheet: Any) -> Iterator[Sequence[str]]:
    for row in sheet.iter_rows(values_only=True):
        if len(row) > MAX_COLUMNS:
            source.warn(f"Only the first {MAX_COLUMNS} columns of {sheet.title!r} were read.")
        yield [_cell(value) for value in row[:MAX_COLUMNS]]


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)
