"""A LangGraph store that keeps its items as memories.

    store = MemorizerStore(workspace="acme")
    graph = builder.compile(store=store)

Each item is a memory with a key: the namespace and the item's key are its path, below `prefix`.
So items are found by meaning and by words, have versions, wait in the trash when they are
deleted, and can be read and edited on the page. Needs `langgraph-checkpoint`.
"""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from langgraph.store.base import (
    BaseStore,
    GetOp,
    Item,
    ListNamespacesOp,
    Op,
    PutOp,
    Result,
    SearchItem,
    SearchOp,
    TTLConfig,
    validate_op_namespace,
)

from memorizer_client._async_client import AsyncMemorizer
from memorizer_client._client import Memorizer
from memorizer_client._decoding import decode
from memorizer_client._driving import Plan, drive, drive_async
from memorizer_client._langgraph_filters import conditions, matches, namespaces
from memorizer_client._langgraph_items import (
    INDEXED,
    PARTIAL,
    TTL,
    is_expired,
    item_fields,
    item_of,
    memory_of,
    names_of,
    path_of,
    path_segment,
)
from memorizer_client._requests import ApiRequest, by_key, fields_of, if_match
from memorizer_client.errors import Conflict, MemorizerError, NotFound
from memorizer_client.models import BatchOutcomes, Memory, MemoryPage, SearchAnswer, SearchHit

MAX_HITS: Final = 100
"""As many hits has an answer of the server at most."""
MAX_PAGE: Final = 100
REFRESH_AFTER: Final = 0.1
"""The share of its time to live after which reading an item prolongs it."""
MAX_CONCURRENT: Final = 16
"""Requests of one `abatch`."""
MAX_SINGLE: Final = 16
MAX_BATCH: Final = 500

T = TypeVar("T")


