"""Finds links, typed relations and tags in the Markdown of a note.

Blocks are found by CommonMark's rules; what is in code, HTML or a comment has neither links nor
tags. Inside of a block one pass blanks these, and another finds the rest: each takes time that
grows with the length, which full parsers of Markdown do not promise.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from memorizer.domain.memories import MAX_LABEL

LINKS_TO: Final = "links_to"
_MAX_NESTING: Final = 60
"""Levels of Markdown's blocks, two for each list; what is deeper is passed over."""
_BLANK: Final = "\0"
"""Stands for what is code, comment or escaped."""

_BLOCKS: Final = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING})
_BLOCKS.core.ruler.enableOnly(["normalize", "block"])
_FOOTNOTE: Final = re.compile(r"^ {0,3}\[\^[^\]\n]{1,100}\]:", re.MULTILINE)
"""CommonMark takes one of a single word for the target of a link."""
_LEAVES: Final = {"fence", "code_block", "html_block", "hr"}
_NEEDS_BLOCKS: Final = re.compile(r"`|~~~|<|\t| {4}|%%|\]:|^ {0,3}>", re.MULTILINE)
"""Without one of these every line stands for itself: nothing is code, a comment or HTML."""
_CODE_IN_HTML: Final = re.compile(r"\s*<(?:pre|script|style|textarea|code)\b", re.IGNORECASE)
_MARKED: Final = re.compile(r"\[\[|\]\(|\]:|#[^\s#]")
"""Without one of these there is neither a link nor a tag."""
_BACKTICKS: Final = re.compile("`+")
_PRIVATE: Final = "%%"
_COMMENT_END: Final = "-->"
_CODE_ETC: Final = re.compile(
    r"""(?P<code>`+)|(?P<escape>\\[][#!\\`<%])|(?P<comment><!--)|(?P<private>%%)"""
    r"""|(?<!\()</?[A-Za-z][^<>]{0,2000}>""",
)
_WIKI_LINK: Final = re.compile(r"(!?)\[\[([^\[\]\n\0]+)\]\]")
_LINK: Final = re.compile(
    r"\]\([ \t]*(?:<([^<>\n]*)>|([^\s()<>\0]*(?:\([^\s()<>\0]*\)[^\s()<>\0]*)*))"
)
_LINK_WITH_BLANKS: Final = re.compile(
    r"\]\([ \t]*([^\s()<>\"\0][^\n()<>\"\0]{0,500}?\.(?:md|markdown))"
    r"(?:#[^\n()<>\"\0]{0,500})?[ \t]*(?:\"[^\"\n]*\"[ \t]*)?\)",
    re.IGNORECASE,
)
"""No link by CommonMark, but people write it."""
_TAGS: Final = re.compile(r"(?<![^\s(\[,;:>*_])#[^\s\[\](){}<>\"'`,;!?|\\*\0]+")
_TAG_OF_WORDS: Final = re.compile(r"(?<!\S)#\[\[([^\[\]\n\0]+)\]\]")  # Logseq's
_NOT_AT_THE_END: Final = ".:;,!?…*_~=&-"
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|#|\?")
_RELATION: Final = re.compile(
    r"""("(?:[^"\\]|\\.)+"|'[^']+'|[^\s\[\]"'\0]+)"""  # its type
    r"[ \t]+\[\[([^\[\]\n\0]+)\]\](.*)"  # its target, and what follows
)
_REST: Final = re.compile(r"(?:[ \t]*+\(.*\))?(?:[ \t]++#\S++)*+[ \t]*+")
_ITEM: Final = re.compile(r"[ \t]*(?:[-*+]|\d+[.)])[ \t]++(.*)")


@dataclass(frozen=True, slots=True)
class Link:
    """A link to another file, its target as it is written."""

    type: str
    target: str
    is_path: bool = False
    """Whether it is a Markdown link: relative to the file, percent-encoding undone."""
    is_embed: bool = False


@dataclass(slots=True)
class Markup:
    """What a text has, in its order; repeated as often as it is there."""

    links: list[Link] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)


def parse(text: str) -> Markup:
    """Find links and tags."""
    found = Markup()
    if not _MARKED.search(text):
        return found
    if _NEEDS_BLOCKS.search(text):
        _blocks(text, found)
    else:
        for line in text.splitlines():
            if _MARKED.search(line):
                plain, _ = _without_code(line, in_private=False)
                item = _ITEM.fullmatch(plain)
                _lines(item[1] if item else plain, found, is_item=item is not None)
    return found


def _blocks(text: str, found: Markup) -> None:
    environment: dict[str, dict[str, dict[str, str]]] = {}
    has_private = text.count(_PRIVATE) > 1  # one alone opens nothing
    is_item, in_private = False, False
    for token in _BLOCKS.parse(_FOOTNOTE.sub("", text), environment):
        if token.type == "list_item_open":
            is_item = True
        elif token.type == "inline" or _is_prose(token):
            content = token.content if has_private else token.content.replace(_PRIVATE, _BLANK)
            if has_private or _MARKED.search(content):
                plain, in_private = _without_code(content, in_private=in_private)
                _lines(plain, found, is_item=is_item)
            is_item = False
        elif token.type in _LEAVES:
            is_item = False
    for reference in environment.get("references", {}).values():
        found.links += _path(reference["href"])


