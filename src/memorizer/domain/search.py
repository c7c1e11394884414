"""Search queries and hits, and the fusion of the legs of a search into one ranking."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import Filter, Memory, check_text
from memorizer.domain.relevance import (
    Evidence,
    Match,
    QueryWords,
    SimilarityScale,
    matches,
    relevance,
)
from memorizer.domain.text_analysis import terms

MAX_QUERY: Final = 4_000
"""Characters of a query that is searched with as it is."""
MAX_ANALYSED_QUERY: Final = 40_000
"""Characters of a longer query among whose words the telling ones are looked for."""
MAX_LIMIT: Final = 100


class Leg(StrEnum):
    """One of the independent searches that are combined."""

    FULL_TEXT = "fullText"
    CONTENT = "content"
    METADATA = "metadata"


class Sort(StrEnum):
    """In which order hits come."""

    RELEVANCE = "relevance"
    NEWEST = "newest"


WEIGHTS: Final[Mapping[Leg, float]] = {Leg.FULL_TEXT: 0.5, Leg.CONTENT: 0.35, Leg.METADATA: 0.15}
"""The maximum contribution of each leg to a score. docs/decisions/0023 has the figures."""
PROSE_WEIGHTS: Final[Mapping[Leg, float]] = {
    Leg.FULL_TEXT: 0.5,
    Leg.CONTENT: 0.45,
    Leg.METADATA: 0.05,
}
"""Those of a question in prose: it resembles a text, and a title of four words only by chance."""
PROSE_WORDS: Final = 6
"""Words of a question in prose; stop words, numbers, identifiers and phrases do not count."""
MAX_PROSE: Final = 1_000
"""Characters of a question in prose. Longer ones were pasted, and are about many things."""
TIME_WEIGHT: Final = 0.3
"""The maximum bonus of what is of the time that a query names. It puts that first among equals,
and hardly a memory that has little of the query before one that answers it."""
MISSING_TERMS_EXPONENT: Final = 2
"""Exponent applied to (matched terms / query terms)."""
LONG_QUERY_TERMS: Final = 32
FULL_SHARE_TERMS: Final = 4
"""No memory has all terms of a longer query: one that has so many of them lacks none."""


@dataclass(frozen=True, slots=True)
class Query:
    """A search query. `threshold`: the least cosine of a hit; `min_relevance`: its least relevance.

    Where only words are searched there are no cosines, and the threshold is not applied.
    `depth`: how many memories each leg contributes at least.
    """

    text: str
    limit: int = 10
    threshold: float | None = None
    filter: Filter = field(default_factory=Filter)
    depth: int = 0
    min_relevance: float | None = None
    include_superseded: bool = False
    """Also what is replaced, expired or not valid yet."""
    sort: Sort = Sort.RELEVANCE
    read_time: bool = True
    """Whether words of time such as "last week" make what is of that time count for more."""

    def __post_init__(self) -> None:
        """Check every field. Raises InvalidField."""
        check_text("query", self.text, longest=max(len(self.text), 1))
        if not 1 <= self.limit <= MAX_LIMIT:
            raise InvalidField("limit", f"must lie between 1 and {MAX_LIMIT}")
        if self.threshold is not None and not -1 <= self.threshold <= 1:
            raise InvalidField("threshold", "is a cosine and must lie between -1 and 1")
        if self.min_relevance is not None and not 0 <= self.min_relevance <= 1:
            raise InvalidField("minRelevance", "must lie between 0 and 1")

    def at(self, now: int) -> "Query":
        """Return the query for what holds now, unless another moment or everything is wanted."""
        if self.include_superseded or self.filter.validity is not None:
            return self
        return replace(self, filter=self.filter.current_at(now))

    @property
    def is_long(self) -> bool:
        """Whether only a part of its words counts."""
        return len(self.text) > MAX_QUERY

    @property
    def words(self) -> str:
        """The text to take words from."""
        return ends(self.text, MAX_ANALYSED_QUERY)

    @property
    def candidates(self) -> int:
        """Number of memories that each leg contributes."""
        return max(self.limit * 3, 30, self.depth)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A memory found by one leg; `score` is the leg's own (bm25 or cosine, higher is better).

    `share`: matched terms / query terms; 1.0 in the vector legs.
    """

    memory_id: str
    score: float
    share: float = 1.0


def ends(text: str, longest: int) -> str:
    """Return the text, or its first third and its last two thirds.

    People put the point at the end.
    """
    if len(text) <= longest:
        return text
    first = longest // 3
    return f"{text[:first]}\n{text[first + 1 - longest :]}"


