"""What could be put in order: duplicates, replacements, stale memories, titles, tags, secrets.

Nothing is changed here: what is found becomes proposals (docs/decisions/0045).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from memorizer.domain.embeddings import EmbeddingModel, VectorKind
from memorizer.domain.memories import Filter, JsonObject, Memory
from memorizer.domain.proposals import (
    RECOMMENDED_SCORE,
    NamedVersion,
    NewProposal,
    ProposalKind,
)
from memorizer.domain.secrets import masked
from memorizer.domain.text_comparison import (
    STATEMENT_SIMILARITY,
    Comparison,
    Relation,
    compare_texts,
)
from memorizer.domain.timestamps import to_iso
from memorizer.domain.useless_titles import is_useless
from memorizer.ports.transactions import MemoryTransaction

MAX_CHUNKS: Final = 4
"""Chunks of a long text whose neighbours are looked at."""
MAX_NEIGHBOURS: Final = 20
MIN_TAGGED: Final = 3
"""Near memories that must have a tag for it to be proposed."""
MAX_OTHER_NUMBERS: Final = 1
"""Memories that differ from one in a number alone; with more they are a series."""
TAG_SIMILARITY: Final = 0.6
MAX_PROPOSED_TAGS: Final = 3
_REASONS: Final[Mapping[Relation, str]] = {
    Relation.SAME: "The texts are the same but for spaces, case or punctuation.",
    Relation.CONTAINS: "The newer one says all that the older one says, and more.",
    Relation.CONTAINED: "The older one says all that the newer one says, and more.",
    Relation.SIMILAR: "They say nearly the same.",
    Relation.OTHERWISE: "The newer one says otherwise of the same.",
}


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of one memory; `wants_title`: its title says nothing."""

    memory: Memory
    proposals: tuple[NewProposal, ...]
    wants_title: bool


def examine(tx: MemoryTransaction, memory_ids: Sequence[str], now: int) -> list[Found]:
    """Look at these memories, each with those near to it in the workspaces that `tx` sees."""
    model = tx.models.active()
    return [
        Found(
            memory,
            tuple(_proposals(tx, model, memory, now)),
            memory.content.title is not None and is_useless(memory.content.title),
        )
        for memory in tx.memories.get_many(memory_ids)
        if memory.archived_at is None and not memory.is_superseded(now)
    ]


def retitled(memory: Memory, title: str) -> NewProposal | None:
    """Another title in place of one that says nothing; None if it says nothing either."""
    if title == memory.content.title or is_useless(title):
        return None
    return _of_one(
        ProposalKind.RETITLE,
        memory,
        {"title": title},
        f"The title “{memory.content.title}” says nothing of the text.",
        0.9,
    )


def _proposals(
    tx: MemoryTransaction, model: EmbeddingModel | None, memory: Memory, now: int
) -> Iterator[NewProposal]:
    yield from _stale(memory, now)
    if (safe := masked(memory.content.text)) != memory.content.text:
        digest = sha256(safe.encode()).hexdigest()[:16]
        yield _of_one(
            ProposalKind.SECRETS,
            memory,
            {"mask": True},
            "The text holds what looks like a secret. Earlier versions keep it: purge them too.",
            0.95,
            subject=digest,
        )
    if not memory.is_current(now):
        return
    near = _near(tx, model, memory, now)
    others = [
        each
        for each in tx.memories.get_many(list(near))
        if each.workspace_id == memory.workspace_id
    ]
    if (replaced := _replaced(memory, others, near)) is not None:
        yield replaced
    if not memory.content.tags and (tags := _tags(others, near)):
        yield _of_one(
            ProposalKind.RETAG,
            memory,
            {"tags": tags},
            "It has no tags; memories near to it have these.",
            0.6,
        )


