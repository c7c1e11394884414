"""Writing the inverted lists of a large store anew (docs/decisions/0049).

Workers do so in the background. The lists are written in small transactions, and used when all of
them are there; until then, and when the process dies meanwhile, the lists before are.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

import numpy as np

from memorizer.adapters.sql.dialect import Execute, Value
from memorizer.adapters.sqlite.quantized_index import (
    Codes,
    Floats,
    Ids,
    QuantizedIndex,
    joined,
    quantized,
)
from memorizer.domain.embeddings import VectorKind

if TYPE_CHECKING:
    from memorizer.adapters.sqlite.transaction import SqliteTransaction

MIN_VECTORS: Final = 200_000
"""Of a kind. So many are compared in memory in 4 ms, and lose less of recall."""
VECTORS_PER_LIST: Final = 512
SAMPLES_PER_LIST: Final = 32
"""Vectors among which the centroids are looked for; more gain less than a thousandth of recall."""
ROUNDS: Final = 8
"""Of k-means; the recall of the last two is the same."""
MAX_UNLISTED_SHARE: Final = 0.1
"""Of vectors that are not in the lists yet, or deleted, from which the lists are written anew."""
ROWS_PER_STEP: Final = 8_192
LISTS_PER_WRITE: Final = 32
"""Some 2 MB: other writers wait for one such transaction, 10 ms."""
ABANDONED_MS: Final = 300_000
"""After so long without a write, whoever was writing lists is gone."""

_NEWEST: Final = """
SELECT id, upto, vectors, is_ready, written_at FROM vector_indexes
WHERE model_id = ? AND kind = ? ORDER BY id DESC LIMIT 1
"""
_COUNT: Final = """
SELECT count(*), coalesce(max(id), 0) FROM embeddings WHERE model_id = ? AND kind = ? AND id > ?
"""
_ROWS: Final = """
SELECT id, memory_seq, code FROM embeddings
WHERE model_id = ? AND kind = ? AND id > ? AND id <= ? ORDER BY id LIMIT ?
"""
# Multiplied so that numbers are spread evenly: every second or tenth may be of one kind.
_SAMPLE: Final = """
SELECT code FROM embeddings
WHERE model_id = ? AND kind = ? AND id <= ? AND id * 2654435761 % 4294967296 < ?
"""
_INSERT: Final = """
INSERT INTO vector_indexes (model_id, kind, upto, vectors, dimensions, centroids, written_at)
VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id
"""
_INSERT_LIST: Final = "INSERT INTO vector_lists (index_id, number, packed) VALUES (?, ?, ?)"
_TOUCH: Final = "UPDATE vector_indexes SET written_at = ? WHERE id = ? RETURNING id"
_FINISH: Final = "UPDATE vector_indexes SET is_ready = 1, written_at = ? WHERE id = ? RETURNING id"
_LEFT: Final = """
SELECT o.id FROM vector_indexes o WHERE o.model_id = ? AND o.kind = ? AND (
  EXISTS (SELECT 1 FROM vector_indexes n WHERE n.model_id = o.model_id AND n.kind = o.kind
    AND n.is_ready AND n.id > o.id)
  OR (NOT o.is_ready AND o.written_at < ?))
"""
_DELETE_LISTS: Final = """
DELETE FROM vector_lists WHERE rowid IN (
  SELECT rowid FROM vector_lists WHERE index_id = ? LIMIT ?) RETURNING index_id