def matched_share(matched: int, asked: int) -> float:
    """Return the share of a query's terms that a memory has; of a long text, a few count as all."""
    return min(1.0, matched / (FULL_SHARE_TERMS if asked > LONG_QUERY_TERMS else asked))


@dataclass(frozen=True, slots=True)
class LegScore:
    """A hit's rank (from 1) and score in one leg, and its contribution to the total.

    `share`: matched terms / query terms; 1.0 in the vector legs.
    """

    leg: Leg
    rank: int
    score: float
    contribution: float
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Rerank:
    """What a reranking model made of a hit: its score (0 to 1), and the rank before (from 1)."""

    score: float
    rank_before: int


@dataclass(frozen=True, slots=True)
class Fused:
    """A memory's total score, and its parts."""

    memory_id: str
    score: float
    legs: tuple[LegScore, ...]
    time_bonus: float = 0.0

    @property
    def cosine(self) -> float | None:
        """Return the cosine of its nearer vector; None if no vector leg found it."""
        return max((leg.score for leg in self.legs if leg.leg is not Leg.FULL_TEXT), default=None)


@dataclass(frozen=True, slots=True)
class Hit:
    """A memory that a search returned. `copies`: how many have its text, itself included.

    `similarity`: the cosine of its nearer vector, None without vectors; `relevance`: the
    probability that it answers the query.
    """

    memory: Memory
    score: float
    legs: tuple[LegScore, ...]
    copies: int = 1
    similarity: float | None = None
    relevance: float = 0.0
    match: Match = Match.WEAK
    time_bonus: float = 0.0
    """What its score has gained because it is of the time that the query names."""
    rerank: Rerank | None = None
    near: tuple[str, ...] = ()
    """Ids of other hits that say nearly the same."""
    near_duplicate_of: str | None = None
    """The better hit that says nearly the same, behind which others come first."""

    @property
    def share(self) -> float:
        """Return the share of the query's terms that full text matched."""
        return max((leg.share for leg in self.legs if leg.leg is Leg.FULL_TEXT), default=0.0)


@dataclass(frozen=True, slots=True)
class Answer:
    """The hits, best first. `degraded` says which legs were missing and why, or what was cut."""

    query: Query
    hits: tuple[Hit, ...]
    degraded: str | None = None
    read_as: str | None = None
    """The time that words of the query were read as, such as 23-29 November."""


@dataclass(frozen=True, slots=True)
class Similar:
    """A memory similar to another one, by the cosine of their vectors."""

    memory: Memory
    similarity: float


def weights_for(query: str) -> Mapping[Leg, float]:
    """Return the weights of the legs for a query (docs/decisions/0042)."""
    if len(query) > MAX_PROSE:
        return WEIGHTS
    asked = terms(query)
    in_phrases = {word for term in asked if len(term.words) > 1 for word in term.words}
    words = {term.words[0] for term in asked if term.words[0].isalpha()} - in_phrases
    return PROSE_WEIGHTS if len(words) >= PROSE_WORDS else WEIGHTS


def fuse(
    found: Mapping[Leg, Sequence[Candidate]],
    *,
    depth: int,
    weights: Mapping[Leg, float] = WEIGHTS,
) -> list[Fused]:
    """Combine the legs' scores convexly (Bruch, Gai and Ingber, TOIS 2023), best first.

    `depth`: how many candidates a leg was asked for. Ties fall to the newer id.
    """
    legs: defaultdict[str, list[LegScore]] = defaultdict(list)
    for leg, candidates in found.items():
        parts = _parts(candidates, is_cut_off=len(candidates) >= depth)
        for rank, (candidate, part) in enumerate(zip(candidates, parts, strict=True), start=1):
            scored = LegScore(leg, rank, candidate.score, weights[leg] * part, candidate.share)
            legs[candidate.memory_id].append(scored)
    fused = [
        Fused(memory_id, sum(leg.contribution for leg in scores), tuple(scores))
        for memory_id, scores in legs.items()
    ]
    return sorted(fused, key=lambda hit: (round(hit.score, 9), hit.memory_id), reverse=True)


