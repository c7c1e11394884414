"""What `memorizer duplicates` prints."""

from collections.abc import Sequence

from rich.text import Text

from memorizer.cli import console
from memorizer.domain.memories import Memory
from memorizer.services.duplicates import Pair

WIDTH = 60


def pairs(found: Sequence[Pair], *, is_more: bool) -> None:
    """Three lines for each: how near, and the two."""
    out = console.out()
    if not found:
        out.print("No two memories are so near.")
    for pair in found:
        out.print(Text(f"{pair.similarity:.3f}", style="cyan"))
        for memory in (pair.memory, pair.older):
            out.print(_line(memory))
    if is_more:
        console.note("there are more; --limit shows them.")


def _line(memory: Memory) -> Text:
    name = console.cut(memory.content.title or memory.content.text, WIDTH)
    age = Text(f"  {console.age(memory.created_at)}", style="dim")
    return Text.assemble("  ", (memory.id, "bold"), "  ", name, age)
