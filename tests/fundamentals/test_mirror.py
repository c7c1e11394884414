"""The mirror: a folder of notes that follows the memories, one way, whatever happens to it."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from memorizer.adapters.formats import markdown_notes
from memorizer.adapters.formats.mirror import files, ledger
from memorizer.adapters.formats.mirror.folder import NotesFolder
from memorizer.adapters.formats.output_files import create
from memorizer.bootstrap import open_services, running
from memorizer.domain.errors import MirrorFailed
from memorizer.domain.memories import Content
from memorizer.services import Services
from memorizer.services import mirror as module
from memorizer.services.mirror import Mirror
from memorizer.settings import Settings
from support.clock import ManualClock
from support.embedders import WordEmbedder
from support.moving import NOW, imported, sorted_out
from support.titles import FirstWords
from support.waiting import wait_until

ACTOR = "test"
TEA = Content("Green tea wants water of 80 degrees.", title="Green tea", tags=("tea",))
KETTLE = Content("The kettle holds a litre.", title="Kettle")


both_databases = pytest.mark.parametrize("database_engine", ["sqlite", "postgresql"])


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LOAD", 0)
    monkeypatch.setattr(module, "FAILED_PAUSE_SECONDS", 0.0)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "mirror"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def mirror(services: Services, root: Path, clock: ManualClock) -> Mirror:
    return _mirror(services, root, clock)


def _mirror(services: Services, root: Path, clock: ManualClock) -> Mirror:
    """As another process, or the same after a restart, has it."""
    database = services.memories.database
    return Mirror(database, NotesFolder(root), clock, services.signals, clock.now())


async def _store(services: Services, content: Content) -> str:
    return (await services.memories.create(content, actor=ACTOR)).memory.id


async def _edit(services: Services, memory_id: str, content: Content) -> None:
    await services.memories.update(memory_id, lambda _: content, actor=ACTOR)


def _notes(root: Path) -> dict[str, str]:
    """All files but those that are about the mirror."""
    found = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
    return {
        name: path.read_text("utf-8")
        for name, path in sorted(found.items())
        if not name.startswith(".memorizer/") and name != "MIRROR.md"
    }


def _put(folder: Path, contents: dict[str, str]) -> None:
    folder.mkdir()
    for name, content in contents.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content, "utf-8")


def _break(root: Path, fault: str) -> None:
    if fault == "read-only":
        (root / ".memorizer").chmod(0o500)
        return
    root.rename(root.with_name("kept"))
    if fault == "a file":
        root.touch()


def _mend(root: Path, fault: str) -> None:
    if fault == "read-only":
        (root / ".memorizer").chmod(0o700)
        return
    root.unlink(missing_ok=True)
    root.with_name("kept").rename(root)


def _touched(root: Path) -> dict[str, tuple[int, int]]:
    stats = {path: path.lstat() for path in root.rglob("*.md")}
    return {path.name: (stat.st_ino, stat.st_mtime_ns) for path, stat in stats.items()}


@both_databases
async def test_it_follows_what_is_stored_edited_moved_archived_and_deleted(
    services: Services, mirror: Mirror, root: Path
) -> None:
    tea, kettle = await _store(services, TEA), await _store(services, KETTLE)
    await mirror.update()
    assert list(_notes(root)) == ["Green tea.md", "Kettle.md"]
    assert "never\nreads them" in (root / "MIRROR.md").read_text("utf-8")

    await services.relationships.add(tea, kettle, "needs", actor=ACTOR)
    await services.workspaces.create("Kitchen", actor=ACTOR)
    await services.workspaces.move_memories([kettle], "kitchen", actor=ACTOR)
    await _edit(services, kettle, replace(KETTLE, text="The kettle holds two litres."))
    await mirror.update()
    notes = _notes(root)
    assert list(notes) == ["Green tea.md", "kitchen/Kettle.md"]
    assert notes["Green tea.md"].endswith("- needs [[Kettle]]\n")
    assert "two litres" in notes["kitchen/Kettle.md"]

    await services.memories.archive(kettle, actor=ACTOR)
    await services.memories.delete(tea, actor=ACTOR)
    await mirror.update()
    assert list(_notes(root)) == ["kitchen/archive/Kettle.md"]

    await services.memories.delete(kettle, actor=ACTOR)
    await mirror.update()
    assert _notes(root) == {}
    assert not (root / "kitchen").exists()


async def test_only_files_of_changed_memories_are_touched(
    services: Services, mirror: Mirror, root: Path, clock: ManualClock
) -> None:
    await _store(services, TEA)
    kettle = await _store(services, KETTLE)
    await mirror.update()
    before = _touched(root)

    assert not await mirror.update()
    await _edit(services, kettle, replace(KETTLE, tags=("metal",)))
    assert await mirror.update()
    assert await _mirror(services, root, clock).update()  # after a restart all is compared

    changed = {name for name, seen in _touched(root).items() if seen != before[name]}
    assert changed == {"Kettle.md"}


async def test_names_stay_whatever_comes_and_goes_beside_them(
    services: Services, mirror: Mirror, root: Path, clock: ManualClock
) -> None:
    first = await _store(services, TEA)
    second = await _store(services, replace(TEA, text="Another text."))
    await mirror.update()
    names = {f"Green tea {second[-8:]}.md", "Green tea.md"}
    assert set(_notes(root)) == names

    await services.memories.delete(first, actor=ACTOR)
    await _mirror(services, root, clock).update()
    assert set(_notes(root)) == names - {"Green tea.md"}

    renamed = replace(TEA, text="Another text.", title="GREEN TEA")
    await _edit(services, second, renamed)
    await mirror.update()
    assert list(_notes(root)) == ["GREEN TEA.md"]


@both_databases
async def test_a_restart_catches_up(
    services: Services, mirror: Mirror, root: Path, clock: ManualClock
) -> None:
    tea, kettle = await _store(services, TEA), await _store(services, KETTLE)
    await mirror.update()
    await services.memories.delete(tea, actor=ACTOR)
    (root / "Kettle.md").unlink()
    (root / "Kettle.md").write_text("an edit by hand", "utf-8")

    await _mirror(services, root, clock).update()

    assert list(_notes(root)) == ["Kettle.md"]
    assert kettle in _notes(root)["Kettle.md"]


@pytest.mark.parametrize("at", ["before", "after"])
async def test_what_was_interrupted_is_finished(
    services: Services,
    root: Path,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    at: str,
) -> None:
    """A process that is killed around the writing of a file leaves nothing that nobody knows."""
    tea = await _store(services, TEA)

    real = files.MirrorFiles._replace

    def dies(self: files.MirrorFiles, target: Path, content: bytes) -> None:
        is_note = target.name == "Green tea.md"
        if not is_note or at == "after":
            real(self, target, content)
        if is_note:
            raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(files.MirrorFiles, "_replace", dies)
        with pytest.raises(MemoryError):
            await _mirror(services, root, clock).update()
    await _edit(services, tea, replace(TEA, title="Tea"))
    await _mirror(services, root, clock).update()

    assert list(_notes(root)) == ["Tea.md"]


async def test_files_of_others_are_neither_overwritten_nor_deleted(
    services: Services, mirror: Mirror, root: Path, clock: ManualClock
) -> None:
    _put(root, {"Green tea.md": "mine", ".git/HEAD": "ref"})
    tea = await _store(services, TEA)
    await mirror.update()
    await _mirror(services, root, clock).update()
    name = f"Green tea {tea[-8:]}.md"
    assert set(_notes(root)) == {".git/HEAD", "Green tea.md", name}

    (root / name).write_text("changed by hand", "utf-8")
    await services.memories.delete(tea, actor=ACTOR)
    await mirror.update()
    assert _notes(root)["Green tea.md"] == "mine"
    assert _notes(root)[name] == "changed by hand"


async def test_it_writes_through_no_link(
    services: Services, mirror: Mirror, root: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    _put(outside, {"victim": "untouched"})
    _put(root, {})
    (root / "kitchen").symlink_to(outside)
    (root / "Green tea.md").symlink_to(outside / "victim")
    kettle = await _store(services, KETTLE)
    await _store(services, TEA)
    await services.workspaces.create("Kitchen", actor=ACTOR)
    await services.workspaces.move_memories([kettle], "kitchen", actor=ACTOR)

    await mirror.update()

    assert [path.name for path in outside.iterdir()] == ["victim"]
    assert (outside / "victim").read_text("utf-8") == "untouched"
    assert (root / "Green tea.md").is_symlink()
    with pytest.raises(MirrorFailed, match=r"kitchen/Kettle\.md: kitchen is a link"):
        await mirror.check()


async def test_titles_lead_nowhere_else(services: Services, mirror: Mirror, root: Path) -> None:
    for number, title in enumerate(["../../up", "MIRROR", "CON", "a/b\\c", "..", "."]):
        await _store(services, Content(f"Text {number}", title=title))
    await mirror.update()
    assert all("/" not in name for name in _notes(root))
    assert len(_notes(root)) == 6


@pytest.mark.parametrize("fault", ["vanished", "a file", "read-only"])
async def test_a_folder_that_cannot_be_written_is_said_and_stops_nothing(
    services: Services, mirror: Mirror, root: Path, fault: str
) -> None:
    if fault == "read-only" and os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    await _store(services, TEA)
    await mirror.update()
    _break(root, fault)
    await _store(services, KETTLE)
    assert not await mirror.update()
    with pytest.raises(MirrorFailed) as failure:
        await mirror.check()
    assert failure.value.hint

    _mend(root, fault)
    assert await mirror.update()
    assert await mirror.check() == "2 notes, current"
    assert list(_notes(root)) == ["Green tea.md", "Kettle.md"]


async def test_a_full_disk_leaves_whole_files_and_is_made_up_for(
    services: Services, mirror: Mirror, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _store(services, TEA)
    await mirror.update()
    kettle = await _store(services, KETTLE)

    def full(path: Path) -> object:
        create(path).close()
        raise OSError(28, "No space left on device", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(files, "create", full)
        assert not await mirror.update()
        with pytest.raises(MirrorFailed, match="No space left on device"):
            await mirror.check()
    assert list(_notes(root)) == ["Green tea.md"]
    assert await mirror.update()
    assert kettle in _notes(root)["Kettle.md"]


async def test_one_of_several_processes_writes(
    services: Services, mirror: Mirror, root: Path, clock: ManualClock
) -> None:
    await _store(services, TEA)
    other = _mirror(services, root, clock)
    await mirror.update()
    await _store(services, KETTLE)
    with ledger.locked(root / ".memorizer") as is_ours:
        assert is_ours
        assert not await other.update()
    assert list(_notes(root)) == ["Green tea.md"]
    assert await other.update()
    assert await mirror.check() == "2 notes, current"


async def test_the_folder_of_another_store_is_left_alone(
    services: Services, mirror: Mirror, root: Path, settings: Settings, tmp_path: Path
) -> None:
    await _store(services, TEA)
    await mirror.update()
    elsewhere = settings.model_copy(update={"data_dir": tmp_path / "other", "database_url": None})
    async with open_services(elsewhere, embedder=WordEmbedder(), writer=FirstWords()) as other:
        wrong = _mirror(other.services, root, ManualClock())
        assert not await wrong.update()
        with pytest.raises(MirrorFailed, match="another store"):
            await wrong.check()
    assert list(_notes(root)) == ["Green tea.md"]


async def test_a_mirror_that_nobody_writes_is_late(
    services: Services, mirror: Mirror, clock: ManualClock
) -> None:
    await mirror.update()
    await _store(services, TEA)
    assert (await mirror.check()).startswith("0 notes, of ")
    clock.advance(seconds=module.LATE_MS / 1_000 + 1)
    with pytest.raises(MirrorFailed, match="not current since"):
        await mirror.check()


async def test_without_its_own_files_it_finds_its_notes(
    services: Services, mirror: Mirror, root: Path, clock: ManualClock
) -> None:
    """As after a clone from Git, or when the file of what was written is damaged."""
    await _store(services, TEA)
    await mirror.update()
    before = _touched(root)
    (root / ".memorizer" / "mirror.db").write_bytes(b"no database at all" * 100)
    await _mirror(services, root, clock).update()
    assert _touched(root) == before


async def test_it_can_be_imported_and_brings_nothing_new(
    services: Services, mirror: Mirror, root: Path
) -> None:
    await _store(services, TEA)
    await mirror.update()
    memories, _, refused = sorted_out(markdown_notes.read(root, NOW))
    assert ([each.memory.content for each in memories], refused) == ([TEA], [])
    report, _ = await imported(services, markdown_notes.read(root, NOW))
    assert not report.refused


@both_databases
async def test_a_worker_keeps_it_current(settings: Settings, root: Path) -> None:
    there = settings.model_copy(update={"mirror_dir": root})
    async with open_services(there, embedder=WordEmbedder(), writer=FirstWords()) as container:
        services = container.services
        checks = {check.part: check for check in await services.health.checks()}
        assert checks["mirror"].detail == "not written yet"
        await _store(services, TEA)
        async with running(container.worker):
            await wait_until(lambda: _has(root, "Green tea.md"), description="the note")


async def _has(root: Path, name: str) -> bool:
    return name in _notes(root)
