"""Groups hits with identical texts into one, and marks near-duplicates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from memorizer.domain.memories import Filter, Memory, digest_of
from memorizer.domain.search import Fused, Hit, Leg
from memorizer.ports.transactions import MemoryTransaction

MIN_LENGTH_RATIO: Final = 0.8
"""Of their lengths in characters, shorter/longer."""
MAX_COMPARED: Final = 240
"""Hits that are compared with each other."""


@dataclass(slots=True)
class DistinctHit:
    """The best hit of a text. `same`: it and the others that were found."""

    fused: Fused
    memory: Memory
    same: list[Memory]


def distinct_hits(
    tx: MemoryTransaction,
    ranked: Sequence[Fused],
    *,
    limit: int,
    known: Sequence[DistinctHit] = (),
) -> tuple[list[DistinctHit], bool]:
    """Return the first `limit` hits of different texts, best first, and whether there were copies.

    Texts that differ in white space alone are the same. Memories that were deleted meanwhile are
    left out. `known`: hits of this transaction, whose memories are not read again.
    """
    read = {memory.id: memory for hit in known for memory in hit.same}
    by_text: dict[str, DistinctHit] = {}
    looked_at = found = 0
    while looked_at < len(ranked) and (missing := limit - len(by_text)) > 0:
        some = ranked[looked_at : looked_at + missing]
        new = [hit.memory_id for hit in some if hit.memory_id not in read]
        read |= {memory.id: memory for memory in tx.memories.get_many(new)}
        for hit in some:
            if (memory := read.get(hit.memory_id)) is None:
                continue
            found += 1
            text = " ".join(memory.content.text.split())
            distinct = by_text.setdefault(text, DistinctHit(hit, memory, []))
            distinct.same.append(memory)
        looked_at += len(some)
    return list(by_text.values()), found > len(by_text)


def may_have_copies(ranked: Sequence[Fused], hits: Sequence[DistinctHit]) -> bool:
    """Whether another candidate has the score of a hit in the leg that compares texts."""
    known = {memory.id for hit in hits for memory in hit.same}
    scores = {_score_of_text(hit.fused) for hit in hits}
    return any(
        hit.memory_id not in known and _score_of_text(hit) in scores for hit in ranked[len(hits) :]
    )


def _score_of_text(hit: Fused) -> float:
    return next((leg.score for leg in hit.legs if leg.leg is Leg.CONTENT), hit.legs[0].score)


def count_copies(
    tx: MemoryTransaction, hits: Sequence[DistinctHit], filter_: Filter
) -> Mapping[str, int]:
    """How many memories that match have the text of each hit, itself included, by its id."""
    digests = {hit.memory.id: {digest_of(m.content.text) for m in hit.same} for hit in hits}
    # the index of texts has live memories; among others those that were found are counted
    is_indexed = filter_.archived is False
    stored = (
        tx.memories.count_digests(set().union(*digests.values()), filter_) if is_indexed else {}
    )
    return {
        hit.memory.id: max(
            len(hit.same), sum(stored.get(digest, 0) for digest in digests[hit.memory.id])
        )
        for hit in hits
    }


def near_duplicates(
    hits: Sequence[DistinctHit], pairs: Sequence[tuple[str, str]]
) -> Mapping[str, tuple[str, ...]]:
    """By id, the other hits that say nearly the same: by these pairs, and nearly as long."""
    lengths = {hit.memory.id: len(hit.memory.content.text) for hit in hits}
    near: dict[str, tuple[str, ...]] = {}
    for pair in pairs:
        shorter, longer = sorted(lengths[id_] for id_ in pair)
        if shorter >= MIN_LENGTH_RATIO * longer:
            for one, other in (pair, pair[::-1]):
                near[one] = (*near.get(one, ()), other)
    return near


def is_crowded(hits: Sequence[Hit], *, limit: int) -> bool:
    """Whether near-duplicates among so few compared hits leave no room for others."""
    if len(hits) >= MAX_COMPARED or not any(hit.near for hit in hits):
        return False
    seen: set[str] = set()
    for hit in hits:
        if seen.isdisjoint(hit.near):
            seen.add(hit.memory.id)
    return len(seen) < limit
