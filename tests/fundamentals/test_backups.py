"""Backups: a verified copy of everything, made while others write; and the way back."""

import asyncio
import os
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from memorizer.adapters.sqlite import backup
from memorizer.bootstrap import open_services
from memorizer.bootstrap.maintenance import restore
from memorizer.domain.auth import Kind, Scope
from memorizer.domain.backups import BackupFile, BackupProgress, BackupRun
from memorizer.domain.errors import BackupFailed, BackupRunning, Misconfigured
from memorizer.domain.memories import Content, Filter
from memorizer.domain.workspaces import scope_of
from memorizer.ports.backups import BackupMaker
from memorizer.services import Services
from memorizer.services.backups import Backups
from memorizer.settings import Settings
from support import postgres_programs
from support.clock import ManualClock
from support.memorizer import Memorizer
from support.postgres_server import PostgresServer
from support.waiting import HANG_SECONDS

ACTOR = "test"
TEA = Content("Green tea wants water of 80 degrees.", title="Green tea", tags=("tea",))
HOUR = 3_600
PAGE = 4_096


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    postgres_programs.on_path(monkeypatch)


async def store(services: Services, number: int = 0) -> str:
    content = replace(TEA, text=f"{TEA.text} {number}")
    return (await services.memories.create(content, actor=ACTOR)).memory.id


def path_of(run: BackupRun | None) -> Path:
    assert run is not None
    assert run.file is not None
    return Path(run.file.path)


def scheduled(services: Services, clock: ManualClock, *, hours: int | None) -> Backups:
    schedule = services.backups.schedule
    every_ms = None if hours is None else hours * HOUR * 1_000
    return replace(
        services.backups, clock=clock, schedule=replace(schedule, every_ms=every_ms, keep=2)
    )


async def test_a_backup_is_a_verified_file_that_says_how_much_is_in_it(
    services: Services, settings: Settings
) -> None:
    for number in range(3):
        await store(services, number)

    run = await services.backups.make()

    assert run.file is not None
    assert run.file.memories == 3
    assert path_of(run).parent == settings.backups_dir
    assert path_of(run).stat().st_size == run.file.bytes
    assert path_of(run).stat().st_mode & 0o077 == 0  # nobody else may read it
    overview = await services.backups.overview()
    assert (overview.runs, overview.last_good, overview.failure) == ([run], run, None)


async def test_what_was_backed_up_comes_back_whole(memorizer: Memorizer) -> None:
    services, settings = memorizer.services, memorizer.settings
    kept = [await store(services, number) for number in range(3)]
    await services.memories.update(kept[0], lambda old: replace(old, type="how-to"), actor=ACTOR)
    await services.relationships.add(kept[0], kept[1], "needs", actor=ACTOR)
    await services.memories.delete(kept[2], actor=ACTOR)
    await services.workspaces.create("Acme", actor=ACTOR)
    await services.workspaces.move_memories([kept[1]], "acme", actor=ACTOR)
    grants = await services.workspaces.grants([("acme", Scope.READ)])
    _, text = await services.auth.create("bound", Scope.WRITE, grants=grants)
    run = await services.backups.make()
    versions = await services.history.versions(kept[0])
    await store(services, 4)
    await services.workspaces.delete("acme", actor=ACTOR, to="trash")
    await services.memories.delete(kept[0], actor=ACTOR)
    await memorizer.stack.aclose()

    restored = restore(settings, path_of(run), replace=True)

    assert restored.memories == 2
    assert restored.kept is not None
    assert restored.kept.exists()
    opened = open_services(settings, embedder=memorizer.embedder, writer=memorizer.writer)
    async with opened as again:
        page, _ = await again.services.memories.page(Filter(), before=None, limit=10)
        assert [memory.id for memory in page] == [kept[1], kept[0]]
        assert await again.services.history.versions(kept[0]) == versions
        bound = scope_of(await again.services.auth.identify(text, Kind.TOKEN))
        page, _ = await again.services.within(bound).memories.page(Filter(), before=None, limit=10)
        assert [memory.id for memory in page] == [kept[1]]
        assert len(await again.services.relationships.list(kept[1])) == 1
        assert (await again.services.trash.untrash(kept[2], actor=ACTOR)).memory.id == kept[2]


