"""How well search finds: judged queries, through the same function as every interface."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from rich.console import Console

from benchmarks.figure import Bench, Figure
from benchmarks.judged import JudgedQuery, JudgedSet, cranfield, cranfield_folder, ranked_sets
from benchmarks.kept_vectors import kept_vectors
from benchmarks.ranking import Quality, judged
from memorizer.bootstrap import Container, open_services
from memorizer.domain.embeddings import VectorKind
from memorizer.domain.memories import EmbeddingStatus, Filter, Vector
from memorizer.domain.search import Candidate, Leg, Query
from memorizer.domain.text_analysis import terms
from memorizer.ports.transactions import Transaction
from memorizer.settings import Settings

RESULTS: Final = Path(__file__).parent / "results"
BEST: Final = 10
"""Of each ranking that is looked at."""
HYBRID: Final = "hybrid"
WAYS: Final = (HYBRID, *Leg)
KINDS: Final = {Leg.CONTENT: VectorKind.CONTENT, Leg.METADATA: VectorKind.METADATA}
EVERY_KIND: Final = 1.0
OVERALL: Final = 1.05
"""What all legs together should be worth, against the best of them alone."""

Found = Mapping[str, Quality]
"""How well one query was answered in each way."""


@dataclass(frozen=True, slots=True)
class Row:
    """One judged query of the half that is reported or of the half that was tuned on."""

    kind: str
    is_reported: bool
    found: Found


async def measure(bench: Bench) -> list[Figure]:
    """Every set in a store of its own. The weights were tuned on the half not reported."""
    rows: list[Row] = []
    async with kept_vectors(RESULTS) as embedder:
        for judged_set in _sets(bench.cranfield):
            settings = Settings(data_dir=bench.folder / judged_set.name)
            async with open_services(settings, embedder=embedder) as container:
                rows += await asked(container, judged_set)
    (RESULTS / "quality.md").write_text(_page(rows), encoding="utf-8")
    return list(_figures([row for row in rows if row.is_reported]))


def _sets(asked: Path | None) -> Iterator[JudgedSet]:
    yield from ranked_sets()
    if folder := cranfield_folder(asked):
        yield cranfield(folder)
    else:
        Console(stderr=True, style="dim").print("without Cranfield: --cranfield FOLDER adds it")


async def asked(container: Container, judged_set: JudgedSet) -> list[Row]:
    """Store everything, then ask everything."""
    keys: dict[str, str] = {}
    for key, content in judged_set.memories.items():
        stored = await container.services.memories.create(content, actor="benchmark")
        if stored.memory.embedding_status is not EmbeddingStatus.READY:
            raise RuntimeError(f"{judged_set.name}: the memory {key} was not embedded at once")
        keys[stored.memory.id] = key
    _, reported = judged_set.halves()
    texts = {query.text for query in reported}
    return [
        Row(query.kind, query.text in texts, await _found(container, query, keys.__getitem__))
        for query in judged_set.answerable()
    ]


async def _found(
    container: Container, query: JudgedQuery, key_of: Callable[[str], str]
) -> dict[str, Quality]:
    """The quality of all legs together and of each alone."""
    answer = await container.services.search.search(Query(query.text, limit=BEST))
    vector = await container.adapters.embedder.embed_query(query.text)
    work = partial(_alone, text=query.text, vector=vector)
    ids = {HYBRID: [hit.memory.id for hit in answer.hits]}
    ids |= {
        leg: [candidate.memory_id for candidate in candidates]
        for leg, candidates in (await container.adapters.database.read(work)).items()
    }
    return {way: judged([key_of(id_) for id_ in ids[way]], query.relevant) for way in WAYS}


def _alone(tx: Transaction, text: str, vector: Vector) -> dict[Leg, Sequence[Candidate]]:
    model = tx.models.active()
    assert model is not None
    found: dict[Leg, Sequence[Candidate]] = {
        leg: tx.vectors.nearest(model, kind, vector, Filter(), limit=BEST)
        for leg, kind in KINDS.items()
    }
    wanted = terms(text)
    words = tx.full_text.search(wanted, Filter(), limit=BEST) if wanted else []
    return found | {Leg.FULL_TEXT: words}


def _figures(rows: Sequence[Row]) -> Iterator[Figure]:
    yield _ratio("all kinds", _means(rows), OVERALL)
    for kind, found in _by_kind(rows).items():
        means = _means(found)
        yield _ratio(kind, means, EVERY_KIND)
        for name, value in means[HYBRID].named().items():
            yield Figure(f"  {name}", value)


def _ratio(kind: str, means: Found, target: float) -> Figure:
    best = max(Leg, key=lambda leg: means[leg].ndcg)
    name = f"{kind}: nDCG@10 / the best leg alone ({best})"
    return Figure(name, means[HYBRID].ndcg / means[best].ndcg, at_least=target)


def _by_kind(rows: Sequence[Row]) -> dict[str, list[Row]]:
    kinds: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        kinds[row.kind].append(row)
    return kinds


def _means(rows: Sequence[Row]) -> dict[str, Quality]:
    """Over the kinds, so that each counts the same whatever the number of its queries."""
    kinds = _by_kind(rows).values()
    return {
        way: Quality.mean([Quality.mean([row.found[way] for row in some]) for some in kinds])
        for way in WAYS
    }


def _page(rows: Sequence[Row]) -> str:
    """Everything, for those who tune."""
    columns = ["half", "kind", "queries", "way", *next(iter(rows)).found[HYBRID].named()]
    lines = [f"| {' | '.join(columns)} |", "| " + "--- | " * len(columns)]
    for half, is_reported in (("tuned on", False), ("reported", True)):
        for kind, some in _by_kind([r for r in rows if r.is_reported is is_reported]).items():
            for way, mean in _means(some).items():
                values = " | ".join(f"{value:.3f}" for value in mean.named().values())
                lines.append(f"| {half} | {kind} | {len(some)} | {way} | {values} |")
    return "\n".join(lines) + "\n"
