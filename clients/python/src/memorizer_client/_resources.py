"""What else the synchronous client has. Made of `_async_resources.py` by `make client`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from memorizer_client._decoding import decode
from memorizer_client._requests import UNSET, ApiRequest, Unset, fields_of, segment
from memorizer_client.errors import MemorizerError
from memorizer_client.models import (
    DeletedMemory,
    Job,
    JobPage,
    JobProgress,
    JobState,
    RestoredMemory,
    TrashPage,
    Workspace,
    WorkspaceList,
)

if TYPE_CHECKING:
    from memorizer_client._client import Memorizer


class Workspaces:
    """Workspaces and projects: a tree. Each is named by its id or its path."""

    def __init__(self, client: Memorizer) -> None:
        self._client = client

    def all(self) -> list[Workspace]:
        """Return all that the token may see."""
        found = self._client.call(WorkspaceList, ApiRequest("GET", "/api/workspaces"))
        return found.workspaces

    def get(self, ref: str) -> Workspace:
        """Return one, with the number of its memories. Raises NotFound."""
        return self._client.call(Workspace, ApiRequest("GET", _workspace(ref)))

    def create(
        self,
        name: str,
        *,
        parent: str | Unset = UNSET,
        slug: str | Unset = UNSET,
        kind: Literal["workspace", "project"] | Unset = UNSET,
        description: str | Unset = UNSET,
    ) -> Workspace:
        """Make one. Raises Conflict when its path is taken."""
        body = fields_of(name=name, parent=parent, slug=slug, kind=kind, description=description)
        request = ApiRequest("POST", "/api/workspaces", body=body, repeatable=False)
        return self._client.call(Workspace, request)

    def update(
        self,
        ref: str,
        *,
        name: str | Unset = UNSET,
        slug: str | Unset = UNSET,
        description: str | Unset = UNSET,
        archived: bool | Unset = UNSET,
    ) -> Workspace:
        """Change it. Raises NotFound, Conflict."""
        body = fields_of(name=name, slug=slug, description=description, archived=archived)
        return self._client.call(Workspace, ApiRequest("PATCH", _workspace(ref), body=body))

    def delete(self, ref: str, *, to: str | None = None) -> None:
        """Delete it; its memories go `to` another one. Raises Conflict if it is not empty."""
        self._client.request(ApiRequest("DELETE", _workspace(ref), {"to": to}))


class Trash:
    """Deleted memories."""

    def __init__(self, client: Memorizer) -> None:
        self._client = client

    def all(self) -> Iterator[DeletedMemory]:
        """Yield all deleted memories, last deleted first."""
        cursor: str | None = None
        while True:
            request = ApiRequest("GET", "/api/trash", {"cursor": cursor})
            page = self._client.call(TrashPage, request)
            yield from page.memories
            if (cursor := page.next_cursor) is None:
                return

    def restore(self, memory_id: str) -> RestoredMemory:
        """Bring a memory back. Raises NotFound."""
        path = f"/api/trash/{segment(memory_id)}/restore"
        return self._client.call(RestoredMemory, ApiRequest("POST", path, repeatable=False))

    def purge(self, memory_id: str) -> None:
        """Erase a deleted memory for good. Raises NotFound."""
        self._client.request(ApiRequest("DELETE", f"/api/trash/{segment(memory_id)}"))


class Jobs:
    """Background jobs."""

    def __init__(self, client: Memorizer) -> None:
        self._client = client

    def get(self, job_id: str) -> Job:
        """Return a job. Raises NotFound."""
        return self._client.call(Job, ApiRequest("GET", _job(job_id)))

    def page(
        self,
        *,
        queue: str | None = None,
        state: JobState | None = None,
        limit: int = 100,
        cursor: str | None = None,
    ) -> JobPage:
        """Return a page of jobs, newest first."""
        query: dict[str, Any] = {"queue": queue, "state": state, "limit": limit, "cursor": cursor}
        return self._client.call(JobPage, ApiRequest("GET", "/api/admin/jobs", query))

    def cancel(self, job_id: str) -> Job:
        """Ask a job to stop. Raises NotFound, Conflict when it has ended."""
        return self._client.call(Job, ApiRequest("POST", f"{_job(job_id)}/cancel"))

    def watch(self, job_id: str) -> Iterator[JobProgress]:
        """Yield the progress of a job; the last one is final. Raises NotFound."""
        request = ApiRequest("GET", f"{_job(job_id)}/progress")
        for event in self._client.events(request, reconnect=True):
            if event.data.get("type") == "progress":
                progress = decode(JobProgress, event.data)
                yield progress
                if progress.is_final:
                    return

    def wait(self, job_id: str) -> JobProgress:
        """Wait for the end of a job. Raises NotFound."""
        for progress in self.watch(job_id):
            if progress.is_final:
                return progress
        raise MemorizerError(f"The stream of the job {job_id} ended before the job did.")


def _workspace(ref: str) -> str:
    return "/api/workspaces/" + "/".join(map(segment, ref.split("/")))


def _job(job_id: str) -> str:
    return f"/api/admin/jobs/{segment(job_id)}"
