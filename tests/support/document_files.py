"""Documents of all kinds, made by the libraries that read them or by hand, also hostile ones."""

import zipfile
import zlib
from collections.abc import Callable
from datetime import date
from email.message import EmailMessage
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from pptx import Presentation
from pypdf import PdfReader, PdfWriter

Make = Callable[[], bytes]
MARK = "The harvest was twelve tonnes."
"""A sentence that is in each of them."""


def word() -> bytes:
    """A heading, a paragraph, a table; as Word writes it."""
    head = "<w:document xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'>"
    body = (
        "<w:body><w:p><w:pPr><w:pStyle w:val='Heading1'/></w:pPr>"
        "<w:r><w:t>Harvest</w:t></w:r></w:p>"
        f"<w:p><w:r><w:t>{MARK} It took 10</w:t></w:r>"
        "<w:r><w:rPr><w:vertAlign w:val='superscript'/></w:rPr><w:t>6</w:t></w:r></w:p></w:body>"
    )
    styles = (
        "<w:styles xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'>"
        "<w:style w:type='paragraph' w:styleId='Heading1'><w:name w:val='heading 1'/></w:style>"
        "</w:styles>"
    )
    return archive(
        {
            "[Content_Types].xml": _TYPES,
            "_rels/.rels": _RELATIONSHIPS,
            "word/document.xml": f"{head}{body}</w:document>",
            "word/styles.xml": styles,
            "word/_rels/document.xml.rels": _STYLES,
        }
    )


_TYPES = (
    "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'>"
    "<Default Extension='rels' "
    "ContentType='application/vnd.openxmlformats-package.relationships+xml'/>"
    "<Default Extension='xml' ContentType='application/xml'/></Types>"
)
_OF = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_RELATIONSHIPS = (
    f"<Relationships xmlns='{_PACKAGE}'><Relationship Id='1' Type='{_OF}/officeDocument' "
    "Target='word/document.xml'/></Relationships>"
)
_STYLES = (
    f"<Relationships xmlns='{_PACKAGE}'><Relationship Id='1' Type='{_OF}/styles' "
    "Target='styles.xml'/></Relationships>"
)


def slides() -> bytes:
    """Two slides, the second one hidden."""
    presentation = Presentation()
    for title, text in (("Harvest", MARK), ("Hidden", "Nobody sees this.")):
        slide = presentation.slides.add_slide(presentation.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = text
    presentation.slides[0].notes_slide.notes_text_frame.text = "Say it slowly."
    presentation.slides[1].element.set("show", "0")
    return saved(presentation.save)


def sheets(rows: int = 3) -> bytes:
    """A sheet with numbers that look like texts, and a date."""
    book = Workbook()
    sheet: Any = book.active
    sheet.title = "Harvest"
    sheet.append(["Code", "Tonnes", "Day", "Remark"])
    for _ in range(rows):
        sheet.append(["007", 12, date(2026, 9, 1), MARK])
    return saved(book.save)


def pdf(*pages: str, password: str | None = None) -> bytes:
    """Pages of lines in Helvetica, with the first line of each in the outline."""
    writer = PdfWriter(PdfReader(BytesIO(_plain_pdf(pages or (f"Harvest\n{MARK}",)))))
    for number, page in enumerate(pages):
        if page:
            writer.add_outline_item(title=page.split("\n")[0], page_number=number)
    if password is not None:
        writer.encrypt(password, algorithm="AES-256")
    return saved(writer.write)


def _plain_pdf(pages: tuple[str, ...]) -> bytes:
    kids = " ".join(f"{3 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
    ]
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    for number, page in enumerate(pages):
        lines = "".join(f"({line}) Tj 0 -20 Td " for line in page.split("\n"))
        stream = f"BT /F1 12 Tf 72 720 Td {lines} ET"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {4 + 2 * number} 0 R "
            f"/Resources << /Font << /F1 {font} >> >> >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    out, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n".encode()
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    return (
        out
        + (
            f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\n"
            f"startxref\n{len(out)}\n%%EOF\n"
        ).encode()
    )


def epub() -> bytes:
    """A book whose chapter has a blank in its name."""
    package = (
        "<package xmlns='http://www.idpf.org/2007/opf' xmlns:dc='http://purl.org/dc/elements/1.1/'>"
        "<metadata><dc:title>A year on the farm</dc:title></metadata><manifest>"
        "<item id='a' href='ch%201.xhtml' media-type='application/xhtml+xml'/></manifest>"
        "<spine><itemref idref='a'/></spine></package>"
    )
    container = (
        "<container xmlns='urn:oasis:names:tc:opendocument:xmlns:container'><rootfiles>"
        "<rootfile full-path='OEBPS/book.opf'/></rootfiles></container>"
    )
    return archive(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": container,
            "OEBPS/book.opf": package,
            "OEBPS/ch 1.xhtml": f"<html><body><h1>Harvest</h1><p>{MARK}</p></body></html>",
        }
    )


