"""Titles of URLs, JSON and settings."""

import re
from typing import Final

_URL: Final = re.compile(r"(?i)<?[a-z][a-z0-9+.-]{1,20}://(?:www\.)?(?P<rest>[^\s?#<>]+)\S*")

_KEY: Final = re.compile(r'"([^"\\\n]{1,60})"\s*:')
_TITLE_VALUE: Final = re.compile(
    r'"(?:title|name|subject|summary|headline|message|description|text|content|question|label)"'
    r'\s*:\s*"([^"\\\n]{1,400})'
)
_STRING: Final = re.compile(r'"([^"\\\n]{1,200})"')
_MAX_KEYS: Final = 8

_SETTING: Final = re.compile(
    r"\s*-?\s*[\"']?(?P<key>[a-z][\w.-]{0,60})[\"']?:(?:\s+\S[^\n]{0,80})?"
)
_MIN_SETTINGS: Final = 3


def url_title(text: str) -> str | None:
    """Return the first URL of a text of nothing but URLs: host without www, and path."""
    lines = [_URL.fullmatch(line.strip()) for line in text.split()]
    return lines[0]["rest"] if lines and lines[0] and all(lines) else None


def json_title(text: str) -> str | None:
    """Return a title-like value of JSON, else its first keys, else its first strings."""
    if text.lstrip()[:1] not in {"{", "["}:
        return None
    keys = list(dict.fromkeys(_KEY.findall(text)))[:_MAX_KEYS]
    if keys and (named := _TITLE_VALUE.search(text)):
        return named[1]
    return ", ".join(keys or _STRING.findall(text)[:_MAX_KEYS]) or None


def settings_title(text: str) -> str | None:
    """Return the outermost keys, if all lines are settings as in YAML."""
    lines = [line for line in text.splitlines() if line.strip() and line.lstrip()[0] not in "#-"]
    settings = [_SETTING.fullmatch(line) for line in lines]
    if len(lines) < _MIN_SETTINGS or not all(settings):
        return None
    outermost = [found["key"] for found in settings if found and not found[0][0].isspace()]
    return ", ".join(dict.fromkeys(outermost[:_MAX_KEYS])) or None
