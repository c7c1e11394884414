"""What `memorizer trash` prints."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from memorizer.cli import console
from memorizer.domain.memories import Memory, TrashedMemory

TITLE = 50
DAY_MS = 24 * 3_600_000


def listed(page: Sequence[TrashedMemory], total: int, age_ms: int) -> None:
    """One a line, and how long they stay."""
    out = console.out()
    if not page:
        out.print("The trash is empty.")
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("ID", "TITLE", "DELETED"):
        table.add_column(heading, no_wrap=True)
    for deleted in page:
        content = deleted.memory.content
        title = console.cut(content.title or content.text, TITLE)
        table.add_row(Text(deleted.memory.id), title, Text(console.age(deleted.at)))
    out.print(table)
    more = f"{len(page)} of {total}; " if total > len(page) else ""
    console.note(f"{more}each goes for ever {age_ms / DAY_MS:g} days after it was deleted.")


def restored(memories: Sequence[Memory]) -> None:
    """They are back."""
    for memory in memories:
        name = console.cut(memory.content.title or memory.content.text, TITLE)
        line = Text.assemble(("✓ ", "green"), "Restored ", (memory.id, "bold"), "  ", name)
        console.out().print(line)


def gone(count: int) -> None:
    """They are not."""
    memories = "1 memory" if count == 1 else f"{count:,} memories"
    console.out().print(f"Deleted {memories} for ever.")