class MemorizerStore(BaseStore):
    """Implements langgraph.store.base.BaseStore.

    `url`, `token`, `workspace` as Memorizer takes them; `client` and `async_client` replace what
    is made of them. `ttl`: LangGraph's configuration; items that have expired are never returned,
    and `sweep_ttl` moves them to the trash. Reading an item prolongs it only after a tenth of its
    time, since that is a version.
    """

    supports_ttl = True

    def __init__(
        self,
        url: str | None = None,
        *,
        token: str | None = None,
        workspace: str | None = None,
        prefix: str = "langgraph",
        ttl: TTLConfig | None = None,
        client: Memorizer | None = None,
        async_client: AsyncMemorizer | None = None,
    ) -> None:
        self.ttl_config = ttl
        self._prefix = prefix.strip("/")
        self._root = path_of(self._prefix, ())
        self._client = client or Memorizer(url, token=token, workspace=workspace)
        self._async = async_client or AsyncMemorizer(url, token=token, workspace=workspace)

    def close(self) -> None:
        """Close the connections of the synchronous methods."""
        self._client.close()

    async def aclose(self) -> None:
        """Close all connections."""
        self._client.close()
        await self._async.aclose()

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Run operations: what reads sees the store as it was before what writes."""
        results, reads, writes = self._plans(ops)
        for number, plan in reads.items():
            results[number] = drive(self._client, plan)
        for write in writes:
            drive(self._client, write)
        return results

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """Run operations: what reads sees the store as it was before what writes."""
        results, reads, writes = self._plans(ops)
        found = await self._all(list(reads.values()))
        for number, result in zip(reads, found, strict=True):
            results[number] = result
        await self._all(writes)
        return results

    def sweep_ttl(self) -> int:
        """Move expired items to the trash; return how many."""
        return drive(self._client, self._sweep())

    async def asweep_ttl(self) -> int:
        """Move expired items to the trash; return how many."""
        return await drive_async(self._async, self._sweep())

    async def _all(self, plans: list[Plan[T]]) -> list[T]:
        limit = asyncio.Semaphore(MAX_CONCURRENT)

        async def run(plan: Plan[T]) -> T:
            async with limit:
                return await drive_async(self._async, plan)

        return await asyncio.gather(*map(run, plans))

    def _plans(
        self, ops: Iterable[Op]
    ) -> tuple[list[Result], dict[int, Plan[Result]], list[Plan[None]]]:
        """Return room for the results, what reads by its place there, and what writes.

        Of several writes of an item the last one counts.
        """
        results: list[Result] = []
        reads: dict[int, Plan[Result]] = {}
        puts: dict[str, PutOp] = {}
        for number, op in enumerate(ops):
            validate_op_namespace(op)
            results.append(None)
            if isinstance(op, PutOp):
                puts[self._key(op.namespace, op.key)] = op
            else:
                reads[number] = self._read(op)
        deleted = [key for key, op in puts.items() if op.value is None]
        writes: list[Plan[None]] = [_delete(key) for key in deleted]
        return results, reads, writes + _put({k: op for k, op in puts.items() if k not in deleted})

    def _key(self, namespace: tuple[str, ...], key: str) -> str:
        return path_of(self._prefix, namespace) + path_segment(key)

    def _read(self, op: Op) -> Plan[Result]:
        match op:
            case GetOp():
                return self._get(op)
            case SearchOp():
                return self._search(op)
            case ListNamespacesOp():
                return self._list_namespaces(op)
            case _:
                raise ValueError(f"Unknown operation: {type(op).__name__}")

    def _get(self, op: GetOp) -> Plan[Item | None]:
        try:
            answer = yield ApiRequest("GET", by_key(self._key(op.namespace, op.key)))
        except NotFound:
            return None
        memory = decode(Memory, answer)
        if is_expired(memory):
            return None
        if op.refresh_ttl:
            yield from _prolong(memory)
        return item_of(self._root, memory)

    def _search(self, op: SearchOp) -> Plan[list[SearchItem]]:
        prefix = path_of(self._prefix, op.namespace_prefix)
        last = op.offset + op.limit
        found: dict[str, tuple[Memory, float | None]] = {}
        if op.query and op.query.strip():
            for hit in (yield from _hits(op.query, prefix, op.filter, last)):
                if self._is_item(hit.memory, op.filter):
                    found.setdefault(hit.memory.id, (hit.memory, hit.score))
        if len(found) < last:  # what no query finds comes last
            for memory in (yield from _listed(prefix, op.filter)):
                if self._is_item(memory, op.filter):
                    found.setdefault(memory.id, (memory, None))
        wanted = list(found.values())[op.offset : last]
        if op.refresh_ttl:
            for memory, _ in wanted:
                yield from _prolong(memory)
        return [SearchItem(**item_fields(self._root, each), score=score) for each, score in wanted]

    def _list_namespaces(self, op: ListNamespacesOp) -> Plan[list[tuple[str, ...]]]:
        found = {
            names_of(self._root, memory.key or "")[0]
            for memory in (yield from _listed(self._root, None))
        }
        return namespaces(found - {()}, op)

    def _sweep(self) -> Plan[int]:
        expired = yield from _listed(self._root, None, validity="expired")
        for memory in expired:
            yield from _delete(memory.key or "")
        return len(expired)

    def _is_item(self, memory: Memory, wanted: Mapping[str, Any] | None) -> bool:
        item = item_fields(self._root, memory)
        value = item["value"]
        return bool(item["namespace"]) and all(
            matches(value.get(name), each) for name, each in (wanted or {}).items()
        )


def _put(ops: Mapping[str, PutOp]) -> list[Plan[None]]:
    """Few are stored one by one: an answer waits for quick embeddings, that of a batch does not."""
    memories = {
        key: memory_of(op.value or {}, is_indexed=op.index is not False, ttl=op.ttl)
        for key, op in ops.items()
    }
    if len(memories) <= MAX_SINGLE:
        return [_put_one(key, memory) for key, memory in memories.items()]
    items = [memory | {"key": key} for key, memory in memories.items()]
    return [_put_batch(items[at : at + MAX_BATCH]) for at in range(0, len(items), MAX_BATCH)]


def _put_one(key: str, memory: Mapping[str, Any]) -> Plan[None]:
    yield ApiRequest("PUT", by_key(key), body=memory)


def _put_batch(items: list[dict[str, Any]]) -> Plan[None]:
    answer = yield ApiRequest("POST", "/api/memories/batch", body={"memories": items})
    for result in decode(BatchOutcomes, answer).results:
        if result.error is not None:
            raise MemorizerError(result.error.message)


def _delete(key: str) -> Plan[None]:
    with suppress(NotFound):
        yield ApiRequest("DELETE", by_key(key))


def _prolong(memory: Memory) -> Plan[None]:
    """Let an item live its whole time from now on; somebody who wrote it meanwhile did so too."""
    ttl = memory.metadata.get(TTL)
    if ttl is None or memory.valid_until is None:
        return
    whole = timedelta(minutes=ttl)
    until = datetime.now(UTC) + whole
    if until - memory.valid_until < REFRESH_AFTER * whole:
        return
    with suppress(NotFound, Conflict):
        yield ApiRequest(
            "PATCH",
            f"/api/memories/{memory.id}",
            body=fields_of(valid_until=until),
            headers=if_match(memory.version),
        )


def _hits(
    query: str, prefix: str, filter_: Mapping[str, Any] | None, limit: int
) -> Plan[list[SearchHit]]:
    """Return the hits below a prefix, best first; more than match, if the server cannot tell."""
    pushed = conditions(filter_)
    is_exact = pushed.keys() == (filter_ or {}).keys()
    hits: list[SearchHit] = []
    for metadata in [pushed, {PARTIAL: True}] if pushed else [{}]:
        body = {
            "query": query,
            "keyPrefix": prefix,
            "types": [INDEXED],
            "metadata": metadata,
            "limit": min(limit, MAX_HITS) if is_exact else MAX_HITS,
        }
        answer = decode(SearchAnswer, (yield ApiRequest("POST", "/api/search", body=body)))
        hits += answer.results
    hits.sort(key=lambda hit: -hit.score)
    return (yield from _with_copies(prefix, hits)) if any(h.copies > 1 for h in hits) else hits


def _with_copies(prefix: str, hits: list[SearchHit]) -> Plan[list[SearchHit]]:
    """Return the hits, each followed by the items of the same text, of which it is one."""
    listed = yield from _listed(prefix, None)
    by_text: dict[str, list[Memory]] = {}
    for memory in listed:
        if memory.type == INDEXED:
            by_text.setdefault(" ".join(memory.text.split()), []).append(memory)
    return [
        replace(hit, memory=memory)
        for hit in hits
        for memory in [hit.memory, *by_text.get(" ".join(hit.memory.text.split()), [])]
    ]


def _listed(
    prefix: str, filter_: Mapping[str, Any] | None, *, validity: str = "current"
) -> Plan[list[Memory]]:
    """Return what is below a prefix, newest first; more than match, if the server cannot tell."""
    pushed = conditions(filter_)
    found: dict[str, Memory] = {}
    for metadata in [pushed, {PARTIAL: {"$eq": True}}] if pushed else [{}]:
        query: dict[str, Any] = {
            f"metadata.{name}.{operator}": operand
            for name, operators in metadata.items()
            for operator, operand in operators.items()
        }
        query |= {"keyPrefix": prefix, "validity": validity, "limit": MAX_PAGE}
        while True:
            answer = yield ApiRequest("GET", "/api/memories", query)
            page = decode(MemoryPage, answer)
            found |= {memory.id: memory for memory in page.memories}
            if page.next_cursor is None:
                break
            query = query | {"cursor": page.next_cursor}
    return sorted(found.values(), key=lambda memory: memory.id, reverse=True)