def _stale(memory: Memory, now: int) -> Iterator[NewProposal]:
    times = memory.content.times
    if times.valid_until is not None and times.valid_until <= now:
        when = to_iso(times.valid_until)
        yield _of_one(
            ProposalKind.REVIEW,
            memory,
            {"archive": True},
            f"It has not held since {when[:10]}. Archive it, or give it another end.",
            0.8,
            subject=f"until {when}",
        )
    elif times.review_at is not None and times.review_at <= now:
        when = to_iso(times.review_at)
        yield _of_one(
            ProposalKind.REVIEW,
            memory,
            {"reviewAt": None},
            f"It was to be reviewed on {when[:10]}. Does it still hold? Accepting says yes.",
            0.5,
            subject=f"review {when}",
        )


def _near(
    tx: MemoryTransaction, model: EmbeddingModel | None, memory: Memory, now: int
) -> dict[str, float]:
    """Ids of the memories near to any of the first chunks, with their greatest cosine."""
    near: dict[str, float] = {}
    vectors = tx.vectors.content_of(model, memory.id)[:MAX_CHUNKS] if model else []
    for vector in vectors:
        assert model is not None  # noqa: S101 - there are no vectors without one
        for found in tx.vectors.nearest(
            model,
            VectorKind.CONTENT,
            vector,
            Filter().current_at(now),
            limit=MAX_NEIGHBOURS + 1,
            threshold=STATEMENT_SIMILARITY,
        ):
            near[found.memory_id] = max(found.score, near.get(found.memory_id, 0.0))
    if (same := tx.memories.find_duplicate(memory.content.text).get()) is not None:
        near[same] = 1.0
    near.pop(memory.id, None)
    return near


def _replaced(
    memory: Memory, others: Sequence[Memory], near: Mapping[str, float]
) -> NewProposal | None:
    """Propose that the best of the others replaces this memory; None if none does."""
    found = [
        (other, comparison)
        for other in others
        if (comparison := _by(memory, other, near[other.id])) is not None
    ]
    series = [pair for pair in found if pair[1].is_by_number]
    if len(series) > MAX_OTHER_NUMBERS:  # such as invoices, none of which replaces another
        found = [pair for pair in found if pair not in series]
    if not found:
        return None
    kept, comparison = max(
        found, key=lambda pair: (pair[1].score >= RECOMMENDED_SCORE, _age(pair[0]), pair[1].score)
    )
    evidence = {
        "relation": comparison.relation.value,
        "similarity": round(near[kept.id], 4),
        "lost": list(comparison.lost),
        "added": list(comparison.added),
    }
    return NewProposal(
        ProposalKind.REPLACE,
        (NamedVersion(kept.id, kept.version), NamedVersion(memory.id, memory.version)),
        {"keep": kept.id, "replace": [memory.id]},
        _REASONS[comparison.relation],
        comparison.score,
        evidence,
        cluster=kept.id,
        workspace_id=memory.workspace_id,
    )


def _by(memory: Memory, other: Memory, similarity: float) -> Comparison | None:
    """How another memory replaces this one; None if it does not.

    Of two that say the same the newer one is kept, of one within the other the longer one.
    """
    is_older = _age(memory) < _age(other)
    older, newer = (memory, other) if is_older else (other, memory)
    found = compare_texts(older.content.text, newer.content.text, similarity)
    if found is None:
        return None
    return found if is_older == (found.relation is not Relation.CONTAINED) else None


def _age(memory: Memory) -> tuple[int, str]:
    return memory.created_at, memory.id


def _tags(others: Sequence[Memory], near: Mapping[str, float]) -> list[str]:
    counts = Counter(
        tag for other in others if near[other.id] >= TAG_SIMILARITY for tag in other.content.tags
    )
    return [tag for tag, count in counts.most_common(MAX_PROPOSED_TAGS) if count >= MIN_TAGGED]


def _of_one(
    kind: ProposalKind,
    memory: Memory,
    suggestion: JsonObject,
    reason: str,
    score: float,
    *,
    subject: str = "",
) -> NewProposal:
    return NewProposal(
        kind,
        (NamedVersion(memory.id, memory.version),),
        suggestion,
        reason,
        score,
        workspace_id=memory.workspace_id,
        subject=subject,
    )
