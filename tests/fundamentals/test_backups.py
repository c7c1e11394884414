"""Backups: a verified copy of everything, made while others write; and the way back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from memorizer.bootstrap import open_services
from memorizer.bootstrap.restoring import restore
from memorizer.domain.backups import BackupRun
from memorizer.domain.errors import BackupFailed, BackupRunning, Misconfigured
from memorizer.domain.memories import Content, Filter
from memorizer.services import Services
from memorizer.services.backups import Backups
from memorizer.settings import Settings
from support import postgres_programs
from support.clock import ManualClock
from support.memorizer import Memorizer

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
    return (await services.remember.store(content, actor=ACTOR)).memory.id


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
    await services.revise.edit(kept[0], lambda old: replace(old, type="how-to"), actor=ACTOR)
    await services.relate.add(kept[0], kept[1], "needs", actor=ACTOR)
    await services.forget.delete(kept[2], actor=ACTOR)
    run = await services.backups.make()
    versions = await services.recall.versions(kept[0])
    await store(services, 4)
    await services.forget.delete(kept[0], actor=ACTOR)
    await memorizer.stack.aclose()

    restored = restore(settings, path_of(run), replace=True)

    assert restored.memories == 2
    assert restored.kept is not None
    assert restored.kept.exists()
    opened = open_services(settings, embedder=memorizer.embedder, writer=memorizer.writer)
    async with opened as again:
        page, _ = await again.services.recall.page(Filter(), before=None, limit=10)
        assert [memory.id for memory in page] == [kept[1], kept[0]]
        assert await again.services.recall.versions(kept[0]) == versions
        assert len(await again.services.relate.list(kept[1])) == 1
        assert (await again.services.trash.restore(kept[2], actor=ACTOR)).id == kept[2]


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
    with services.backups.maker.alone(), pytest.raises(BackupRunning):
        await services.backups.make()
    await services.backups.make()


async def test_what_a_killed_process_left_is_cleared_away(services: Services) -> None:
    await store(services)
    first = path_of(await services.backups.make())
    part = first.with_name(f"memorizer-20200101-000000-000{first.suffix}.part")
    part.write_bytes(b"half")

    await services.backups.make()

    assert not part.exists()


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
        assert (await again.services.statistics.figures()).memories == 50


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