def mail() -> bytes:
    """With an attachment."""
    message = EmailMessage()
    message["Subject"] = "Harvest"
    message["From"] = "ada@example.org"
    message["Date"] = "Tue, 01 Sep 2026 10:00:00 +0000"
    message.set_content(f"Hello,\n\n{MARK}\n")
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="more.pdf")
    return message.as_bytes()


HTML = (
    f"<html><head><title>Harvest</title><style>p {{}}</style></head><body><nav>Menu</nav>"
    f"<h1>Harvest</h1><p>{MARK} 10<sup>6</sup></p><script>alert(1)</script></body></html>"
).encode()
CODE = f'"""Harvest."""\n\n\ndef tonnes():\n    return "{MARK}"\n'.encode()


def archive(files: dict[str, str | bytes]) -> bytes:
    """A ZIP of these files."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return out.getvalue()


def saved(save: Callable[[BytesIO], object]) -> bytes:
    out = BytesIO()
    save(out)
    return out.getvalue()


DOCUMENTS: dict[str, Make] = {
    "notes.md": f"---\ntitle: Harvest\n---\n\n{MARK}\n".encode,
    "notes.txt": lambda: f"Harvest\r\n\r\n{MARK}\r\n".encode("utf-16"),
    "page.html": lambda: HTML,
    "farm.py": lambda: CODE,
    "table.csv": f"Code;Tonnes;Remark\n007;12;{MARK}\n".encode,
    "paper.pdf": pdf,
    "letter.docx": word,
    "talk.pptx": slides,
    "figures.xlsx": sheets,
    "book.epub": epub,
    "message.eml": mail,
}


def bomb(name: str, size: int) -> bytes:
    """An archive whose file expands to this size, written without ever holding it."""
    out = BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made,
        made.open(name, "w", force_zip64=True) as entry,
    ):
        block = bytes(2**20)
        for _ in range(size // len(block) + 1):
            entry.write(block)
    return out.getvalue()


def pretended(name: str, size: int) -> bytes:
    """An archive whose directory says that its file is so large."""
    made = archive({name: "x"})
    at = made.rindex(b"PK\x01\x02") + 24
    return made[:at] + size.to_bytes(4, "little") + made[at + 4 :]


def pdf_bomb(size: int) -> bytes:
    """A page whose content expands to this size."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(2**20)) for _ in range(size // 2**20)) + packer.flush()
    page = (
        b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
        b"2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n"
        b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>\nendobj\n"
    )
    stream = f"4 0 obj\n<< /Length {len(packed)} /Filter /FlateDecode >>\nstream\n".encode()
    return page + stream + packed + b"\nendstream\nendobj\ntrailer\n<< /Root 1 0 R /Size 5 >>\n"


def entities() -> bytes:
    """An EPUB whose package is a billion laughs."""
    laughs = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10 if n else 'ha'}'>" for n in range(10))
    package = f"<!DOCTYPE p [{laughs}]><package><metadata>&l9;</metadata></package>"
    container = "<container><rootfile full-path='b.opf'/></container>"
    return archive({"META-INF/container.xml": container, "b.opf": package})


def nested_html(depth: int = 200_000) -> bytes:
    return b"<div>" * depth + b"x" + b"</div>" * depth


def wide_sheet() -> bytes:
    """More cells than are read."""
    rows = "1;2;3;4;5;6;7;8;9;10\n" * 100_001
    return rows.encode()


def deep_mail(depth: int = 2_000) -> bytes:
    head = b"From: a@example.org\n"
    for number in range(depth):
        head += b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (number, number)
    return head + b"\ntext\n"


HOSTILE: dict[str, tuple[Make, str]] = {
    "bomb.docx": (lambda: bomb("word/document.xml", 20_000_000), "expands"),
    "bomb.epub": (lambda: bomb("META-INF/container.xml", 10_000_000), "expands"),
    "bomb.pdf": (lambda: pdf_bomb(100_000_000), "no text|damaged|memory"),
    "large.pptx": (lambda: pretended("ppt/a.xml", 400_000_000), "expand to"),
    "laughs.epub": (entities, "XML"),
    "huge.csv": (wide_sheet, "cells"),
    "locked.pdf": (lambda: pdf("a", password=MARK), "password"),
    "locked.docx": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "password"),
    "picture.pdf": (lambda: pdf(""), "OCR"),
    "many.pdf": (lambda: pdf(*["x"] * 41), "41 pages"),
    "text.pdf": (lambda: b"only text", "named as a PDF"),
    "pdf.md": (pdf, "is a PDF"),
    "zip.txt": (word, "is a ZIP"),
    "word.xlsx": (word, "no file of Excel"),
    "binary.txt": (lambda: bytes(range(256)) * 20, "not"),
    "cut.docx": (lambda: word()[:-300], "damaged"),
    "cut.xlsx": (lambda: sheets()[:2_000], "damaged"),
    "empty.html": (lambda: b"<html></html>", "no text"),
    "old.doc": (lambda: b"x", r"\.docx"),
    "photo.png": (lambda: b"\x89PNG", "ending"),
    "no ending": (lambda: b"x", "ending"),
    "not.eml": (lambda: b"just words", "head of an e-mail"),
}
"""Each with what is said of it."""
