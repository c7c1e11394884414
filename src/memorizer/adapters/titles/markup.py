"""Removes the markup of Markdown and HTML from a text; its words stay in their order.

Texts may mix both, be cut anywhere or be neither, so this is no parser: CommonMark would read
indented lines as code, and `<names>` as HTML. Repetitions in patterns are bounded: a text of
nothing but brackets must not take minutes.
"""

import re
from collections.abc import Iterator
from re import Match
from typing import Final

_FRONT_MATTER: Final = re.compile(r"(?s)\A---[ \t]*\n(.{0,2000}?)\n---[ \t]*(?:\n|\Z)")
_NAMED_TITLE: Final = re.compile(r"(?im)^(?:title|subject)[ \t]*:[ \t]*(\S.*)$")
_FENCE: Final = re.compile(
    r"(?ms)^[ \t]*(?P<fence>`{3,}|~{3,})[^\n`]*"
    r"(?:\n(?P<code>.*?))?(?:^[ \t]*(?P=fence)[`~]*[ \t]*$|\Z)"
)
_HASH_HEADING: Final = re.compile(r"(?m)^ {0,3}(#{1,6})[ \t]+(\S[^\n]*)$")
_UNDERLINED: Final = re.compile(
    r"(?:\A|\n[ \t]*\n)[ \t]*(?P<line>\S[^\n]{0,200})\n(?P<rule>={3,}|-{3,})[ \t]*(?=\n|\Z)"
)
_HTML_HEADING: Final = re.compile(
    r"(?is)<(?P<tag>title|h[1-6])\b[^<>]{0,200}>(?P<line>.{1,300}?)</(?P=tag)>"
)
_SECTION: Final = re.compile(
    r"(?i)\W*(?:action items|agenda|attendees|background|changes|conclusions?|consequences|context"
    r"|decisions?|description|details|examples?|follow-?ups|goals?|installation|introduction"
    r"|motivation|next steps|notes|overview|prerequisites|problem|references|requirements|results?"
    r"|section|set-?up|solution|status|steps|summary|to-?do|troubleshooting|usage)\W*"
)
"""Headings below the first level that name a part of a text, not its subject."""

_HIDDEN: Final = re.compile(r"(?is)<!--.*?(?:-->|\Z)|<(script|style)\b[^<>]{0,500}>.*?(?:</\1>|\Z)")
_STRUCK_OUT: Final = re.compile(
    r"(?is)(?<![\w~])~~(?=[^\s~])[^\n~]{0,299}~~(?![\w~])|<(del|s|strike)>.{0,300}?</\1>"
)
"""What no longer holds."""
_REFERENCE: Final = re.compile(r"(?m)^ {0,3}\[[^\]\n]{1,80}\]:[ \t]*\S[^\n]*$")
_FOOTNOTE: Final = re.compile(r"\[\^[^\]\s]{1,20}\]")
_IMAGE: Final = re.compile(r"!\[[^\[\]]{0,300}\](?:\([^()]{0,500}\)|\[[^\[\]]{0,80}\])")
_LINK: Final = re.compile(r"\[([^\[\]]{1,300})\](?:\([^()]{0,500}\)|\[[^\[\]]{0,80}\])")
_AUTOLINK: Final = re.compile(r"<((?:https?|mailto):[^<>\s]{1,500})>")
_TAG: Final = re.compile(
    r"(?i)</?(?:a|abbr|article|b|blockquote|body|br|button|caption|center|cite|code|dd|del|details"
    r"|div|dl|dt|em|figure|footer|form|h[1-6]|head|header|hr|html|i|img|input|ins|kbd|label|li|link"
    r"|main|mark|meta|nav|ol|p|pre|q|s|samp|section|small|span|strong|sub|summary|sup|svg|table"
    r"|tbody|td|th|thead|title|tr|u|ul|var)(?:\s[^<>]{0,500})?/?>|<!doctype[^<>]{0,100}>",
)
_EMPHASIS: Final = re.compile(
    r"(?<![\w*_~])(?P<mark>\*{1,3}|_{1,3}|~~)(?=[^\s*_~])(?P<words>[^\n]{0,299}?[^\s*_~])"
    r"(?P=mark)(?![\w*_~])"
)
_DUNDER: Final = re.compile(r"__[a-z][a-z0-9_]*__")
"""A Python name such as __init__, not a word in bold."""
_ESCAPE: Final = re.compile(r"\\([\\`*_{}\[\]()#+.!|<>~-])")
_ENTITY: Final = re.compile(r"&(amp|lt|gt|quot|apos|nbsp|#39);")
_ENTITIES: Final = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "nbsp": " "}
_WORD: Final = re.compile(r"\w")
_WORD_OR_MARK: Final = re.compile(r"[\w\[<!]")


def heading(text: str) -> str | None:
    """Return the title in front matter or a `title:` line, else the first heading, else None."""
    front = _FRONT_MATTER.match(text)
    if front and (named := _NAMED_TITLE.search(front[1])):
        return named[1]
    text = text[front.end() :] if front else text
    if named := _NAMED_TITLE.match(text.lstrip()):
        return named[1]
    return min(_headings(without_fences(text)), default=(0, None))[1]


def without_fences(text: str) -> str:
    """Return the text without its fenced code."""
    return _FENCE.sub("\n", text)


def fenced(text: str) -> str:
    """Return the first fenced code, or an empty text."""
    return next((fence["code"] for fence in _FENCE.finditer(text) if fence["code"]), "")


def plain(text: str) -> str:
    """Return the text without markup, link targets and hidden parts; backticks stay."""
    for pattern in (_FRONT_MATTER, _HIDDEN, _FENCE, _REFERENCE):
        text = pattern.sub("\n", text)
    for pattern in (_STRUCK_OUT, _FOOTNOTE, _IMAGE, _TAG):
        text = pattern.sub(_gap, text)
    text = _AUTOLINK.sub(_unwrapped, _LINK.sub(_unwrapped, text))
    for _ in range(2):  # emphasis within emphasis
        text = _EMPHASIS.sub(_without_emphasis, text)
    text = _ENTITY.sub(lambda found: _ENTITIES.get(found[1], "'"), text)
    return _ESCAPE.sub(r"\1", text)


def _headings(text: str) -> Iterator[tuple[int, str]]:
    for found in _HASH_HEADING.finditer(text):
        line = _without_closing_hashes(found[2].rstrip())
        if len(found[1]) == 1 or not _SECTION.fullmatch(line):
            yield found.start(), line
    for found in _UNDERLINED.finditer(text):
        if found["rule"][0] == "=" or not _SECTION.fullmatch(found["line"]):
            yield found.start(), found["line"]
    for found in _HTML_HEADING.finditer(text):
        yield found.start(), found["line"]


def _without_closing_hashes(line: str) -> str:
    body = line.rstrip("#")
    return body.rstrip() if body.endswith((" ", "\t")) else line


def _without_emphasis(found: Match[str]) -> str:
    return found[0] if _DUNDER.fullmatch(found[0]) else found["words"]


def _unwrapped(found: Match[str]) -> str:
    """Return the inner text, with spaces where it would join words around it."""
    before, after = _touches(found)
    return " " * before + found[1] + " " * after


def _gap(found: Match[str]) -> str:
    return " " if all(_touches(found)) else ""


def _touches(found: Match[str]) -> tuple[bool, bool]:
    """Whether a word ends right before the match, and whether one may begin right after."""
    text, start, end = found.string, found.start(), found.end()
    before = start > 0 and _WORD.match(text, start - 1) is not None
    return before, _WORD_OR_MARK.match(text, end) is not None
