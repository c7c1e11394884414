"""Files that are sent to be imported: a dry run, its confirmation; and files of an export."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast
from zipfile import ZipFile

import pytest

from memorizer.domain.errors import ActionNotAllowed, InvalidField, NotFound
from memorizer.domain.jobs import BulkProgress, Job, JobState
from memorizer.domain.memories import Filter
from memorizer.domain.records import ExportFormat
from memorizer.services import Services
from support.memorizer import Memorizer
from support.waiting import wait_until

NOTES = {
    "vault/Tea.md": "Green tea wants water of 80 degrees. See [[Kettle]].",
    "vault/Kettle.md": "The kettle holds a litre. #metal",
    "vault/picture.png": "not a note",
}


everywhere = pytest.mark.parametrize(
    ("database_engine", "queue_engine"), [("sqlite", "database"), ("postgresql", "redis")]
)


def _zip(files: Mapping[str, str]) -> io.BytesIO:
    out = io.BytesIO()
    with ZipFile(out, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return out


async def _ended(services: Services, job_id: str) -> Job:
    async def ended() -> Job | None:
        job = await services.jobs.get(job_id)
        return job if job.state in (JobState.COMPLETED, JobState.FAILED) else None

    return cast("Job", await wait_until(ended, description="the end of the import"))


async def _result(services: Services, job_id: str) -> dict[str, Any]:
    job = await _ended(services, job_id)
    assert job.state is JobState.COMPLETED, job.error
    return cast("dict[str, Any]", job.result)


async def _count(services: Services) -> int:
    return await services.memories.database.read(lambda tx: tx.memories.count(Filter()))


@everywhere
async def test_a_dry_run_says_what_the_import_then_does(memorizer: Memorizer) -> None:
    services = memorizer.services
    await memorizer.start_worker()
    dry_id = await services.file_imports.add(_zip(NOTES), "vault.zip")

    dry = await _result(services, dry_id)
    assert (dry["format"], dry["dryRun"], dry["refused"]) == ("markdown", True, 0)
    assert dry["counts"]["memories"] == {"added": 2}
    [note] = dry["notes"]
    assert (note["count"], note["examples"]) == (1, ["the files (1 .png)"])
    assert await _count(services) == 0

    done_id = await services.file_imports.confirm(dry_id)
    done = await _result(services, done_id)
    assert (done["counts"], done["dryRun"]) == (dry["counts"], False)
    job = await services.jobs.get(done_id)
    assert job.items is not None
    assert (job.items.total, job.items.done) == (3, 3)
    assert await _count(services) == 2

    again = await _result(
        services, await services.file_imports.add(_zip(NOTES), "vault.zip", dry_run=False)
    )
    assert again["counts"]["memories"] == {"known": 2}


async def test_what_is_refused_comes_by_reasons(memorizer: Memorizer) -> None:
    services = memorizer.services
    await memorizer.start_worker()
    lines = b'{"kind":"memory"}\n' * 7 + b'{"kind":"memorizer-export","version":1}\n'
    job_id = await services.file_imports.add(io.BytesIO(lines), "memories.jsonl")
    result = await _result(services, job_id)
    assert result["refused"] >= 7
    first = result["refusals"][0]
    assert first["count"] == 7
    assert len(first["examples"]) == 5


async def test_what_is_no_import_fails_its_job_and_says_why(memorizer: Memorizer) -> None:
    services = memorizer.services
    await memorizer.start_worker()
    job_id = await services.file_imports.add(io.BytesIO(b"\x7fELF"), "program.bin")
    job = await _ended(services, job_id)
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert job.error.startswith("program.bin looks like none of the formats")
    with pytest.raises(ActionNotAllowed):
        await services.file_imports.confirm(job_id)
    with pytest.raises(InvalidField, match="is empty"):
        await services.file_imports.add(io.BytesIO(), "nothing.md")


async def test_an_import_may_be_for_one_workspace(memorizer: Memorizer) -> None:
    services = memorizer.services
    await memorizer.start_worker()
    await services.workspaces.create("Kitchen", actor="test")
    job_id = await services.file_imports.add(
        _zip(NOTES), "vault.zip", workspace="kitchen", dry_run=False
    )
    await _result(services, job_id)
    kitchen = await services.focused("kitchen")
    assert await _count(kitchen) == 2
    with pytest.raises(NotFound):
        await services.file_imports.add(_zip(NOTES), "vault.zip", workspace="nowhere")


async def test_a_job_that_began_twice_brings_nothing_twice(memorizer: Memorizer) -> None:
    """As after `kill -9`: whoever takes the job over begins anew."""
    services = memorizer.services
    job_id = await services.file_imports.add(_zip(NOTES), "vault.zip", dry_run=False)
    job = await services.jobs.get(job_id)
    [task] = [task for task in memorizer.container.worker.tasks if task.name == job.name]

    async def report(progress: int, items: BulkProgress | None = None) -> None:
        """Nobody is told."""

    await task.run(job, report)
    await memorizer.start_worker()
    assert (await _result(services, job_id))["counts"]["memories"] == {"known": 2}


async def test_exports_are_files(services: Services, tmp_path: Path) -> None:
    for format_, name in ((ExportFormat.JSONL, "a.jsonl"), (ExportFormat.MARKDOWN, "a.zip")):
        await services.export.write_file(format_, tmp_path / name)
    assert (tmp_path / "a.jsonl").read_bytes().startswith(b'{"kind":"memorizer-export"')
    assert ZipFile(tmp_path / "a.zip").namelist() == []
