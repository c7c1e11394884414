"""Titles that say nothing of their memories."""

import re
from typing import Final

_USELESS: Final = re.compile(
    r"(?i)\W*(?:(?:untitled|unnamed|new|my|a|the|some|quick)\s+)*"
    r"(?:untitled|unnamed|notes?|memory|memories|text|title|document|file|todo|misc|temp|tmp|test|"
    r"draft|page|entry|item|idea|n/?a|none|null|undefined|unknown|ohne titel|sans titre)"
    r"[\s_#-]*\d*(?:\.\w{1,5})?\W*"
    r"|\W*(?:img|dsc|scan|screenshot|doc|file|note|untitled)[-_ ]?\d+(?:\.\w{1,5})?\W*"
    r"|[\W\d_]*"
)
MAX_LENGTH: Final = 60


def is_useless(title: str) -> bool:
    """Whether a title is a placeholder, a file's number, or no word at all."""
    return len(title) <= MAX_LENGTH and _USELESS.fullmatch(title) is not None
