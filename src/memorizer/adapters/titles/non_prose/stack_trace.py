"""Titles of stack traces."""

import re
from typing import Final

_TRACE: Final = re.compile(
    r"(?m)^[ \t]*(?:Traceback \(most recent call last\)|(?<=[ \t])at \S[^\n]*\([^\n]*\)[ \t]*$"
    r"|File \"[^\"\n]+\", line \d+|goroutine \d+ \[|stack backtrace:|Caused by: )"
)
_ERROR: Final = re.compile(
    r"(?m)^[ \t]*(?:Caused by: |Uncaught |Unhandled |Exception in thread \"[^\"\n]*\" )?"
    r"([\w$.:]{0,200}(?:Error|Exception|Interrupt|Exit|Warning|Fault)\b[^\n]*"
    r"|panic: [^\n]*|thread '[^'\n]*' panicked at [^\n]*)$"
)


def stack_trace_title(text: str) -> str | None:
    """Return the error of a stack trace: the last one in Python's, the first in all others."""
    errors = _ERROR.findall(text) if _TRACE.search(text) else []
    return errors[-1 if "Traceback (" in text else 0] if errors else None


def text_before_stack_trace(text: str) -> str:
    """Return the text above a stack trace; all of it when there is none."""
    starts = [found.start() for part in (_TRACE, _ERROR) if (found := part.search(text))]
    return text[: min(starts)] if _TRACE.search(text) else text
