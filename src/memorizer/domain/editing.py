"""Replacing in texts of any line ending (LF, CRLF, CR): ignored in comparison, kept in results."""

import re
from itertools import islice
from typing import Final

_LINE_END: Final = re.compile(r"\r\n|\r|\n")


def with_plain_ends(text: str) -> str:
    """Return the text with LF line endings."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def replaced(text: str, old: str, new: str, *, most: int = -1) -> tuple[str, int]:
    """Replace `old` by `new` at most `most` times (-1: all); the text, and occurrences of `old`.

    Line endings are ignored when matching. Text that stays keeps its own, and `new` gets those of
    the text it replaces. If `old` and `new` differ in line endings only, they are matched exactly.
    """
    wanted, put = with_plain_ends(old), with_plain_ends(new)
    if wanted == put and old != new:
        return text.replace(old, new, most), text.count(old)
    ends = _LINE_END.findall(text)
    plain = with_plain_ends(text)
    usual = max(("\n", "\r\n", "\r"), key=ends.count)
    made: list[str] = []
    left = iter(ends)
    for number, part in enumerate(plain.split(wanted, most)):
        if number:
            taken = list(islice(left, wanted.count("\n")))
            made.append(put.replace("\n", taken[0] if taken else usual))
        made.append(_LINE_END.sub(lambda _: next(left), part))
    return _joined(made), plain.count(wanted)


def _joined(pieces: list[str]) -> str:
    """Join; a CR before an LF of the next piece becomes LF, or the two would be one line ending."""
    made: list[str] = []
    for piece in filter(None, pieces):
        if made and made[-1].endswith("\r") and piece.startswith("\n"):
            kept = made[-1].rstrip("\r")  # all of them: a CR before the new LF would join it too
            made[-1] = kept + "\n" * (len(made[-1]) - len(kept))
        made.append(piece)
    return "".join(made)