def _is_prose(token: Token) -> bool:
    return token.type == "html_block" and not _CODE_IN_HTML.match(token.content)


def relations(lines: str) -> list[Link]:
    """Find the relations and links in lines of our own export, where nothing else stands."""
    found = Markup()
    for line in lines.splitlines():
        item = _ITEM.fullmatch(line)
        _lines(item[1] if item else line, found, is_item=item is not None)
    return found.links


def is_relative(target: str) -> bool:
    """Whether the target of a Markdown link is a file, not an address or a heading."""
    return bool(target) and not _SCHEME.match(target)


def name_of(target: str) -> str:
    """Return a wiki link's target without alias, heading and block."""
    name = re.split(r"\\?\||#|\^", target, maxsplit=1)[0]
    return " ".join(name.split())


def _lines(text: str, found: Markup, *, is_item: bool) -> None:
    """Add what a block has; the first line of a list item may be a relation."""
    for number, line in enumerate(text.split("\n")):
        if is_item and number == 0 and (relation := _relation(line)):
            found.links.append(relation)
        elif "]" in line:  # the text of a link may have begun a line before
            found.links += _links(line)
        if "#" in line:
            found.tags += _tags(line)


def _links(line: str) -> Iterator[Link]:
    for embed, target in _WIKI_LINK.findall(line):
        if name := name_of(target):
            yield Link(LINKS_TO, name, is_embed=bool(embed))
    for target in _LINK_WITH_BLANKS.findall(line):
        if " " in target:
            yield from _path(target)
    for bracketed, bare in _LINK.findall(line):
        yield from _path(bracketed or bare)


def _path(target: str) -> Iterator[Link]:
    if is_relative(target):
        path = unquote(re.split(r"[#?]", target, maxsplit=1)[0])
        yield Link(LINKS_TO, path, is_path=True)


def _relation(line: str) -> Link | None:
    relation = _RELATION.fullmatch(line.strip())
    if relation is None or not _REST.fullmatch(relation[3]):
        return None
    type_ = _unquoted(relation[1]).removesuffix("::").strip()  # as Dataview writes fields
    name = name_of(relation[2])
    return Link(type_, name) if 0 < len(type_) <= MAX_LABEL and name else None


def _unquoted(type_: str) -> str:
    if type_.startswith('"'):
        try:
            return str(json.loads(type_, strict=False)).strip()
        except ValueError:
            return type_[1:-1].strip()
    return type_.strip("'").strip()


def _tags(line: str) -> Iterator[str]:
    """Yield tags without their #: words up to a blank, not only digits, several if joined."""
    yield from (" ".join(words.split()) for words in _TAG_OF_WORDS.findall(line))
    for word in _TAGS.findall(_LINK.sub(" ", _WIKI_LINK.sub(" ", line))):
        for tag in word.split("#"):
            plain = tag.rstrip(_NOT_AT_THE_END)
            if any(c.isalpha() or not c.isascii() for c in plain):
                yield plain


def _without_code(text: str, *, in_private: bool) -> tuple[str, bool]:
    """Blank code, HTML, comments and escaped signs, all but their line ends.

    Obsidian's comments (between %%) may go on in the next block: then the second value is true.
    """
    runs = _runs(text)
    parts: list[str] = []
    at = 0
    while at < len(text):
        start = at
        if not in_private:
            mark = _CODE_ETC.search(text, at)
            start = mark.start() if mark else len(text)
            parts.append(text[at:start])
            if mark is None:
                break
            at = mark.end()
            if mark.lastgroup != "private":
                at = _end(text, mark, runs)
        if in_private or text.startswith(_PRIVATE, start):
            end = text.find(_PRIVATE, at)
            in_private = end < 0
            at = len(text) if in_private else end + len(_PRIVATE)
        parts.append(_BLANK + "\n" * text.count("\n", start, at))
    return "".join(parts), in_private


def _runs(text: str) -> dict[int, list[int]]:
    """Where runs of backticks begin, by their length; under 0, where the last comment ends."""
    runs: dict[int, list[int]] = {0: [text.rfind(_COMMENT_END)]}
    for run in _BACKTICKS.finditer(text):
        runs.setdefault(len(run[0]), []).append(run.start())
    return runs


def _end(text: str, mark: re.Match[str], runs: dict[int, list[int]]) -> int:
    """Return where code, a comment or a tag ends; right behind its mark where it is not closed."""
    match mark.lastgroup:
        case "code":
            length = mark.end() - mark.start()
            later = runs[length]
            number = bisect_right(later, mark.start())
            return later[number] + length if number < len(later) else mark.end()
        case "comment":
            end = -1 if runs[0][0] < mark.end() else text.find(_COMMENT_END, mark.end())
            return mark.end() if end < 0 else end + len(_COMMENT_END)
        case _:
            return mark.end()
