"""The tools, by group."""

from collections.abc import Mapping
from typing import Final

from memorizer.mcp.tool import Tool
from memorizer.mcp.tools import (
    archiving,
    chatgpt,
    documents,
    editing,
    jobs,
    proposals,
    reading,
    relationships,
    searching,
    statistics,
    storing,
    timeline,
    workspaces,
)

CORE: Final = (
    storing.store,
    searching.search_memories,
    timeline.recent,
    reading.get,
    reading.get_many,
    editing.edit,
    editing.update_metadata,
    editing.delete,
    relationships.create_relationship,
    editing.revert_to_version,
)
FURTHER: Final = (
    archiving.archive,
    archiving.restore,
    relationships.remove_relationship,
    statistics.statistics,
    jobs.start_job,
    jobs.watch_job,
    proposals.list_proposals,
    proposals.decide_proposal,
    workspaces.get_workspace,
    workspaces.create_workspace,
    workspaces.update_workspace,
    workspaces.delete_workspace,
    workspaces.get_project_context,
    workspaces.create_project,
    workspaces.update_project,
    workspaces.delete_project,
    workspaces.move_memory,
    archiving.archive_memory,
    archiving.restore_memory,
    workspaces.get_by_filter,
    workspaces.list_archived,
    documents.ingest,
)
CHATGPT: Final = (chatgpt.search, chatgpt.fetch)
GROUPS: Final[Mapping[str, tuple[Tool, ...]]] = {
    "core": CORE,
    "all": CORE + FURTHER,
    "chatgpt": CORE + CHATGPT,
}
