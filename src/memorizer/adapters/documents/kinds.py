"""Detects the kind of a document from its file name, and checks it against the content."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import PurePosixPath
from typing import Final

from memorizer.adapters.documents import archives, mail, office, pdf, plain, web
from memorizer.adapters.documents.blocks import Block, Rejected, Source

Convert = Callable[[Source], Iterator[Block]]

EXTRA: Final = (
    "Reading {name} needs the extra `documents`, which is not installed where this worker runs. "
    "Run `pip install '.[documents]'` in the checkout, "
    "or `pip install 'PATH-OF-THE-WHEEL[documents]'`, and retry the job."
)
_MARKDOWN: Final = "text/markdown"
_OPEN_XML: Final = "application/vnd.openxmlformats-officedocument."
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP: Final = b"PK\x03\x04"
_START_BYTES: Final = 1_024


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document; `needs` are modules of the extra, `entry` a file inside an archive."""

    name: str
    media_type: str
    convert: Convert
    needs: tuple[str, ...] = ()
    entry: str = ""

    def require(self) -> None:
        """Raise Rejected if what it needs is not installed."""
        if any(find_spec(module) is None for module in self.needs):
            raise Rejected(EXTRA.format(name=self.name))


_HTML: Final = ("html_to_markdown", "trafilatura")
MARKDOWN: Final = Kind("Markdown", _MARKDOWN, plain.markdown)
TEXT: Final = Kind("text", "text/plain", plain.plain_text)
HTML: Final = Kind("HTML", "text/html", web.html, _HTML)
PDF: Final = Kind("PDF", "application/pdf", pdf.pdf, ("pypdf",))
WORD: Final = Kind(
    "Word",
    f"{_OPEN_XML}wordprocessingml.document",
    office.word,
    ("mammoth", "html_to_markdown"),
    "word/",
)
SLIDES: Final = Kind(
    "PowerPoint", f"{_OPEN_XML}presentationml.presentation", office.slides, ("pptx",), "ppt/"
)
SHEETS: Final = Kind(
    "Excel", f"{_OPEN_XML}spreadsheetml.sheet", office.sheets, ("openpyxl",), "xl/"
)
EPUB: Final = Kind(
    "EPUB",
    "application/epub+zip",
    archives.epub,
    ("html_to_markdown", "defusedxml"),
    "META-INF/container.xml",
)
EMAIL: Final = Kind("e-mail", "message/rfc822", mail.email, ("html_to_markdown",))
CSV: Final = Kind("CSV", "text/csv", plain.separated_values)

