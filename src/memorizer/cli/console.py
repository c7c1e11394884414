"""Writing for people: on a terminal in its width and colours, in a pipe whole lines."""

import sys
import time
from datetime import datetime

from rich.console import Console
from rich.text import Text

PIPE_WIDTH = 10_000
"""So wide that nothing is cut or folded where a program reads."""

MINUTE, HOUR, DAY = 60, 3_600, 86_400
KILO = 1_000


def out() -> Console:
    """The results of a command."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)


def err() -> Console:
    """What goes beside the results."""
    return Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else PIPE_WIDTH)


def machine(text: str) -> None:
    """One line of JSON for a program: whole, and UTF-8 whatever the terminal shows."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode() + b"\n")
    sys.stdout.buffer.flush()


def plain(text: str) -> str:
    """The text on one line, without what could steer a terminal."""
    return "".join(c if c.isprintable() else "\ufffd" for c in " ".join(text.split()))


def cut(text: str, width: int) -> Text:
    """One plain line of at most `width` columns."""
    line = Text(plain(text), no_wrap=True)
    line.truncate(width, overflow="ellipsis")
    return line


def note(message: str) -> None:
    """A remark that is not part of the result."""
    err().print(Text(f"note: {plain(message)}", style="yellow"), soft_wrap=True)


def age(at: int) -> str:
    """How long ago a time (UTC milliseconds) was, in few letters."""
    seconds = max(0, int(time.time() - at / 1000))
    for size, unit in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago" if seconds else "now"


def moment(at: int) -> str:
    """A time (UTC milliseconds) on this computer's clock."""
    return datetime.fromtimestamp(at / 1000).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def size(count: int) -> str:
    """Bytes in a unit that suits them."""
    amount = float(count)
    for unit in ("B", "kB", "MB"):
        if amount < KILO:
            return f"{amount:.3g} {unit}"
        amount /= KILO
    return f"{amount:.3g} GB"
