"""Texts with the line ends of any system: alike where texts are compared, kept where they stand."""

import re
from typing import Final

_LINE_END: Final = re.compile(r"\r\n|\r|\n")


def with_plain_ends(text: str) -> str:
    """The text with a line feed at the end of each line."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def replaced(text: str, old: str, new: str, *, most: int = -1) -> tuple[str, int]:
    """The text with `new` for `old`, at most so often (-1: everywhere), and how often `old` occurs.

    All line ends are alike when `old` is looked for; what stays keeps its own, and `new` gets those
    of what it replaces. Who changes nothing but line ends is taken at the word.
    """
    wanted, put = with_plain_ends(old), with_plain_ends(new)
    if wanted == put and old != new:
        return text.replace(old, new, most), text.count(old)
    ends = _LINE_END.findall(text)
    plain = with_plain_ends(text)
    usual = max(("\n", "\r\n", "\r"), key=ends.count)
    made: list[str] = []
    for number, part in enumerate(plain.split(wanted, most)):
        if number:
            taken = ends[: wanted.count("\n")]
            del ends[: len(taken)]
            made.append(put.replace("\n", taken[0] if taken else usual))
        made.append(_LINE_END.sub(lambda _: ends.pop(0), part))
    return "".join(made), plain.count(wanted)