_BY_ENDING: Final[Mapping[str, Kind]] = {
    **dict.fromkeys((".md", ".markdown", ".mdx"), MARKDOWN),
    **dict.fromkeys((".txt", ".text", ".log", ".rst", ".adoc", ".org", ".tex"), TEXT),
    **dict.fromkeys((".html", ".htm", ".xhtml"), HTML),
    ".pdf": PDF,
    ".docx": WORD,
    ".pptx": SLIDES,
    ".xlsx": SHEETS,
    ".xlsm": SHEETS,
    ".epub": EPUB,
    ".eml": EMAIL,
    ".csv": CSV,
    ".tsv": CSV,
}
LANGUAGES: Final[Mapping[str, str]] = {
    **{f".{name}": name for name in ("c", "cpp", "css", "go", "hs", "html", "ini", "java", "json")},
    **{f".{name}": name for name in ("lua", "php", "proto", "r", "scala", "scss", "sql", "swift")},
    **{f".{name}": name for name in ("toml", "tsx", "jsx", "vue", "xml", "yaml", "zig", "dart")},
    ".py": "python",
    ".pyi": "python",
    ".js": "javascript",
    ".mjs": "javascript",
    ".ts": "typescript",
    ".h": "c",
    ".hpp": "cpp",
    ".cc": "cpp",
    ".cs": "csharp",
    ".rs": "rust",
    ".rb": "ruby",
    ".kt": "kotlin",
    ".sh": "bash",
    ".bash": "bash",
    ".ps1": "powershell",
    ".pl": "perl",
    ".clj": "clojure",
    ".ex": "elixir",
    ".exs": "elixir",
    ".erl": "erlang",
    ".yml": "yaml",
    ".tf": "hcl",
    ".vb": "vb",
    ".jl": "julia",
    ".m": "matlab",
}
_CODE_NAMES: Final = {"dockerfile": "dockerfile", "makefile": "makefile"}
_BY_MEDIA_TYPE: Final[Mapping[str, Kind]] = {
    kind.media_type: kind
    for kind in (MARKDOWN, TEXT, HTML, PDF, WORD, SLIDES, SHEETS, EPUB, EMAIL, CSV)
} | {"application/xhtml+xml": HTML}
MEDIA_TYPES: Final = frozenset(_BY_MEDIA_TYPE)
ENDINGS: Final = frozenset({*_BY_ENDING, *LANGUAGES})
_REMEDIES: Final[Mapping[str, str]] = {
    **dict.fromkeys((".doc", ".dot", ".rtf", ".odt"), "Save it as .docx."),
    **dict.fromkeys((".ppt", ".odp", ".key"), "Save it as .pptx."),
    **dict.fromkeys((".xls", ".ods", ".numbers"), "Save it as .xlsx or .csv."),
    **dict.fromkeys((".zip", ".tar", ".gz", ".7z", ".rar"), "Unpack it and send the files."),
    ".msg": "Save it as .eml.",
}


def is_known(name: str) -> bool:
    """Whether documents with such a name can be read; for folders, which hold others too."""
    path = PurePosixPath(name.lower())
    return path.suffix in ENDINGS or path.name in _CODE_NAMES


def kind_of(source: Source, media_type: str | None) -> Kind:
    """Return the kind that the name says, or for others the media type. Raises Rejected."""
    path = PurePosixPath(source.name.lower())
    kind = _BY_ENDING.get(path.suffix)
    if kind is None and (language := LANGUAGES.get(path.suffix) or _CODE_NAMES.get(path.name)):
        kind = Kind("source code", "text/plain", partial(plain.source_code, language=language))
    bare = (media_type or "").partition(";")[0].strip().lower()
    if source.url is not None and bare in _BY_MEDIA_TYPE:
        kind = _BY_MEDIA_TYPE[bare]  # the end of an address says nothing: /paper.pdf may be a page
    if kind is None:
        remedy = _REMEDIES.get(
            path.suffix, "Give it the ending of what it is, such as .md or .pdf."
        )
        what = f"Files named {path.suffix!r}" if path.suffix else "Files without an ending"
        raise Rejected(f"{what} cannot be read as documents. {remedy}")
    _check_content(source, kind)
    kind.require()
    return kind


def _check_content(source: Source, kind: Kind) -> None:
    """Raise Rejected for content that contradicts the name."""
    with source.path.open("rb") as file:
        start = file.read(_START_BYTES)
    if start.startswith(_OLE):
        raise Rejected(
            "It is protected by a password, or in the format of Office before 2007. Open it, take "
            "the password away, and save it in today's format."
        )
    is_pdf, is_zip = b"%PDF-" in start, start.startswith(_ZIP)
    if kind is PDF and not is_pdf:
        raise Rejected("It is named as a PDF and is none.")
    if kind.entry:
        if not is_zip:
            raise Rejected(f"It is named as a file of {kind.name} and is none.")
        names = archives.check_archive(source.path)
        if not any(name.startswith(kind.entry) for name in names):
            raise Rejected(f"It is a ZIP archive, but no file of {kind.name}.")
    elif kind is not PDF and (start.startswith(b"%PDF-") or is_zip):
        what = "a PDF" if is_pdf else "a ZIP archive"
        raise Rejected(
            f"It is named as {kind.name} and is {what}. Give it the ending of what it is."
        )
