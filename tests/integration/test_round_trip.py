"""Export, import into an empty store, export: the same bytes, whatever was in it, at any size."""

import asyncio
import gc
import io
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memorizer.adapters.formats import memorizer_export
from memorizer.bootstrap import Container, open_services
from memorizer.domain.memories import Content, EventType, Memory, MemoryEvent, Relationship, fold
from memorizer.domain.metadata import MAX_NUMBER, Metadata
from memorizer.domain.records import (
    DocumentRecord,
    MemoryRecord,
    Outcome,
    ParsedRecord,
    Reading,
    RecordType,
    derived_id,
)
from memorizer.domain.timestamps import MAX_TIMESTAMP_MS
from memorizer.domain.validity import Times
from memorizer.domain.workspaces import Workspace
from memorizer.services import Services
from memorizer.services.export import PAGE
from memorizer.services.import_batches import BATCH
from memorizer.settings import Settings
from support.embedders import WordEmbedder
from support.moving import NOW, exported, imported
from support.titles import FirstWords

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
HOSTILE = TEXTS.filter(lambda text: bool(text.strip()))
CONTENTS = st.builds(
    Content,
    text=HOSTILE,
    title=st.none() | HOSTILE.map(lambda text: text[:100]).filter(str.strip),
    tags=st.lists(
        HOSTILE.map(lambda text: text.strip()[:50].strip()), max_size=4, unique_by=fold
    ).map(tuple),
    confidence=st.floats(0, 1),
    metadata=st.dictionaries(
        st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20).filter(
            lambda name: not name[0].isspace() and not name.startswith("$")
        ),
        st.none() | st.booleans() | st.integers(-MAX_NUMBER, MAX_NUMBER) | TEXTS,
        max_size=3,
    ).map(Metadata),
    times=st.builds(
        Times,
        valid_from=st.none() | st.integers(0, 10),
        valid_until=st.none() | st.integers(11, MAX_TIMESTAMP_MS),
        review_at=st.none() | st.integers(0, MAX_TIMESTAMP_MS),
        happened_at=st.none() | st.integers(0, MAX_TIMESTAMP_MS),
    ),
)


async def test_hundreds_of_memories_with_their_past(services: Services, tmp_path: Path) -> None:
    ids = []
    for number in range(300):
        content = Content(f"Memory {number}.\n“Quoted” \u2028 text", title=f"No. {number % 50}")
        ids.append((await services.memories.create(content, actor=f"agent {number % 3}")).memory.id)
    for number, memory_id in enumerate(ids):
        for edit in range(number % 4):
            edited = partial(replace, text=f"Memory {number}, edit {edit}.")
            await services.memories.update(memory_id, edited, actor="x")
        if number % 7 == 0:
            type_ = "supersedes" if number % 2 else "follows"
            await services.relationships.add(memory_id, ids[number - 1], type_, actor="x")
        if number % 11 == 0:
            await services.memories.archive(memory_id, actor="x")
    for memory_id in ids[::13]:
        await services.memories.delete(memory_id, actor="x")
    before = await exported(services)

    async with _empty(tmp_path / "other") as other:
        report, refusals = await imported(other.services, _read(tmp_path, before))
        after = await exported(other.services)

    assert refusals == []
    assert report.count(RecordType.MEMORIES, Outcome.ADDED) == 300 - len(ids[::13])
    assert report.count(RecordType.VERSIONS, Outcome.ADDED) > 300
    assert after == before


@settings(max_examples=15)
@given(st.lists(CONTENTS, max_size=8), st.integers(0, MAX_TIMESTAMP_MS))
def test_hostile_text_survives_the_store(contents: list[Content], at: int) -> None:
    dossiers = [_dossier(number, content, at) for number, content in enumerate(contents)]
    file = io.BytesIO()
    sink = memorizer_export.MemorizerExportSink(file)
    sink.begin(iter(()), ())
    for dossier in dossiers:
        sink.memory(dossier, [])
    for link in _chain(dossiers, at):
        sink.relationship(link)
    sink.end()

    async def through_a_store(folder: Path) -> bytes:
        async with _empty(folder / "data") as other:
            _, refusals = await imported(other.services, _read(folder, file.getvalue()))
            assert refusals == []
            return await exported(other.services)

    with TemporaryDirectory() as folder:
        assert asyncio.run(through_a_store(Path(folder))) == file.getvalue()


