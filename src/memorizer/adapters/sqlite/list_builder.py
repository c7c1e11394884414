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
    GrowingIndex,
    Ids,
    QuantizedIndex,
)
from memorizer.domain.embeddings import VectorKind

if TYPE_CHECKING:
    from memorizer.adapters.sqlite.transaction import SqliteTransaction

VECTORS_PER_LIST: Final = 128
"""Of the ten nearest among a million vectors, the 32,000 in the lists that are nearest hold 0.987
where lists are that short, and 0.91 where they are of 512."""
SAMPLES_PER_LIST: Final = 16
"""Vectors among which the centroids are looked for."""
ROUNDS: Final = 6
"""Of k-means."""
MAX_UNLISTED_SHARE: Final = 0.1
"""Of vectors that are not in the lists yet, or deleted, from which the lists are written anew."""
ROWS_PER_STEP: Final = 1_024
LISTS_PER_WRITE: Final = 128
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
    """The vectors of a plan, and their places by lists. `starts`: where each list begins."""

    centroids: Floats
    vectors: QuantizedIndex
    places: Ids
    starts: Ids

    def packed(self, number: int) -> bytes:
        """One of the lists."""
        return self.vectors.only(self.places[slice(*self.starts[number : number + 2])]).packed()


async def renew(read: Read, write: Write, now: Callable[[], int], *, least: int) -> int:
    """Write the lists anew where that is due; return how many vectors are in these.

    `least`: vectors of a kind that are worth it.
    """
    return sum([await _renewed(read, write, now, kind, least) for kind in VectorKind])


async def _renewed(
    read: Read, write: Write, now: Callable[[], int], kind: VectorKind, least: int
) -> int:
    await delete_lists(write, await read(partial(_left, kind=kind, now=now())))
    plan = await read(partial(_planned, kind=kind, now=now(), least=least))
    if plan is None:
        return 0
    lists = await built(read, plan)
    if not await write_lists(write, plan, lists, now):
        return 0
    await delete_lists(write, await read(partial(_left, kind=kind, now=now())))
    return len(lists.places)


def _left(tx: "SqliteTransaction", *, kind: VectorKind, now: int) -> list[int]:
    """Return the indexes that nobody will use again."""
    if (model := tx.models.active()) is None:
        return []
    return [id_ for (id_,) in tx.execute(_LEFT, (model.id, kind, now - ABANDONED_MS))]


def _planned(tx: "SqliteTransaction", *, kind: VectorKind, now: int, least: int) -> Plan | None:
    if (model := tx.models.active()) is None:
        return None
    return planned(tx.execute, model.id, kind, now, least=least)


def planned(
    execute: Execute, model_id: int, kind: VectorKind, now: int, *, least: int
) -> Plan | None:
    """Return what to write, if the store is large and its lists are not nearly complete.

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
    vectors, lists, last = GrowingIndex(room=plan.vectors), [np.empty(0, np.int64)], 0
    while (rows := await read(partial(_rows, plan=plan, after=last))) is not None:
        ids, memories, codes = rows
        await asyncio.to_thread(vectors.append, ids, memories, codes)
        lists.append(await asyncio.to_thread(_nearest, codes, centroids))
        last = int(ids[-1])
    of_vectors = np.concatenate(lists)
    places = np.argsort(of_vectors, kind="stable")
    starts = np.searchsorted(of_vectors[places], np.arange(len(centroids) + 1))
    return Lists(centroids, vectors.snapshot(), places, starts)


def _sample(tx: "SqliteTransaction", *, plan: Plan, count: int) -> Codes:
    most = 2**32 * count * SAMPLES_PER_LIST // plan.vectors
    codes = tx.execute(_SAMPLE, (plan.model_id, plan.kind, plan.upto, most)).fetchall()
    return np.frombuffer(b"".join(code for (code,) in codes), np.int8).reshape(len(codes), -1)


def _rows(tx: "SqliteTransaction", *, plan: Plan, after: int) -> tuple[Ids, Ids, Codes] | None:
    """Numbers of the next vectors, those of their memories, and their codes."""
    values = (plan.model_id, plan.kind, after, plan.upto, ROWS_PER_STEP)
    rows = tx.execute(_ROWS, values).fetchall()
    if not rows:
        return None
    numbers = np.array([row[:2] for row in rows], np.int64)
    codes = np.frombuffer(b"".join(code for *_, code in rows), np.int8).reshape(len(rows), -1)
    return numbers[:, 0], numbers[:, 1], codes


async def write_lists(write: Write, plan: Plan, lists: Lists, now: Callable[[], int]) -> bool:
    """Write them in steps, unless another process takes over meanwhile; say whether all are."""
    size, dimensions = lists.centroids.shape
    values = (plan.model_id, plan.kind, plan.upto, len(lists.places), dimensions)
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
    """Return the number that the statement returns first, 0 if nothing."""
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


async def _centroids(sample: Codes, count: int) -> Floats:
    """Spherical k-means. A list that gets nothing begins again with a vector of the sample."""
    random = np.random.default_rng(0)
    centroids = _some(sample, count, random)
    for _ in range(ROUNDS):  # one by one: a thread cannot be stopped
        centroids = await asyncio.to_thread(_moved, sample, centroids, random)
    return centroids


def _moved(sample: Codes, centroids: Floats, random: np.random.Generator) -> Floats:
    sums = np.zeros_like(centroids)
    for start in range(0, len(sample), ROWS_PER_STEP):
        some = sample[start : start + ROWS_PER_STEP]
        nearest = _nearest(some, centroids)
        order = np.argsort(nearest, kind="stable")
        filled, starts = np.unique(nearest[order], return_index=True)
        sums[filled] += np.add.reduceat(_unit(some[order]), starts, axis=0)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    moved: Floats = np.where(
        lengths > 0, sums / np.maximum(lengths, 1e-9), _some(sample, len(sums), random)
    )
    return moved


def _some(sample: Codes, count: int, random: np.random.Generator) -> Floats:
    return _unit(sample[random.choice(len(sample), min(count, len(sample)), replace=False)])


def _nearest(codes: Codes, centroids: Floats) -> Ids:
    nearest: Ids = np.argmax(_unit(codes) @ centroids.T, axis=1)
    return nearest