async def test_what_was_there_before_a_restore_can_be_restored_too(memorizer: Memorizer) -> None:
    services, settings = memorizer.services, memorizer.settings
    await store(services)
    run = await services.backups.make()
    await store(services, 2)
    await memorizer.stack.aclose()
    kept = restore(settings, path_of(run), replace=True).kept

    assert kept is not None
    assert restore(settings, kept, replace=True).memories == 2


async def test_older_ones_go_only_down_to_the_number_that_stays(
    services: Services, tmp_path: Path
) -> None:
    await store(services)
    other = tmp_path / "elsewhere" / "memorizer-notes.db"
    other.parent.mkdir()
    other.write_text("not ours")

    runs = [await services.backups.make(directory=other.parent, keep=2) for _ in range(4)]

    files = {path_of(run) for run in runs[-2:]} | {other}
    assert set(other.parent.iterdir()) == files


@pytest.fixture
def other_settings(
    settings: Settings, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Settings]:
    """Of a second store on the same kind of database."""
    update: dict[str, object] = {"data_dir": tmp_path / "other"}
    with ExitStack() as stack:
        if settings.database_url is not None:
            server: PostgresServer = request.getfixturevalue("postgres")
            update["database_url"] = SecretStr(stack.enter_context(server.database(empty=True)))
        yield settings.model_copy(update=update)


async def test_stores_that_share_a_directory_leave_each_others_backups(
    memorizer: Memorizer, other_settings: Settings, tmp_path: Path
) -> None:
    await store(memorizer.services)
    shared = tmp_path / "shared"
    opened = open_services(other_settings, embedder=memorizer.embedder, writer=memorizer.writer)
    async with opened as other:
        await store(other.services)
        theirs = [await other.services.backups.make(directory=shared, keep=2) for _ in range(2)]
    unnamed = path_of(theirs[0]).with_stem("memorizer-20200101-000000-000")
    unnamed.write_text("of a version that did not name the store")

    runs = [await memorizer.services.backups.make(directory=shared, keep=1) for _ in range(2)]

    kept = {unnamed, path_of(runs[1]), *map(path_of, theirs)}
    assert set(shared.iterdir()) == kept


async def test_a_backup_that_fails_leaves_the_old_ones_and_is_told(
    services: Services, settings: Settings
) -> None:
    await store(services)
    good = await services.backups.make()
    (settings.data_dir / "file").touch()

    with pytest.raises(BackupFailed, match="cannot be written"):
        await services.backups.make(directory=settings.data_dir / "file" / "below", keep=1)

    overview = await services.backups.overview()
    assert path_of(good).exists()
    assert overview.last_good == good
    assert overview.failure is not None
    assert "cannot be written" in (overview.failure.error or "")


async def test_only_one_is_made_at_a_time(services: Services) -> None:
    await store(services)
    with services.backups.maker.lock(), pytest.raises(BackupRunning):
        await services.backups.make()
    await services.backups.make()


async def test_what_a_killed_process_left_is_cleared_away(services: Services) -> None:
    await store(services)
    first = path_of(await services.backups.make())
    left, written = (
        first.with_name(f"memorizer-20200101-000000-000{first.suffix}.{name}.part")
        for name in ("left", "written")
    )
    for part in (left, written):
        part.write_bytes(b"half")
    hours_ago = time.time() - 2 * HOUR
    os.utime(left, (hours_ago, hours_ago))

    await services.backups.make()

    assert not left.exists()
    assert written.exists()  # by another store that keeps its backups here too


@dataclass
class Held:
    """A maker that waits for its gate in the middle of its work."""

    real: BackupMaker
    gate: threading.Event = field(default_factory=threading.Event)
    has_begun: asyncio.Event = field(default_factory=asyncio.Event)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)

    def lock(self) -> AbstractContextManager[None]:
        return self.real.lock()

    def make(self, directory: Path, at: int, watch: BackupProgress) -> BackupFile:
        self.loop.call_soon_threadsafe(self.has_begun.set)
        assert self.gate.wait(HANG_SECONDS)
        watch(0.5)
        return self.real.make(directory, at, watch)

    def prune(self, directory: Path, keep: int) -> None:
        self.real.prune(directory, keep)


