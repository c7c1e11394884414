"""Titles of texts that nobody wrote as prose: addresses, JSON, traces, code."""

import re
from typing import Final

from memorizer.adapters.titles import shorten

_ADDRESS: Final = re.compile(r"(?i)<?[a-z][a-z0-9+.-]{1,20}://(?:www\.)?(?P<rest>[^\s?#<>]+)\S*")

_KEY: Final = re.compile(r'"([^"\\\n]{1,60})"\s*:')
_TELLING_VALUE: Final = re.compile(
    r'"(?:title|name|subject|summary|headline|message|description|text|content|question|label)"'
    r'\s*:\s*"([^"\\\n]{1,400})'
)
_STRING: Final = re.compile(r'"([^"\\\n]{1,200})"')
_MOST_KEYS: Final = 8

_SETTING: Final = re.compile(
    r"\s*-?\s*[\"']?(?P<key>[a-z][\w.-]{0,60})[\"']?:(?:\s+\S[^\n]{0,80})?"
)
_FEW_SETTINGS: Final = 3

_TRACE: Final = re.compile(
    r"(?m)^[ \t]*(?:Traceback \(most recent call last\)|(?<=[ \t])at \S[^\n]*\([^\n]*\)[ \t]*$"
    r"|File \"[^\"\n]+\", line \d+|goroutine \d+ \[|stack backtrace:|Caused by: )"
)
_ERROR: Final = re.compile(
    r"(?m)^[ \t]*(?:Caused by: |Uncaught |Unhandled |Exception in thread \"[^\"\n]*\" )?"
    r"([\w$.:]{0,200}(?:Error|Exception|Interrupt|Exit|Warning|Fault)\b[^\n]*"
    r"|panic: [^\n]*|thread '[^'\n]*' panicked at [^\n]*)$"
)

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
_MOSTLY: Final = 0.6
"""Of the lines, comments not counted, must look like code."""
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


def of_address(text: str) -> str | None:
    """The first address of a text of nothing but addresses, without what a reader skips."""
    lines = [_ADDRESS.fullmatch(line.strip()) for line in text.split()]
    return lines[0]["rest"] if lines and lines[0] and all(lines) else None


def of_json(text: str) -> str | None:
    """What JSON calls itself, else its keys or its strings."""
    if text.lstrip()[:1] not in {"{", "["}:
        return None
    keys = list(dict.fromkeys(_KEY.findall(text)))[:_MOST_KEYS]
    if keys and (telling := _TELLING_VALUE.search(text)):
        return telling[1]
    return ", ".join(keys or _STRING.findall(text)[:_MOST_KEYS]) or None


def of_settings(text: str) -> str | None:
    """The names of the outermost settings, if all lines are settings as in YAML."""
    lines = [line for line in text.splitlines() if line.strip() and line.lstrip()[0] not in "#-"]
    settings = [_SETTING.fullmatch(line) for line in lines]
    if len(lines) < _FEW_SETTINGS or not all(settings):
        return None
    outermost = [found["key"] for found in settings if found and not found[0][0].isspace()]
    return ", ".join(dict.fromkeys(outermost[:_MOST_KEYS])) or None


def of_trace(text: str) -> str | None:
    """The error of a stack trace: Python writes it last, all others first."""
    errors = _ERROR.findall(text) if _TRACE.search(text) else []
    return errors[-1 if "Traceback (" in text else 0] if errors else None


def before_trace(text: str) -> str:
    """What somebody wrote above a stack trace; the whole text when there is no trace."""
    starts = [found.start() for part in (_TRACE, _ERROR) if (found := part.search(text))]
    return text[: min(starts)] if _TRACE.search(text) else text


def of_code(text: str) -> str | None:
    """What code says it does, else the name it defines, else its first line."""
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
    telling = [line for line in lines if not _COMMENT.match(line)]
    signs = sum(_CODE.match(line) is not None for line in telling)
    return signs > 0 and signs >= _MOSTLY * len(telling)


def _comment(text: str) -> str | None:
    found = (_COMMENT.match(line.strip()) for line in text.splitlines())
    words = (comment["words"] for comment in found if comment)
    return next((w for w in words if " " in w and not _HOUSEKEEPING.search(w)), None)


def _first_line(text: str) -> str | None:
    lines = [line.strip() for line in text.splitlines() if shorten.has_alnum(line)]
    return next((line for line in lines if not _IMPORT.match(line)), next(iter(lines), None))
