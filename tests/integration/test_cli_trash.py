"""`memorizer trash`, `backup` and `duplicates` as a person uses them."""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import apsw
import pytest

from memorizer.bootstrap import open_services
from memorizer.domain.memories import Content
from memorizer.settings import Settings
from support.processes import environment
from support.waiting import HANG_SECONDS

TITLES = ("Honey", "Bees", "Tea")


@pytest.fixture
async def ids(tmp_path: Path) -> Sequence[str]:
    """Three memories of nearly the same text; the first two are deleted."""
    async with open_services(Settings(data_dir=tmp_path)) as container:
        services, made = container.services, []
        for title in TITLES:
            content = Content("Honey never spoils, they say.", title=title)
            made.append((await services.memories.create(content, actor="test")).memory.id)
        for id_ in made[:2]:
            await services.memories.delete(id_, actor="test")
    return made


def run(tmp_path: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "memorizer", *arguments, "--data-dir", str(tmp_path)],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=HANG_SECONDS,
        env=environment(),
    )


def test_memories_are_pinned_and_unpinned(tmp_path: Path, ids: Sequence[str]) -> None:
    pinned = run(tmp_path, "pin", ids[2])
    unpinned = run(tmp_path, "unpin", ids[2])
    missing = run(tmp_path, "pin", ids[0])

    assert pinned.stdout == f"✓ Pinned {ids[2]}  Tea\n"
    assert unpinned.stdout == f"✓ Unpinned {ids[2]}  Tea\n"
    assert (missing.returncode, ids[0] in missing.stderr) == (3, True)


def test_the_trash_is_listed_restored_from_and_emptied(tmp_path: Path, ids: Sequence[str]) -> None:
    listed = run(tmp_path, "trash", "list")
    restored = run(tmp_path, "trash", "restore", ids[0])
    emptied = run(tmp_path, "trash", "empty", "--yes")
    again = run(tmp_path, "trash", "restore", ids[1])

    assert [line.split()[:2] for line in listed.stdout.splitlines()[1:]] == [
        [ids[1], "Bees"],
        [ids[0], "Honey"],
    ]
    assert "30 days" in listed.stderr
    assert restored.stdout == f"✓ Restored {ids[0]}  Honey\n"
    assert emptied.stdout == "Permanently deleted 1 memory.\n"
    assert (again.returncode, again.stderr) == (
        3,
        f"error: There is no memory '{ids[1]}'. It may have been deleted.\n",
    )
    assert run(tmp_path, "trash", "list").stdout == "The trash is empty.\n"


@pytest.mark.usefixtures("ids")
def test_an_empty_trash_is_not_asked_about(tmp_path: Path) -> None:
    run(tmp_path, "trash", "empty", "--yes")

    again = run(tmp_path, "trash", "empty")

    assert (again.returncode, again.stdout) == (0, "The trash is empty.\n")


def test_emptying_asks_first_and_a_no_changes_nothing(tmp_path: Path, ids: Sequence[str]) -> None:
    refused = run(tmp_path, "trash", "empty", stdin="n\n")
    one = run(tmp_path, "trash", "empty", ids[0], stdin="y\n")

    assert refused.returncode == 1
    assert one.stdout.endswith("Permanently deleted 1 memory.\n")
    assert ids[1] in run(tmp_path, "trash", "list").stdout


async def test_versions_are_purged_after_a_question(tmp_path: Path, ids: Sequence[str]) -> None:
    id_, settings = ids[2], Settings(data_dir=tmp_path)
    async with open_services(settings) as container:
        for text in ("two", "three"):
            change = partial(replace, text=text)
            await container.services.memories.update(id_, change, actor="test")

    refused = await asyncio.to_thread(run, tmp_path, "purge-version", id_, "1", stdin="n\n")
    purged = await asyncio.to_thread(run, tmp_path, "purge-version", id_, "1", "2", "--yes")
    present = await asyncio.to_thread(run, tmp_path, "purge-version", id_, "3", "--yes")

    assert refused.returncode == 1
    assert purged.stdout == f"Purged versions 1, 2 of {id_}.\n"
    assert (present.returncode, "edit the memory first" in present.stderr) == (1, True)
    async with open_services(settings) as container:
        versions = await container.services.history.versions(id_)
    assert [each.content.text for each in versions] == ["three", "[purged]", "[purged]"]


def test_duplicates_are_told_at_storing_and_listed(tmp_path: Path, ids: Sequence[str]) -> None:
    stored = run(tmp_path, "add", "Honey never spoils, they say.", "--title", "Again")
    listed = run(tmp_path, "duplicates")

    assert f"{ids[2]} already has exactly this text" in stored.stderr
    similarity, newer, older = listed.stdout.splitlines()
    assert float(similarity) > 0.99
    assert ("Again" in newer, ids[2] in older) == (True, True)


def test_a_backup_goes_where_it_should_and_so_many_stay(tmp_path: Path, ids: Sequence[str]) -> None:
    assert ids
    there = tmp_path / "elsewhere"
    made = [run(tmp_path, "backup", "--to", str(there), "--keep", "2") for _ in range(3)]

    assert [ran.returncode for ran in made] == [0, 0, 0]
    assert made[-1].stdout.startswith("✓ 1 memory backed up and verified, ")
    files = {Path(ran.stdout.strip().rpartition(": ")[2]) for ran in made[-2:]}
    assert set(there.iterdir()) == files


def test_a_backup_with_a_newer_schema_is_refused_and_nothing_changes(
    tmp_path: Path, ids: Sequence[str]
) -> None:
    assert ids
    run(tmp_path, "backup", "--to", str(tmp_path / "to"))
    [backup] = (tmp_path / "to").iterdir()
    with closing(apsw.Connection(str(backup))) as connection:
        connection.execute("PRAGMA user_version = 999")
    before = (tmp_path / "memorizer.db").read_bytes()

    refused = run(tmp_path, "restore", str(backup))

    assert (refused.returncode, "newer Memorizer" in refused.stderr) == (1, True)
    assert (tmp_path / "memorizer.db").read_bytes() == before


def test_the_database_itself_is_no_backup(tmp_path: Path, ids: Sequence[str]) -> None:
    assert ids
    refused = run(tmp_path, "restore", str(tmp_path / "memorizer.db"))
    assert (refused.returncode, "is the database itself" in refused.stderr) == (1, True)


def test_a_dump_of_postgresql_is_not_for_a_file(tmp_path: Path) -> None:
    refused = run(tmp_path, "restore", str(tmp_path / "memorizer.dump"))
    assert (refused.returncode, "MEMORIZER_DATABASE_URL" in refused.stderr) == (1, True)