async def test_neither_way_holds_more_than_a_page(services: Services) -> None:
    """Memory does not grow with the store: counted in dossiers, the largest thing there is."""
    most = 10 * max(BATCH, PAGE)
    settled = produced = ahead = 0

    def many() -> Iterator[Reading]:
        nonlocal produced, ahead
        for number in range(most):
            produced += 1
            ahead = max(ahead, produced - settled)
            yield ParsedRecord(
                f"{number}", _dossier(number, Content(f"No. {number}", title="x"), NOW)
            )

    def watch(more: int) -> None:
        nonlocal settled
        settled += more

    await services.import_.run(many(), watch=watch)
    counting = _CountingSink()
    await services.export.write(counting)

    assert ahead <= BATCH
    assert counting.seen == most
    assert counting.alive <= BATCH + 2 * PAGE  # the last batch, and one page on the way to the next


@pytest.mark.parametrize("failing", [1, BATCH + 50])
async def test_a_file_that_breaks_off_is_finished_by_the_next_import(
    services: Services, failing: int
) -> None:
    dossiers = [_dossier(n, Content(f"No. {n}", title="x"), NOW) for n in range(2 * BATCH)]

    def breaking() -> Iterator[Reading]:
        for number, dossier in enumerate(dossiers):
            if number == failing:
                raise OSError("the disk was pulled out")
            yield ParsedRecord(f"{number}", dossier)

    with pytest.raises(OSError, match="pulled out"):
        await services.import_.run(breaking())
    kept = (await services.statistics.totals()).memories
    report = await services.import_.run(ParsedRecord("", dossier) for dossier in dossiers)

    assert kept == failing // BATCH * BATCH
    assert report.count(RecordType.MEMORIES, Outcome.KNOWN) == kept
    assert report.count(RecordType.MEMORIES, Outcome.ADDED) == len(dossiers) - kept


class _CountingSink:
    """Implements ports.records.Sink: counts the dossiers that exist at a time."""

    def __init__(self) -> None:
        self.seen = 0
        self.alive = 0

    def begin(
        self,
        titles: Iterator[tuple[str, str]],
        workspaces: Sequence[Workspace],
        *,
        has_documents: bool = False,
    ) -> None:
        pass

    def memory(self, dossier: MemoryRecord, links: Sequence[Relationship]) -> None:
        self.seen += 1
        if self.seen % PAGE == PAGE // 2:
            gc.collect()
            alive = sum(isinstance(thing, MemoryRecord) for thing in gc.get_objects())
            self.alive = max(self.alive, alive)

    def relationship(self, relationship: Relationship) -> None:
        pass

    def document(self, record: DocumentRecord) -> None:
        pass

    def end(self) -> None:
        pass


def _dossier(number: int, content: Content, at: int) -> MemoryRecord:
    """With the event of the relationship to the one before it, as a store would have it."""
    memory = Memory(derived_id(number, "memory"), content, 1, at, at, key=f"dossiers/{number}")
    facts = {"relationshipId": _link_id(number)}
    kinds = [(EventType.MEMORY_CREATED, {}), (EventType.RELATIONSHIP_ADDED, facts)]
    events = [
        MemoryEvent(derived_id(number, type_), memory.id, 1, type_, data, "test", at)
        for type_, data in kinds
    ]
    return MemoryRecord(memory, events=tuple(events))


def _chain(dossiers: list[MemoryRecord], at: int) -> list[Relationship]:
    ids = [dossier.memory.id for dossier in dossiers]
    return [
        Relationship(_link_id(number), ids[number], ids[number - 1], "to", None, at)
        for number in range(1, len(ids))
    ]


def _link_id(number: int) -> str:
    return derived_id(number, "relationship")


def _read(folder: Path, content: bytes) -> Iterator[Reading]:
    path = folder / "export.jsonl"
    path.write_bytes(content)
    return memorizer_export.read(path, NOW)


def _empty(data_dir: Path) -> AbstractAsyncContextManager[Container]:
    return open_services(Settings(data_dir=data_dir), embedder=WordEmbedder(), writer=FirstWords())
