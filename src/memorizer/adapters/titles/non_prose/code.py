"""Titles of source code."""

import re
from typing import Final

from memorizer.adapters.titles import shorten

_CODE: Final = re.compile(
    r"[^\n]*[{};]\s*(?://[^\n]*)?$"
    r"|(?:async\s+)?(?:def|class|func|fn|function)\s+[\w$]+[^\n]*[:({]"
    r"|(?:import|package|using|use|require)\s+[\w.:\"'@{*/]+(?:\s+as\s+\w+)?;?$"
    r"|(?:from|import)\s+[\w.\"'{*]+[^\n]*\s(?:import|from)\s[^\n]+$"
    r"|#include\b|#!|@\w+(?:\.\w+)*(?:\([^\n]*)?$|</?\w[^\n]*>$"
    r"|(?:if|for|while|elif|else|try|except|with|match|case)\b[^\n]*:$"
    r"|(?:const|let|var)\s+[\w{$\[][^\n]*[=;]|(?:return|raise|throw|await|yield)\s[^\s.,]+[;()\[]"
    r"|[\w.\[\]\"'$]+(?:\s*:\s*[\w\[\], |.]+)?\s*(?:[-+*/|]?=|:=|=>)\s*\S"
    r"|[\w.$]+\([^\n]*\)$|return\b|[)\]}]+[,;]?$|\$\s+\w"
    r"|(?:SELECT|INSERT\sINTO|UPDATE\s\S+\sSET|DELETE\sFROM|CREATE|ALTER\sTABLE|DROP\sTABLE|FROM"
    r"|WHERE|(?:LEFT\s|INNER\s)?JOIN|GROUP\sBY|ORDER\sBY|LIMIT|VALUES)\s"
)
_MIN_CODE_SHARE: Final = 0.6
"""Share of lines, without comments, that must look like code."""
_COMMENT: Final = re.compile(
    r"(?:///?!?|#(?!!)|--|/\*\*?|\*(?!/)|;;|<!--|\"\"\"|''')\s*(?P<words>\w[^\n]*?)\s*"
    r"(?:\*/|-->|\"\"\"|''')?$"
)
_HOUSEKEEPING: Final = re.compile(
    r"(?i)copyright|licen[cs]e|spdx|eslint|noqa|type:|pragma|pylint|prettier|region\b|vim:|coding[:=]"
)
_DEFINITION: Final = re.compile(
    r"(?m)^\s*(?:(?:export|default|public|private|protected|internal|static|abstract|final|async"
    r"|pub|unsafe|override|sealed|data)\s+){0,5}"
    r"((?:def|class|function\*?|func|fn|interface|struct|enum|trait|impl|module|namespace|record"
    r"|(?:const|let|var|type)(?=\s+[\w$]+\s*=)"
    r"|(?i:CREATE\s+(?:OR\s+REPLACE\s+)?(?:UNIQUE\s+)?(?:TABLE|VIEW|INDEX|FUNCTION|TRIGGER)"
    r"(?:\s+IF\s+NOT\s+EXISTS)?))\s+(?:\([^()\n]*\)\s*)?[\w$.:]+)"
)
_DOCSTRING: Final = re.compile(r"(?m)[^\n]*\n\s*(?:\"\"\"|''')\s*(\w[^\n]*?)\s*(?:\"\"\"|''')?$")
_IMPORT: Final = re.compile(r"(?:import|from|package|using|use|require|#include|#!)\b")


def code_title(text: str) -> str | None:
    """Return the first comment of code, else its docstring, first definition or first line."""
    if not _is_code(text):
        return None
    definition = _DEFINITION.search(text)
    above = text[: definition.start()] if definition else text
    if comment := _comment(above):
        return comment
    if definition is None:
        return _first_line(text)
    docstring = _DOCSTRING.match(text, definition.end())
    return docstring[1] if docstring else definition[1]


def _is_code(text: str) -> bool:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    lines_of_code = [line for line in lines if not _COMMENT.match(line)]
    matches = sum(_CODE.match(line) is not None for line in lines_of_code)
    return matches > 0 and matches >= _MIN_CODE_SHARE * len(lines_of_code)


def _comment(text: str) -> str | None:
    found = (_COMMENT.match(line.strip()) for line in text.splitlines())
    words = (comment["words"] for comment in found if comment)
    return next((w for w in words if " " in w and not _HOUSEKEEPING.search(w)), None)


def _first_line(text: str) -> str | None:
    lines = [line.strip() for line in text.splitlines() if shorten.has_alnum(line)]
    return next((line for line in lines if not _IMPORT.match(line)), next(iter(lines), None))
