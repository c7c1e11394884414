"""Notes that are imported again are the same memories, whatever happened to their files."""

import shutil
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest

from memorizer.adapters.formats import claude_code, markdown, markdown_notes
from memorizer.domain.memories import Content, EmbeddingStatus, Filter, Memory
from memorizer.domain.metadata import Metadata
from memorizer.domain.records import OnConflict, Outcome, RecordType, SourceListing
from memorizer.domain.search import Query
from memorizer.services import Services
from memorizer.services.import_ import Report
from support.moving import NOW, imported, unpacked

VAULT: dict[str, bytes | str] = {
    "Tea.md": "---\ntags: [drinks]\nref: 0012\nversion: 1.10\nok: yes\n---\nSee [[Kettle]].\n",
    "Kettle.md": "Boils water.\n",
    "food/Bread.md": "Rye.\n",
    "food/Salt.md": "Not much.\n",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def vault(services: Services, tmp_path: Path) -> Path:
    """A folder of notes that was imported."""
    folder = unpacked(tmp_path / "vault", VAULT)
    report = await _import(services, folder)
    assert report.count(RecordType.MEMORIES, Outcome.ADDED) == 4
    return folder


async def test_the_same_again_is_nothing_new(services: Services, vault: Path) -> None:
    before = await _memories(services)
    report = await _import(services, vault)
    assert report.counts == {
        (RecordType.MEMORIES, Outcome.KNOWN): 4,
        (RecordType.VERSIONS, Outcome.KNOWN): 0,
        (RecordType.EVENTS, Outcome.KNOWN): 0,
        (RecordType.RELATIONSHIPS, Outcome.KNOWN): 1,
    }
    assert await _memories(services) == before


async def test_what_does_not_change_the_text_changes_nothing(
    services: Services, vault: Path
) -> None:
    """Each step leaves the same four memories at version 1, and so do all together."""
    before = await _memories(services)

    _edit(
        vault / "Kettle.md",
        "Boils",
        "---\ncreated: 2020-01-01\npermalink: main/kettle\n---\n\nBoils",
    )
    assert await _unchanged(services, vault, before)
    (vault / "food/Bread.md").rename(vault / "Loaf.md")
    assert await _unchanged(services, vault, before)
    shutil.move(vault / "food", vault / "pantry")
    assert await _unchanged(services, vault, before)
    (vault / "Tea.md").write_text(  # as another program writes it
        "---\ntitle: Tea\ntype: note\ntags:\n- drinks\nref: 10\nversion: 1.1\nok: true\n"
        "permalink: main/tea\n---\n\nSee [[Kettle]]."
    )
    assert await _unchanged(services, vault, before)
    zipped = _zipped(vault, "any name")
    assert await _unchanged(services, zipped, before)
    outer = vault.parent / "outer"
    shutil.move(vault, outer / "notes")
    assert await _unchanged(services, outer, before)


async def test_a_changed_note_is_a_new_version_with_the_time_of_its_source(
    services: Services, vault: Path
) -> None:
    before = {memory.content.title: memory for memory in await _memories(services)}
    at = "2099-01-01T00:00:00Z"
    _edit(vault / "Kettle.md", "Boils water.", f"---\nmodified: {at}\n---\nBoils a litre.")
    (vault / "Tea.md").rename(vault / "Green tea.md")
    _edit(vault / "Green tea.md", "See", "80 degrees, see")

    promised = await _import(services, vault, dry_run=True)
    report = await _import(services, vault)

    assert promised.counts == report.counts
    assert report.count(RecordType.MEMORIES, Outcome.UPDATED) == 1
    assert report.count(RecordType.MEMORIES, Outcome.ADDED) == 1  # both new in name and text
    kettle = await services.memories.get(before["Kettle"].id)
    assert (kettle.version, kettle.content.text) == (2, "Boils a litre.")
    assert kettle.updated_at == 4_070_908_800_000
    assert (await services.memories.get(before["Tea"].id)).version == 1


async def test_a_note_that_was_moved_and_changed_is_the_same(
    services: Services, vault: Path
) -> None:
    before = {memory.content.title: memory for memory in await _memories(services)}
    shutil.move(vault / "food/Salt.md", vault / "Salt.md")
    _edit(vault / "Salt.md", "Not much.", "A pinch.")
    report = await _import(services, vault)
    assert report.count(RecordType.MEMORIES, Outcome.ADDED) == 0
    salt = await services.memories.get(before["Salt"].id)
    assert (salt.version, salt.content.text) == (2, "A pinch.")


async def test_a_former_name_that_another_note_has_now(services: Services, vault: Path) -> None:
    before = {memory.content.title: memory for memory in await _memories(services)}
    (vault / "Kettle.md").rename(vault / "Old kettle.md")
    await _import(services, vault)
    (vault / "Kettle.md").write_text("Another one.")
    report = await _import(services, vault)

    assert report.count(RecordType.MEMORIES, Outcome.ADDED) == 1
    assert (await services.memories.get(before["Kettle"].id)).content.text == "Boils water."
    again = await _import(services, vault)
    assert again.count(RecordType.MEMORIES, Outcome.KNOWN) == 5


async def test_a_copy_of_a_note_is_a_memory_of_its_own(services: Services, vault: Path) -> None:
    _edit(vault / "Kettle.md", "Boils", "---\npermalink: main/kettle\n---\nBoils")
    shutil.copy(vault / "Kettle.md", vault / "A copy.md")
    for expected in (1, 0):
        report = await _import(services, vault)
        assert report.count(RecordType.MEMORIES, Outcome.ADDED) == expected
    assert len(await _memories(services)) == 5


async def test_another_vault_with_a_note_of_the_same_name(
    services: Services, vault: Path, tmp_path: Path
) -> None:
    other = unpacked(
        tmp_path / "other", {"Tea.md": "Black.", "a.md": "a", "b.md": "b", "c.md": "c"}
    )
    for expected in (4, 0):
        report = await _import(services, other)
        assert report.count(RecordType.MEMORIES, Outcome.ADDED) == expected
    assert (await _import(services, vault)).count(RecordType.MEMORIES, Outcome.KNOWN) == 4
    assert {m.content.text for m in await _memories(services) if m.content.title == "Tea"} == {
        "See [[Kettle]].",
        "Black.",
    }


async def test_a_memory_that_was_edited_here_is_not_overwritten(
    services: Services, vault: Path
) -> None:
    [kettle] = [m for m in await _memories(services) if m.content.title == "Kettle"]
    await services.memories.update(kettle.id, lambda old: replace(old, text="Mine."), actor="cli")
    assert (await _import(services, vault)).refused == 0
    _edit(vault / "Kettle.md", "Boils water.", "Boils a litre.")
    refused = await _import(services, vault)
    assert (refused.refused, (await services.memories.get(kettle.id)).content.text) == (1, "Mine.")

    await _import(services, vault, on_conflict=OnConflict.UPDATE)
    assert (await services.memories.get(kettle.id)).content.text == "Boils a litre."


async def test_a_note_that_goes_back_to_an_older_text_follows(
    services: Services, vault: Path
) -> None:
    [kettle] = [m for m in await _memories(services) if m.content.title == "Kettle"]
    for text in ("Boils a litre.", "Boils water."):
        (vault / "Kettle.md").write_text(text)
        await _import(services, vault)
    found = await services.memories.get(kettle.id)
    assert (found.version, found.content.text) == (3, "Boils water.")


async def test_a_memory_in_the_trash_stays_there(services: Services, vault: Path) -> None:
    [kettle] = [m for m in await _memories(services) if m.content.title == "Kettle"]
    await services.memories.delete(kettle.id, actor="cli")
    (vault / "Kettle.md").rename(vault / "Renamed.md")
    report = await _import(services, vault)
    assert (report.refused, report.count(RecordType.MEMORIES, Outcome.ADDED)) == (1, 0)


async def test_what_an_earlier_release_imported_is_known(
    services: Services, tmp_path: Path
) -> None:
    """It gave ids by name and time, and kept no names."""
    vault = unpacked(tmp_path / "vault", VAULT)
    readings = markdown_notes.read(vault, NOW)
    await imported(services, (r for r in readings if not isinstance(r, SourceListing)))
    before = await _memories(services)
    (vault / "food/Bread.md").rename(vault / "Loaf.md")
    _edit(vault / "Tea.md", "---\ntags", "---\npermalink: main/tea\ntags")
    _edit(vault / "Kettle.md", "Boils", "---\ncreated: 2020-01-01\n---\nBoils")
    assert await _unchanged(services, vault, before)


async def test_our_own_notes_come_back_from_other_editors_unchanged(
    services: Services, tmp_path: Path
) -> None:
    content = Content(
        "Green.\n\n- hot", title="Tea", tags=("hot drinks",), metadata=Metadata({"v": "1.10"})
    )
    memory = (await services.memories.create(content, actor="cli")).memory
    folder = tmp_path / "vault"
    await services.export.write(markdown.MarkdownSink(markdown.into_folder(folder)))
    before = await _memories(services)
    assert await _unchanged(services, folder, before)

    head, text = (folder / "Tea.md").read_text().split("\n---\n", 1)
    resaved = head.replace('"', "'").replace("\\'", '"').replace("{'v':'1.10'}", '{"v":"1.10"}')
    (folder / "Tea.md").write_text(f"{resaved}\npermalink: main/tea\n---\n\n{text.rstrip()}")
    assert await _unchanged(services, folder, before)

    for version, old, new in ((2, "Green.", "Black."), (3, "Black.", "White.")):
        _edit(folder / "Tea.md", old, new)
        report = await _import(services, folder)
        assert report.count(RecordType.MEMORIES, Outcome.UPDATED) == 1
        found = await services.memories.get(memory.id)
        assert (found.version, found.content.text.split(".")[0] + ".") == (version, new)
        assert found.content.tags == ("hot drinks",)

    await services.memories.update(memory.id, lambda old: replace(old, text="Here."), actor="cli")
    _edit(folder / "Tea.md", "White.", "Yellow.")
    assert (await _import(services, folder)).refused == 1


async def test_our_own_notes_keep_their_relationships_with_windows_line_ends(
    services: Services, tmp_path: Path
) -> None:
    tea = (await services.memories.create(Content("Green.", title="Tea"), actor="cli")).memory
    pot = (await services.memories.create(Content("Iron.", title="Pot"), actor="cli")).memory
    await services.relationships.add(tea.id, pot.id, "made-in", actor="cli")
    folder = tmp_path / "vault"
    await services.export.write(markdown.MarkdownSink(markdown.into_folder(folder)))
    before = await _memories(services)

    for file in folder.iterdir():
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert await _unchanged(services, folder, before)


async def test_an_exchange_that_has_grown_is_a_new_version_and_a_cut_one_nothing(
    services: Services, tmp_path: Path
) -> None:
    path = tmp_path / "session.jsonl"
    question = '{"type":"user","uuid":"u1","message":{"content":"Which port?"}}\n'
    answer = (
        '{"type":"assistant","uuid":"a1","parentUuid":"u1",'
        '"message":{"content":[{"type":"text","text":"5000."}]}}\n'
    )
    outcomes = []
    for text in (question, question + answer, question):
        path.write_text(text)
        report, _ = await imported(services, claude_code.read(path, NOW))
        outcomes.append([o for (type_, o), n in report.counts.items() if n and type_ == "memories"])
    assert outcomes == [[Outcome.ADDED], [Outcome.UPDATED], [Outcome.KNOWN]]
    [memory] = await _memories(services)
    assert memory.content.text == "User:\nWhich port?\n\nAssistant:\n5000."


async def test_a_note_is_found_by_its_aliases(services: Services, tmp_path: Path) -> None:
    text = "---\naliases: [Camellia sinensis, Chai]\nstatus: draft\n---\nA hot drink."
    await _import(services, unpacked(tmp_path / "vault", {"Tea.md": text, "b.md": "Other."}))
    first = (await services.search.search(Query("camellia"))).hits[0]
    assert (first.memory.content.title, first.share) == ("Tea", 1.0)


async def _unchanged(services: Services, source: Path, before: list[Memory]) -> bool:
    report = await _import(services, source)
    assert report.refused == 0
    assert report.count(RecordType.MEMORIES, Outcome.ADDED) == 0
    assert report.count(RecordType.MEMORIES, Outcome.UPDATED) == 0
    assert report.count(RecordType.RELATIONSHIPS, Outcome.ADDED) == 0
    return await _memories(services) == before


async def _import(
    services: Services,
    source: Path,
    *,
    dry_run: bool = False,
    on_conflict: OnConflict = OnConflict.REFUSE,
) -> Report:
    readings = markdown_notes.read(source, NOW)
    report, _ = await imported(services, readings, dry_run=dry_run, on_conflict=on_conflict)
    return report


async def _memories(services: Services) -> list[Memory]:
    memories, _ = await services.memories.page(Filter(archived=None), before=None, limit=100)
    return [replace(each, embedding_status=EmbeddingStatus.PENDING) for each in memories]


def _edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def _zipped(folder: Path, top: str) -> Path:
    path = folder.parent / "vault.zip"
    with ZipFile(path, "w") as archive:
        for file in folder.rglob("*"):
            if file.is_file():
                archive.write(file, f"{top}/{file.relative_to(folder)}")
    return path