async def test_a_cancelled_backup_keeps_its_lock_until_its_thread_has_ended(
    services: Services,
) -> None:
    await store(services)
    held = Held(services.backups.maker)
    first = asyncio.create_task(replace(services.backups, maker=held).make())
    await held.has_begun.wait()
    first.cancel()
    await asyncio.sleep(0)
    first.cancel()  # whoever is impatient changes nothing
    with pytest.raises(BackupRunning):
        await services.backups.make()
    held.gate.set()
    await asyncio.wait({first})
    assert first.cancelled()
    assert path_of(await services.backups.make()).exists()
    assert (await services.backups.overview()).runs[1:] == []  # the first was given up


async def test_a_cancelled_copy_ends_at_its_next_step(
    services: Services, monkeypatch: pytest.MonkeyPatch, database_engine: str
) -> None:
    if database_engine == "postgresql":
        pytest.skip("pg_dump is a process, which is killed")
    monkeypatch.setattr(backup, "PAGES_PER_STEP", 1)
    await store(services)
    loop, begun, gate = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
    steps: list[float] = []

    def watch(share: float) -> None:
        steps.append(share)
        loop.call_soon_threadsafe(begun.set)
        assert gate.wait(HANG_SECONDS)

    making = asyncio.create_task(services.backups.make(watch=watch))
    await begun.wait()
    making.cancel()
    await asyncio.sleep(0)
    gate.set()
    await asyncio.wait({making})
    assert making.cancelled()
    assert len(steps) == 1
    assert not [*Path(services.backups.schedule.directory).iterdir()]  # noqa: ASYNC240


async def test_backups_are_made_when_they_are_due(services: Services) -> None:
    clock = ManualClock()
    backups = scheduled(services, clock, hours=24)
    assert await backups.make_if_due() is None  # there is nothing to lose yet
    await store(services)

    first = await backups.make_if_due()
    clock.advance(seconds=24 * HOUR - 1)
    early = await backups.make_if_due()
    clock.advance(seconds=1)
    second = await backups.make_if_due()

    assert (path_of(first).exists(), early, path_of(second).exists()) == (True, None, True)
    overview = await backups.overview()
    assert overview.next_at == clock.now() + 24 * HOUR * 1_000


async def test_without_a_schedule_only_who_asks_makes_one(services: Services) -> None:
    await store(services)
    assert await scheduled(services, ManualClock(), hours=None).make_if_due() is None


async def test_after_a_failure_the_next_attempt_waits_an_hour(
    services: Services, settings: Settings
) -> None:
    clock = ManualClock()
    backups = scheduled(services, clock, hours=24)
    await store(services)
    settings.data_dir.mkdir(exist_ok=True)
    settings.backups_dir.touch()  # a file in the place of the folder
    with pytest.raises(BackupFailed):
        await backups.make_if_due()
    settings.backups_dir.unlink()

    clock.advance(seconds=HOUR - 1)
    assert await backups.make_if_due() is None
    clock.advance(seconds=1)
    assert path_of(await backups.make_if_due()).exists()


@contextmanager
def damaged(path: Path, tmp_path: Path) -> Iterator[Path]:
    copy = tmp_path / path.name
    content = bytearray(path.read_bytes())
    for page in range(PAGE, len(content), PAGE):
        content[page : page + 8] = b"\x5a" * 8
    copy.write_bytes(content)
    yield copy


async def test_a_damaged_backup_is_refused_and_nothing_changes(
    memorizer: Memorizer, tmp_path: Path
) -> None:
    services, settings = memorizer.services, memorizer.settings
    for number in range(50):
        await store(services, number)
    run = await services.backups.make()
    await memorizer.stack.aclose()

    with damaged(path_of(run), tmp_path) as copy, pytest.raises(BackupFailed):
        restore(settings, copy, replace=True)

    opened = open_services(settings, embedder=memorizer.embedder, writer=memorizer.writer)
    async with opened as again:
        assert (await again.services.statistics.totals()).memories == 50


async def test_what_is_no_backup_is_refused(memorizer: Memorizer, tmp_path: Path) -> None:
    await memorizer.stack.aclose()
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Anna, " * 500)

    with pytest.raises(BackupFailed):
        restore(memorizer.settings, letter, replace=True)
    with pytest.raises(BackupFailed, match="There is no file"):
        restore(memorizer.settings, tmp_path / "nothing.db", replace=True)


async def test_nothing_is_restored_while_somebody_is_there(memorizer: Memorizer) -> None:
    run = await memorizer.services.backups.make()
    with pytest.raises(Misconfigured, match="Stop"):
        restore(memorizer.settings, path_of(run), replace=True)
