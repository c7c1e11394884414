"""Several processes on one database file."""

import asyncio
import json

import pytest

from memorizer.domain.memories import Content
from support.memorizer import Memorizer
from support.processes import started, whereabouts

UPDATES = {"sqlite": 1_008, "postgresql": 160}  # shared by 16 writers


@pytest.mark.parametrize("database_engine", UPDATES)
async def test_no_version_is_lost_when_two_processes_write_with_16_writers_each(
    memorizer: Memorizer, database_engine: str
) -> None:
    services, updates = memorizer.services, UPDATES[database_engine]
    stored = await services.memories.create(Content("begin", title="T"), actor="test")
    memory_id = stored.memory.id
    writers = (
        "support.concurrent_writers",
        str(memorizer.settings.data_dir),
        memory_id,
        str(updates),
    )
    where = whereabouts(memorizer.settings)
    with started(*writers, "A", **where) as one, started(*writers, "B", **where) as two:
        outputs = await asyncio.gather(*(asyncio.to_thread(p.communicate) for p in (one, two)))
    assert [p.returncode for p in (one, two)] == [0, 0], outputs
    tallies = [json.loads(out) for out, _ in outputs]
    written = [text for tally in tallies for text in tally["written"]]
    versions = await services.history.versions(memory_id)
    while versions[-1].version > 1:  # they come in pages
        versions += await services.history.versions(memory_id, before=versions[-1].version)
    assert [tally["inconsistent"] for tally in tallies] == [0, 0]
    assert len(written) == 2 * (updates // 16) * 16
    assert sorted(v.content.text for v in versions[:-1]) == sorted(written)
    assert [v.version for v in versions] == list(range(len(written) + 1, 0, -1))


async def test_several_processes_can_make_the_database_at_once(memorizer: Memorizer) -> None:
    fresh = memorizer.settings.data_dir / "fresh"
    script = ("support.concurrent_writers", str(fresh), "none", "0", "A")
    with started(*script) as one, started(*script) as two, started(*script) as three:
        ended = await asyncio.gather(*(asyncio.to_thread(p.communicate) for p in (one, two, three)))
    assert [p.returncode for p in (one, two, three)] == [0, 0, 0], ended