def _parts(candidates: Sequence[Candidate], *, is_cut_off: bool) -> list[float]:
    """Return each candidate's share of the leg's weight: 1 for the best that lacks no word.

    In a leg that was cut off, scores count from that of the last one: those that came after it
    may be nearly as good and get nothing, so it should not get more.
    """
    scores = [candidate.score for candidate in candidates] or [0.0]
    # copies of a text may fill a leg: then none is worth less than the best
    is_graded = is_cut_off and min(scores) < max(scores)
    floor = min(scores) if is_graded else min(0.0, *scores)
    scale = max(scores) - min(0.0, floor)
    return [
        (candidate.score - floor) / scale * candidate.share**MISSING_TERMS_EXPONENT
        if scale
        else 0.0
        for candidate in candidates
    ]


def evidence(query: str, hits: Sequence[Hit], scale: SimilarityScale | None) -> list[Evidence]:
    """Return what is known of each hit. Without a scale, cosines say nothing."""
    asked = QueryWords.of(query)
    return [
        asked.evidence(
            hit.memory.content,
            None if scale is None or hit.similarity is None else scale.scaled(hit.similarity),
            hit.share,
            hit.score,
        )
        for hit in hits
    ]


def judged(query: Query, hits: Sequence[Hit], scale: SimilarityScale | None) -> list[Hit]:
    """Return the hits of one answer with their relevance; those that are relevant enough."""
    is_timed = any(hit.time_bonus for hit in hits)
    if is_timed:  # a named time changes the order, not what is relevant
        hits = sorted(hits, key=lambda hit: -hit.score)
    known = evidence(query.text, hits, scale)
    values = relevance(query.text, known)
    least = query.min_relevance or 0.0
    found = [
        replace(
            hit,
            score=hit.score + hit.time_bonus,
            relevance=value,
            match=match,
        )
        for hit, value, match in zip(hits, values, matches(known, values), strict=True)
        if value >= least
    ]
    return sorted(found, key=lambda hit: -hit.score) if is_timed else found


def spread(hits: Sequence[Hit]) -> list[Hit]:
    """Hits with near-duplicates of better ones behind the others, but before what hardly matches.

    Maximal marginal relevance (Carbonell and Goldstein, 1998) with a limit instead of a weight:
    what is nearly the same adds nothing, what is only alike may add much.
    """
    seen: set[str] = set()
    marked = []
    for hit in hits:
        of = next((id_ for id_ in hit.near if id_ in seen), None)
        marked.append(hit if of is None else replace(hit, near_duplicate_of=of))
        seen.add(hit.memory.id)
    matching = [
        place
        for place, hit in enumerate(marked)
        if hit.near_duplicate_of is None and hit.match is not Match.WEAK
    ]
    end = matching[-1] + 1 if matching else 0
    crowd = [hit for hit in marked[:end] if hit.near_duplicate_of]
    return [hit for hit in marked[:end] if not hit.near_duplicate_of] + crowd + marked[end:]


def in_order(hits: Sequence[Hit], sort: Sort) -> list[Hit]:
    """Hits, best first, as they are wanted; those that hardly match come last in any order."""
    if sort is Sort.RELEVANCE:
        return spread(hits) if any(hit.near for hit in hits) else list(hits)
    return sorted(
        hits, key=lambda hit: (hit.match is Match.WEAK, -hit.memory.created_at, hit.memory.id)
    )


def with_time(fused: Sequence[Fused], of_time: Mapping[Leg, Sequence[Candidate]]) -> list[Fused]:
    """Return the ranking with a bonus for memories of the time that the query names, best first.

    `of_time`: what the legs found among these. Each gets a share of TIME_WEIGHT: how near it comes
    to the best of each leg. So words of time exclude nothing and raise only what fits the rest.
    """
    ranked = {hit.memory_id: hit for hit in fused}
    best = {
        leg: max([part.score for hit in fused for part in hit.legs if part.leg is leg], default=0.0)
        for leg in of_time
    }
    for leg, candidates in of_time.items():
        top = max(best[leg], *(each.score for each in candidates), 0.0) if candidates else 0.0
        for rank, each in enumerate(candidates, start=1):
            known = ranked.get(each.memory_id) or Fused(each.memory_id, 0.0, ())
            if all(part.leg is not leg for part in known.legs):
                part = LegScore(leg, rank, each.score, 0.0, each.share)
                known = replace(known, legs=(*known.legs, part))
            share = each.score / top * each.share**MISSING_TERMS_EXPONENT if top else 0.0
            bonus = known.time_bonus + TIME_WEIGHT * WEIGHTS[leg] * max(0.0, share)
            ranked[each.memory_id] = replace(known, time_bonus=bonus)
    return sorted(ranked.values(), key=lambda hit: -(hit.score + hit.time_bonus))
