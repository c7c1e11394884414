"""Print for people: on a terminal in its width and colours, in a pipe as whole lines.

Rich is imported when something is printed, so that importing a command stays cheap.
"""

import sys
import time
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, ProgressColumn
    from rich.table import Table
    from rich.text import Text

PIPE_WIDTH = 10_000
"""Columns: so many that nothing is cut or folded where a program reads."""

MINUTE_SECONDS, HOUR_SECONDS, DAY_SECONDS = 60, 3_600, 86_400
KILO = 1_000

Part = str | tuple[str, str]
"""Text, or text and its style."""


def out() -> "Console":
    """Return the console for results (stdout)."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)


def err() -> "Console":
    """Return the console for notes, errors and progress (stderr)."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else PIPE_WIDTH)


def line(*parts: Part) -> None:
    """Print one line of results."""
    from rich.text import Text

    out().print(Text.assemble(*parts), soft_wrap=True)


def success(message: str) -> None:
    """Print a result with a green check mark."""
    line(("✓ ", "green"), message)


def failure(message: str) -> None:
    """Print a result with a red cross."""
    line(("✗ ", "red"), message)


def note(message: str) -> None:
    """Print a note on stderr, on one line."""
    from rich.text import Text

    err().print(Text(f"note: {plain(message)}", style="yellow"), soft_wrap=True)


def json(value: object) -> None:
    """Print a value as a line of JSON, as the REST API writes it."""
    from json import dumps

    json_line(dumps(value, ensure_ascii=False, separators=(",", ":")))


def json_line(text: str) -> None:
    """Print a line of JSON: whole, and in UTF-8 whatever the encoding of the terminal."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode() + b"\n")
    sys.stdout.buffer.flush()


def table(*headings: str) -> "Table":
    """Return a table without borders whose cells stay on one line."""
    from rich.table import Table

    result = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in headings:
        result.add_column(heading, no_wrap=True)
    return result


def progress(*columns: "ProgressColumn") -> "Progress":
    """Return a progress display on stderr; it stays silent where stderr is no terminal."""
    from rich.progress import Progress

    stderr = err()
    return Progress(*columns, console=stderr, disable=not stderr.is_terminal)


def counting_progress() -> "Progress":
    """Return a progress display that counts items."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn

    description = TextColumn("{task.description}")
    return progress(description, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


def plain(text: str) -> str:
    """Return the text on one line, with replacement characters for control characters."""
    return "".join(c if c.isprintable() else "\ufffd" for c in " ".join(text.split()))


def printable(text: str) -> str:
    """Return the text with its lines, and replacement characters for control characters."""
    lines = text.replace("\r\n", "\n").expandtabs(4)
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in lines)


def cut(text: str, width: int) -> "Text":
    """Return one plain line of at most `width` columns."""
    from rich.text import Text

    cut_line = Text(plain(text), no_wrap=True)
    cut_line.truncate(width, overflow="ellipsis")
    return cut_line


def memories(count: int) -> str:
    """Return "1 memory" or "N memories"."""
    return "1 memory" if count == 1 else f"{count:,} memories"


def age(at: int) -> str:
    """Return how long ago a time (UTC milliseconds) was, such as "3 h ago"."""
    seconds = max(0, int(time.time() - at / 1000))
    for length, unit in ((DAY_SECONDS, "d"), (HOUR_SECONDS, "h"), (MINUTE_SECONDS, "min")):
        if seconds >= length:
            return f"{seconds // length} {unit} ago"
    return f"{seconds} s ago" if seconds else "now"


def local_time(at: int) -> str:
    """Return a time (UTC milliseconds) in this computer's time zone."""
    return datetime.fromtimestamp(at / 1000).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def size(count: int) -> str:
    """Return a number of bytes with three digits and a unit (decimal)."""
    amount = float(count)
    for unit in ("B", "kB", "MB"):
        if amount < KILO:
            return f"{amount:.3g} {unit}"
        amount /= KILO
    return f"{amount:.3g} GB"
