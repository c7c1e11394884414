"""What `add` and `search` print."""

from collections.abc import Iterator

from rich.text import Text

from memorizer.cli import console
from memorizer.domain.memories import EmbeddingStatus, Memory
from memorizer.domain.search import Answer, Hit, Leg, LegScore
from memorizer.http.routes.memories_schemas import StoredMemory
from memorizer.http.routes.search import SearchAnswer, SearchRequest
from memorizer.services.memories import CreatedMemory

INDENT = "    "
LINE = 80
"""Columns that a hit fills where there is room for more."""
LEGS = {Leg.FULL_TEXT: "words", Leg.CONTENT: "meaning of the text", Leg.METADATA: "title and tags"}


def stored(new: CreatedMemory, *, as_json: bool, is_anyone_working: bool) -> None:
    """A memory that was just made, and what is still to come."""
    memory = new.memory
    if as_json:
        reply = StoredMemory.of(
            memory, title_job_id=new.title_job_id, duplicate_of=new.duplicate_of
        )
        console.machine(reply.model_dump_json(by_alias=True))
        return
    out = console.out()
    out.print(Text.assemble(("✓ ", "green"), "Stored ", (memory.id, "bold")))
    if new.duplicate_of:
        console.note(f"{new.duplicate_of} has exactly this text already; both are kept.")
    if not (waiting := _what_waits(new)):
        return
    if is_anyone_working:
        out.print(Text(f"  {waiting} in the background.", style="dim"))
    else:
        console.note(f"{waiting} once `memorizer start` or `memorizer worker` runs.")


def answer(found: Answer, *, explain: bool, as_json: bool) -> None:
    """What a search found."""
    if as_json:
        wanted = SearchRequest.model_validate({"query": found.query.text, "explain": explain})
        console.machine(SearchAnswer.of(found, wanted).model_dump_json(by_alias=True))
        return
    out = console.out()
    width = min(out.width, LINE)
    for place, hit in enumerate(found.hits, start=1):
        for line in _hit(place, hit, width, explain=explain):
            out.print(line)
    if not found.hits:
        out.print(Text(f"Nothing found for “{console.plain(found.query.text)}”."))
    if found.degraded:
        console.note(found.degraded)


def _what_waits(new: CreatedMemory) -> str:
    is_pending = new.memory.embedding_status is EmbeddingStatus.PENDING
    match new.title_job_id is not None, is_pending:
        case True, True:
            return "Its title is written and its meaning indexed"
        case True, False:
            return "Its title is written"
        case False, True:
            return "Its meaning is indexed"
        case _:
            return ""


def _hit(place: int, hit: Hit, width: int, *, explain: bool) -> Iterator[Text]:
    """Title and score, the beginning of the text, then the rest in small."""
    content, room = hit.memory.content, width - len(INDENT)
    score = f"{hit.score:.3f}"
    title = console.cut(content.title or "(no title yet)", room - len(score) - 2)
    title.stylize("bold" if content.title else "italic")
    gap = " " * (room - title.cell_len - len(score))
    yield Text.assemble((f"{place:>2}  ", "dim"), title, gap, (score, "cyan"))
    yield Text(INDENT).append_text(console.cut(content.text, room))
    yield Text(INDENT + _details(hit.memory), style="dim", overflow="ellipsis", no_wrap=True)
    if explain:
        yield from map(_leg, hit.legs)


def _details(memory: Memory) -> str:
    """The id first: a narrow terminal must not cut it."""
    content = memory.content
    parts = [memory.id, content.type, console.age(memory.created_at), ", ".join(content.tags)]
    return console.plain(" · ".join(part for part in parts if part))


def _leg(leg: LegScore) -> Text:
    return Text(
        f"{INDENT}{LEGS[leg.leg]:<20} rank {leg.rank:<3} score {leg.score:<7.3f} "
        f"adds {leg.contribution:.3f}",
        style="dim cyan",
    )
