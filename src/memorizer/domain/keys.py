"""Keys: names that clients give to memories, as paths, `projects/billing/decisions.md`."""

import re
from typing import Final
from unicodedata import normalize

from memorizer.domain.errors import InvalidField

MAX_KEY_BYTES: Final = 1_024
"""In UTF-8."""
SEPARATOR: Final = "/"
LAST: Final = "\U0010ffff"
"""Comes after every character of a key, in the order of code points and of UTF-8."""

_UNUSABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\U0010fffe\U0010ffff]")


def parse_key(text: str) -> str:
    """Return a key in NFC. Raises InvalidField."""
    key = _normalized("key", text)
    if not key:
        raise InvalidField("key", "must not be empty")
    for segment in key.split(SEPARATOR):
        if not segment:
            raise InvalidField("key", "has an empty part: no `/` at its ends, and none twice")
        if segment in {".", ".."}:
            raise InvalidField("key", f"has the part {segment!r}, which paths resolve")
    return key


def parse_key_prefix(text: str) -> str:
    """Return the beginning of a key, which may be empty, in NFC. Raises InvalidField."""
    return _normalized("keyPrefix", text)


def _normalized(field: str, text: str) -> str:
    if _UNUSABLE.search(text):
        raise InvalidField(field, "holds a control character, or one that is no character")
    key = normalize("NFC", text)
    if (size := len(key.encode())) > MAX_KEY_BYTES:
        raise InvalidField(field, f"at most {MAX_KEY_BYTES:,} bytes in UTF-8, got {size:,}")
    return key
