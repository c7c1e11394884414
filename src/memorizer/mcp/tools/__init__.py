"""The tools, by group."""

from collections.abc import Mapping
from typing import Final

from memorizer.mcp.tool import Tool
from memorizer.mcp.tools import changing, jobs, reading, relating, searching, storing, upkeep

CORE: Final = (
    storing.store,
    searching.search_memories,
    reading.get,
    reading.get_many,
    changing.edit,
    changing.update_metadata,
    changing.delete,
    relating.create_relationship,
    changing.revert_to_version,
)
FURTHER: Final = (
    upkeep.archive,
    upkeep.restore,
    relating.remove_relationship,
    upkeep.statistics,
    jobs.start_job,
    jobs.watch_job,
)
GROUPS: Final[Mapping[str, tuple[Tool, ...]]] = {"core": CORE, "all": CORE + FURTHER}
