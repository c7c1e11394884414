"""Claude's memory tool, whose files are memories.

    tool = MemorizerMemoryTool(workspace="acme")
    client.beta.messages.run_tools(tools=[tool], ...)

Each file under `/memories` is a memory with a key: it is found by searches of others, every edit is
a version, and what is deleted waits in the trash. Needs `anthropic`.
"""

from typing import Final, TypeVar

from anthropic.lib.tools import BetaAbstractMemoryTool, BetaAsyncAbstractMemoryTool
from anthropic.types.beta import (
    BetaMemoryTool20250818CreateCommand,
    BetaMemoryTool20250818DeleteCommand,
    BetaMemoryTool20250818InsertCommand,
    BetaMemoryTool20250818RenameCommand,
    BetaMemoryTool20250818StrReplaceCommand,
    BetaMemoryTool20250818ViewCommand,
)

from memorizer_client._async_client import AsyncMemorizer
from memorizer_client._client import Memorizer
from memorizer_client._driving import Plan, drive, drive_async
from memorizer_client._memory_files import MemoryFiles, refusal
from memorizer_client.errors import MemorizerError

DEFAULT_PREFIX: Final = "memories/"

T = TypeVar("T")


class MemorizerMemoryTool(BetaAbstractMemoryTool):
    """Implements anthropic.lib.tools.BetaAbstractMemoryTool.

    `url`, `token`, `workspace` as Memorizer takes them; `client` replaces what is made of them.
    `prefix`: how the keys of the memories begin, for example one per user.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        token: str | None = None,
        workspace: str | None = None,
        prefix: str = DEFAULT_PREFIX,
        client: Memorizer | None = None,
    ) -> None:
        super().__init__()
        self._files = MemoryFiles(prefix.strip("/") + "/")
        self._client = client or Memorizer(url, token=token, workspace=workspace)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _run(self, plan: Plan[T]) -> T:
        try:
            return drive(self._client, plan)
        except MemorizerError as error:
            raise refusal(error) from error

    def view(self, command: BetaMemoryTool20250818ViewCommand) -> str:
        """Show a file or a directory."""
        return self._run(self._files.view(command.path, command.view_range))

    def create(self, command: BetaMemoryTool20250818CreateCommand) -> str:
        """Make a file."""
        return self._run(self._files.create(command.path, command.file_text))

    def str_replace(self, command: BetaMemoryTool20250818StrReplaceCommand) -> str:
        """Replace a text that occurs once."""
        return self._run(self._files.str_replace(command.path, command.old_str, command.new_str))

    def insert(self, command: BetaMemoryTool20250818InsertCommand) -> str:
        """Insert lines."""
        plan = self._files.insert(command.path, command.insert_line, command.insert_text)
        return self._run(plan)

    def delete(self, command: BetaMemoryTool20250818DeleteCommand) -> str:
        """Move a file or directory to the trash."""
        return self._run(self._files.delete(command.path))

    def rename(self, command: BetaMemoryTool20250818RenameCommand) -> str:
        """Move a file or directory."""
        return self._run(self._files.rename(command.old_path, command.new_path))

    def clear_all_memory(self) -> str:
        """Move everything to the trash."""
        return self._run(self._files.clear())


class AsyncMemorizerMemoryTool(BetaAsyncAbstractMemoryTool):
    """Implements anthropic.lib.tools.BetaAsyncAbstractMemoryTool; see MemorizerMemoryTool."""

    def __init__(
        self,
        url: str | None = None,
        *,
        token: str | None = None,
        workspace: str | None = None,
        prefix: str = DEFAULT_PREFIX,
        client: AsyncMemorizer | None = None,
    ) -> None:
        super().__init__()
        self._files = MemoryFiles(prefix.strip("/") + "/")
        self._client = client or AsyncMemorizer(url, token=token, workspace=workspace)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _run(self, plan: Plan[T]) -> T:
        try:
            return await drive_async(self._client, plan)
        except MemorizerError as error:
            raise refusal(error) from error

    async def view(self, command: BetaMemoryTool20250818ViewCommand) -> str:
        """Show a file or a directory."""
        return await self._run(self._files.view(command.path, command.view_range))

    async def create(self, command: BetaMemoryTool20250818CreateCommand) -> str:
        """Make a file."""
        return await self._run(self._files.create(command.path, command.file_text))

    async def str_replace(self, command: BetaMemoryTool20250818StrReplaceCommand) -> str:
        """Replace a text that occurs once."""
        plan = self._files.str_replace(command.path, command.old_str, command.new_str)
        return await self._run(plan)

    async def insert(self, command: BetaMemoryTool20250818InsertCommand) -> str:
        """Insert lines."""
        plan = self._files.insert(command.path, command.insert_line, command.insert_text)
        return await self._run(plan)

    async def delete(self, command: BetaMemoryTool20250818DeleteCommand) -> str:
        """Move a file or directory to the trash."""
        return await self._run(self._files.delete(command.path))

    async def rename(self, command: BetaMemoryTool20250818RenameCommand) -> str:
        """Move a file or directory."""
        return await self._run(self._files.rename(command.old_path, command.new_path))

    async def clear_all_memory(self) -> str:
        """Move everything to the trash."""
        return await self._run(self._files.clear())