"""
_DELETE: Final = "DELETE FROM vector_indexes WHERE id = ? RETURNING id"

T = TypeVar("T")


class Read(Protocol):
    """Database.read."""

    async def __call__(self, function: Callable[["SqliteTransaction"], T], /) -> T: ...


class Write(Protocol):
    """Database.write."""

    async def __call__(self, function: Callable[["SqliteTransaction"], int], /) -> int: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """The lists that are to be written: of the vectors of this kind up to a number."""

    model_id: int
    kind: VectorKind
    upto: int
    vectors: int


@dataclass(frozen=True, slots=True)
class Lists:
    """The vectors of a plan, sorted by their lists. `starts`: where each list begins."""

    centroids: Floats
    vectors: QuantizedIndex
    starts: Ids

    def packed(self, number: int) -> bytes:
        """One of the lists."""
        return self.vectors.only(np.arange(*self.starts[number : number + 2])).packed()


async def renew(
    read: Read, write: Write, now: Callable[[], int], *, least: int | None = None
) -> int:
    """Write the lists anew where that is due; return how many vectors are in these.

    `least`: vectors of a kind that are worth it, instead of MIN_VECTORS.
    """
    listed = 0
    for kind in VectorKind:
        plan, left = await read(
            partial(_planned, kind=kind, now=now(), least=MIN_VECTORS if least is None else least)
        )
        await delete_lists(write, left)
        if plan is None:
            continue
        lists = await built(read, plan)
        if await write_lists(write, plan, lists, now):
            listed += len(lists.vectors.ids)
            _, replaced = await read(partial(_planned, kind=kind, now=now(), least=plan.vectors))
            await delete_lists(write, replaced)
    return listed


def _planned(
    tx: "SqliteTransaction", *, kind: VectorKind, now: int, least: int
) -> tuple[Plan | None, list[int]]:
    """What to write, and the indexes that nobody will use again."""
    if (model := tx.models.active()) is None:
        return None, []
    left = tx.execute(_LEFT, (model.id, kind, now - ABANDONED_MS)).fetchall()
    return planned(tx.execute, model.id, kind, now, least=least), [id_ for (id_,) in left]


def planned(
    execute: Execute, model_id: int, kind: VectorKind, now: int, *, least: int
) -> Plan | None:
    """What to write, if the store is large enough, and the lists are not nearly complete.

    Nothing while another process writes.
    """
    newest = execute(_NEWEST, (model_id, kind)).fetchone()
    index_id, upto, listed, is_ready, written_at = newest or (0, 0, 0, True, 0)
    if not is_ready and now - written_at < ABANDONED_MS:
        return None
    [(vectors, last)] = execute(_COUNT, (model_id, kind, 0))
    if vectors < least:
        return None
    [(unlisted, _)] = execute(_COUNT, (model_id, kind, upto))
    deleted = listed - (vectors - unlisted)
    if index_id and is_ready and unlisted + deleted < MAX_UNLISTED_SHARE * vectors:
        return None
    return Plan(model_id, kind, int(last), int(vectors))


async def built(read: Read, plan: Plan) -> Lists:
    """Read the vectors of a plan in steps: some for the centroids, then all of them."""
    count = max(1, plan.vectors // VECTORS_PER_LIST)
    centroids = await _centroids(await read(partial(_sample, plan=plan, count=count)), count)
    parts: list[QuantizedIndex] = []
    lists: list[Ids] = []
    last = 0
    while (rows := await read(partial(_rows, plan=plan, after=last))) is not None:
        last, vectors, codes = int(rows[0][-1]), rows[:2], rows[2]
        parts.append(await asyncio.to_thread(quantized, *vectors, codes))
        lists.append(await asyncio.to_thread(_nearest, _unit(codes), centroids))
    return await asyncio.to_thread(_sorted, centroids, parts, np.concatenate(lists))


def _sample(tx: "SqliteTransaction", *, plan: Plan, count: int) -> Floats:
    most = 2**32 * count * SAMPLES_PER_LIST // plan.vectors
    codes = tx.execute(_SAMPLE, (plan.model_id, plan.kind, plan.upto, most)).fetchall()
    return _unit(
        np.frombuffer(b"".join(code for (code,) in codes), np.int8).reshape(len(codes), -1)
    )


def _rows(tx: "SqliteTransaction", *, plan: Plan, after: int) -> tuple[Ids, Ids, Codes] | None:
    """Numbers of the next vectors, those of their memories, and their codes."""
    values = (plan.model_id, plan.kind, after, plan.upto, ROWS_PER_STEP)
    rows = tx.execute(_ROWS, values).fetchall()
    if not rows:
        return None
    numbers = np.array([row[:2] for row in rows], np.int64)
    codes = np.frombuffer(b"".join(code for *_, code in rows), np.int8).reshape(len(rows), -1)
    return numbers[:, 0], numbers[:, 1], codes


def _sorted(centroids: Floats, parts: list[QuantizedIndex], lists: Ids) -> Lists:
    order = np.argsort(lists, kind="stable")
    starts = np.searchsorted(lists[order], np.arange(len(centroids) + 1))
    return Lists(centroids, joined(parts).only(order), starts)


async def write_lists(write: Write, plan: Plan, lists: Lists, now: Callable[[], int]) -> bool:
    """Write them in steps, unless another process takes over meanwhile; say whether all are."""
    size, dimensions = lists.centroids.shape
    values = (plan.model_id, plan.kind, plan.upto, len(lists.vectors.ids), dimensions)
    begin = partial(_count, sql=_INSERT, values=(*values, lists.centroids.tobytes(), now()))
    index_id = await write(begin)
    for first in range(0, size, LISTS_PER_WRITE):
        numbers = range(first, min(first + LISTS_PER_WRITE, size))
        packed = [(index_id, number, lists.packed(number)) for number in numbers]
        if not await write(partial(_put, packed=packed, now=now())):
            return False
    return await write(partial(_count, sql=_FINISH, values=(now(), index_id))) > 0


def _put(tx: "SqliteTransaction", *, packed: list[tuple[int, int, bytes]], now: int) -> int:
    if not _count(tx, sql=_TOUCH, values=(now, packed[0][0])):
        return 0
    for row in packed:
        tx.execute(_INSERT_LIST, row)
    return len(packed)


def _count(tx: "SqliteTransaction", *, sql: str, values: tuple[Value, ...]) -> int:
    """The number that the statement returns first, 0 if nothing."""
    rows = tx.execute(sql, values).fetchall()
    return int(rows[0][0]) if rows else 0


async def delete_lists(write: Write, index_ids: list[int]) -> None:
    """Delete what is replaced or was given up, in steps."""
    for index_id in index_ids:
        while await write(partial(_count, sql=_DELETE_LISTS, values=(index_id, LISTS_PER_WRITE))):
            pass
        await write(partial(_count, sql=_DELETE, values=(index_id,)))


def _unit(codes: Codes) -> Floats:
    floats = codes.astype(np.float32)
    floats /= np.linalg.norm(floats, axis=1, keepdims=True)
    return floats


async def _centroids(sample: Floats, count: int) -> Floats:
    """Spherical k-means. A list that gets nothing begins again with a vector of the sample."""
    random = np.random.default_rng(0)
    centroids = _some(sample, count, random)
    for _ in range(ROUNDS):  # one by one: a thread cannot be stopped
        centroids = await asyncio.to_thread(_moved, sample, centroids, random)
    return centroids


def _moved(sample: Floats, centroids: Floats, random: np.random.Generator) -> Floats:
    steps = range(0, len(sample), ROWS_PER_STEP)
    nearest = np.concatenate(
        [_nearest(sample[start : start + ROWS_PER_STEP], centroids) for start in steps]
    )
    order = np.argsort(nearest, kind="stable")
    filled, starts = np.unique(nearest[order], return_index=True)
    moved = _some(sample, len(centroids), random)
    moved[filled] = np.add.reduceat(sample[order], starts, axis=0)
    unit: Floats = moved / np.linalg.norm(moved, axis=1, keepdims=True)
    return unit


def _some(sample: Floats, count: int, random: np.random.Generator) -> Floats:
    return sample[random.choice(len(sample), min(count, len(sample)), replace=False)]


def _nearest(vectors: Floats, centroids: Floats) -> Ids:
    nearest: Ids = np.argmax(vectors @ centroids.T, axis=1)
    return nearest
