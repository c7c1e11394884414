"""Memories of the synchronous client. Made of `_async_memories.py` by `make client`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from memorizer_client._requests import (
    UNSET,
    ApiRequest,
    Unset,
    by_key,
    fields_of,
    if_match,
    segment,
)
from memorizer_client.models import (
    BatchOutcomes,
    Memory,
    MemoryEvent,
    MemoryEvents,
    MemoryPage,
    MemoryVersion,
    MemoryVersions,
    Metadata,
    StoredMemory,
)

if TYPE_CHECKING:
    from memorizer_client._client import Memorizer

MAX_PAGE = 100


@dataclass(frozen=True, slots=True)
class NewMemory:
    """A memory to store. `expected_version`: 0: the key must be free."""

    text: str
    type: str | Unset = UNSET
    title: str | Unset = UNSET
    source: str | Unset = UNSET
    tags: Sequence[str] | Unset = UNSET
    metadata: Metadata | Unset = UNSET
    key: str | Unset = UNSET
    workspace: str | Unset = UNSET
    valid_until: datetime | Unset | None = UNSET
    expected_version: int | Unset = UNSET

    def as_json(self) -> dict[str, Any]:
        """Return it as the API takes it."""
        return fields_of(**{name: getattr(self, name) for name in self.__slots__})


class Memories:
    """Memories: by id, by key, many at once, and their versions."""

    def __init__(self, client: Memorizer) -> None:
        self._client = client

    def create(
        self,
        text: str,
        *,
        type: str | Unset = UNSET,  # noqa: A002 - the API's name
        title: str | Unset = UNSET,
        source: str | Unset = UNSET,
        tags: Sequence[str] | Unset = UNSET,
        confidence: float | Unset = UNSET,
        metadata: Metadata | Unset = UNSET,
        key: str | Unset = UNSET,
        workspace: str | Unset = UNSET,
        valid_from: datetime | Unset = UNSET,
        valid_until: datetime | Unset = UNSET,
        replaces: Sequence[str] | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> StoredMemory:
        """Store a memory, once, also when the request has to be sent again.

        `replaces`: ids of memories that it supersedes. Raises Conflict when the key is taken.
        """
        body = fields_of(
            text=text,
            type=type,
            title=title,
            source=source,
            tags=tags,
            confidence=confidence,
            metadata=metadata,
            key=key,
            workspace=workspace,
            valid_from=valid_from,
            valid_until=valid_until,
            replaces=replaces,
        )
        headers = {"Idempotency-Key": idempotency_key or str(uuid4())}
        request = ApiRequest("POST", "/api/memories", body=body, headers=headers)
        return self._client.call(StoredMemory, request)

    def create_many(
        self, memories: Sequence[NewMemory], *, idempotency_key: str | None = None
    ) -> BatchOutcomes:
        """Store up to 500 memories in one transaction; with a known key, their next versions."""
        body = {"memories": [memory.as_json() for memory in memories]}
        headers = {"Idempotency-Key": idempotency_key or str(uuid4())}
        request = ApiRequest("POST", "/api/memories/batch", body=body, headers=headers)
        return self._client.call(BatchOutcomes, request)

    def get(self, memory_id: str) -> Memory:
        """Return a memory. Raises NotFound."""
        return self._client.call(Memory, ApiRequest("GET", _path(memory_id)))

    def update(
        self,
        memory_id: str,
        *,
        text: str | Unset = UNSET,
        type: str | Unset = UNSET,  # noqa: A002 - the API's name
        title: str | Unset | None = UNSET,
        source: str | Unset = UNSET,
        tags: Sequence[str] | Unset = UNSET,
        confidence: float | Unset = UNSET,
        metadata: Metadata | Unset = UNSET,
        key: str | Unset | None = UNSET,
        workspace: str | Unset = UNSET,
        pinned: bool | Unset = UNSET,
        valid_from: datetime | Unset | None = UNSET,
        valid_until: datetime | Unset | None = UNSET,
        expected_version: int | None = None,
    ) -> Memory:
        """Change some fields; the version before is kept.

        Raises NotFound; Conflict if it is not at `expected_version`, or the key is taken.
        """
        body = fields_of(
            text=text,
            type=type,
            title=title,
            source=source,
            tags=tags,
            confidence=confidence,
            metadata=metadata,
            key=key,
            workspace=workspace,
            pinned=pinned,
            valid_from=valid_from,
            valid_until=valid_until,
        )
        return self._client.call(
            Memory, _conditional("PATCH", _path(memory_id), body, expected_version)
        )

    def delete(self, memory_id: str, *, expected_version: int | None = None) -> None:
        """Move a memory to the trash. Raises NotFound, Conflict."""
        self._client.request(_conditional("DELETE", _path(memory_id), None, expected_version))

    def archive(self, memory_id: str) -> Memory:
        """Take a memory out of lists and searches. Raises NotFound."""
        return self._client.call(Memory, ApiRequest("POST", f"{_path(memory_id)}/archive"))

    def unarchive(self, memory_id: str) -> Memory:
        """Bring an archived memory back. Raises NotFound."""
        return self._client.call(Memory, ApiRequest("POST", f"{_path(memory_id)}/restore"))

    def put(
        self,
        key: str,
        text: str,
        *,
        type: str | Unset = UNSET,  # noqa: A002 - the API's name
        title: str | Unset = UNSET,
        source: str | Unset = UNSET,
        tags: Sequence[str] | Unset = UNSET,
        confidence: float | Unset = UNSET,
        metadata: Metadata | Unset = UNSET,
        valid_until: datetime | Unset = UNSET,
        expected_version: int | None = None,
        only_create: bool = False,
    ) -> StoredMemory:
        """Store under a key: a new memory, or the next version of the one that has it.

        Raises Conflict if it is not at `expected_version`, or is there and must not be.
        """
        body = fields_of(
            text=text,
            type=type,
            title=title,
            source=source,
            tags=tags,
            confidence=confidence,
            metadata=metadata,
            valid_until=valid_until,
        )
        request = _conditional("PUT", by_key(key), body, expected_version, only_create=only_create)
        return self._client.call(StoredMemory, request)

    def get_by_key(self, key: str) -> Memory:
        """Return the memory with this key. Raises NotFound."""
        return self._client.call(Memory, ApiRequest("GET", by_key(key)))

    def delete_by_key(self, key: str, *, expected_version: int | None = None) -> None:
        """Move the memory with this key to the trash. Raises NotFound, Conflict."""
        self._client.request(_conditional("DELETE", by_key(key), None, expected_version))

    def page(
        self,
        *,
        types: Sequence[str] = (),
        tags: Sequence[str] = (),
        metadata: Mapping[str, Any] | None = None,
        key_prefix: str | None = None,
        directly: bool = False,
        validity: Literal["current", "superseded", "expired", "review"] | None = None,
        pinned: bool | None = None,
        archived: Literal["false", "true", "all"] = "false",
        limit: int = MAX_PAGE,
        cursor: str | None = None,
    ) -> MemoryPage:
        """Return a page of at most 100 memories, newest first.

        `metadata`: values by name, or by name and operator: {"n.$gte": 2}. With `directly`, like
        a folder: what lies deeper than the prefix is only counted, in `folders`.
        """
        query: dict[str, Any] = {
            "type": list(types),
            "tag": list(tags),
            "keyPrefix": key_prefix,
            "depth": 1 if directly else None,
            "validity": validity,
            "pinned": pinned,
            "archived": archived,
            "limit": limit,
            "cursor": cursor,
        }
        query |= {f"metadata.{name}": value for name, value in (metadata or {}).items()}
        return self._client.call(MemoryPage, ApiRequest("GET", "/api/memories", query))

    def all(self, **conditions: Any) -> Iterator[Memory]:
        """Yield all memories that meet the conditions of `page`, newest first."""
        cursor: str | None = None
        while True:
            page = self.page(cursor=cursor, **conditions)
            yield from page.memories
            if (cursor := page.next_cursor) is None:
                return

    def versions(self, memory_id: str) -> Iterator[MemoryVersion]:
        """Yield all versions, newest first. Raises NotFound."""
        cursor: str | None = None
        while True:
            request = ApiRequest("GET", f"{_path(memory_id)}/versions", {"cursor": cursor})
            page = self._client.call(MemoryVersions, request)
            yield from page.versions
            if (cursor := page.next_cursor) is None:
                return

    def version(self, memory_id: str, version: int) -> MemoryVersion:
        """Return a version. Raises NotFound."""
        request = ApiRequest("GET", f"{_path(memory_id)}/versions/{version}")
        return self._client.call(MemoryVersion, request)

    def revert(
        self, memory_id: str, version: int, *, expected_version: int | None = None
    ) -> Memory:
        """Make an earlier version the content again, as a new one. Raises NotFound, Conflict."""
        path = f"{_path(memory_id)}/revert"
        body = {"version": version}
        return self._client.call(Memory, _conditional("POST", path, body, expected_version))

    def events(self, memory_id: str) -> Iterator[MemoryEvent]:
        """Yield what happened to a memory, newest first. Raises NotFound."""
        cursor: str | None = None
        while True:
            request = ApiRequest("GET", f"{_path(memory_id)}/events", {"cursor": cursor})
            page = self._client.call(MemoryEvents, request)
            yield from page.events
            if (cursor := page.next_cursor) is None:
                return


def _path(memory_id: str) -> str:
    return f"/api/memories/{segment(memory_id)}"


def _conditional(
    method: Literal["POST", "PUT", "PATCH", "DELETE"],
    path: str,
    body: Mapping[str, Any] | None,
    expected_version: int | None,
    *,
    only_create: bool = False,
) -> ApiRequest:
    """Return a request that may expect a version.

    Where it does, its repetition would conflict with itself.
    """
    headers = {"If-None-Match": "*"} if only_create else if_match(expected_version)
    return ApiRequest(method, path, body=body, headers=headers, repeatable=not headers)
