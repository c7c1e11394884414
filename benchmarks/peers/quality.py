"""What each peer finds of judged sets, by its own default search."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from benchmarks.figure import Bench, Figure
from benchmarks.judged import JudgedSet, cranfield, cranfield_folder, own_sets
from benchmarks.peers.drivers.stores import Document
from benchmarks.peers.filled import filled
from benchmarks.peers.process import OURS
from benchmarks.peers.venvs import KEPT
from benchmarks.ranking import Quality, judged
from memorizer.adapters.embeddings.bundled import MODEL

VECTORS: Final = KEPT / f"vectors-{MODEL.sha256[:8]}.sqlite"
"""The file of benchmarks/kept_vectors.py."""
PAGE: Final = KEPT / "peers-quality.md"
RANKS: Final = 10
SHOWN: Final = ("recall@5", "MRR@10")

ByKind = Mapping[str, Quality]


def measure(bench: Bench, peers: Sequence[str]) -> list[Figure]:
    """Our own sets, and Cranfield if somebody says where it lies."""
    folder = cranfield_folder(bench.cranfield)
    sets = own_sets() + ([cranfield(folder)] if folder else [])
    found = {each.name: {name: _quality(name, each) for name in (OURS, *peers)} for each in sets}
    PAGE.write_text("\n".join(_page(found)) + "\n", encoding="utf-8")
    return [figure for name, several in found.items() for figure in _figures(name, several)]


def _quality(name: str, asked: JudgedSet) -> ByKind:
    """By kind, over the half of the queries that nothing was tuned on."""
    _, queries = asked.halves()
    kinds: defaultdict[str, list[Quality]] = defaultdict(list)
    with filled(name, _documents(asked), VECTORS) as store:
        for query in (each for each in queries if each.relevant):
            order = store.ask("search", query=query.text, limit=RANKS)["found"]
            kinds[query.kind].append(judged(order, query.relevant))
    return {kind: Quality.mean(several) for kind, several in kinds.items()}


def _documents(asked: JudgedSet) -> list[Document]:
    return [
        Document(key, content.title, content.text, content.tags)
        for key, content in asked.memories.items()
    ]


def _figures(set_name: str, found: Mapping[str, ByKind]) -> Iterator[Figure]:
    """Each kind of query counts the same, whatever their number."""
    means = {name: Quality.mean(list(kinds.values())).named() for name, kinds in found.items()}
    ours = means.pop(OURS)
    for measured in SHOWN if means else ():
        best = max(means, key=lambda name: means[name][measured])
        ratio = ours[measured] / means[best][measured]
        what = f"{set_name}: {measured}, ours ÷ the best peer's ({best})"
        yield Figure(what, ratio, at_least=1.0)
        yield Figure("  ours", ours[measured])
        for name, theirs in means.items():
            yield Figure(f"  {name}", theirs[measured])


def _page(found: Mapping[str, Mapping[str, ByKind]]) -> Iterator[str]:
    """Everything, for those who tune."""
    yield "| set | kind | store | nDCG@10 | MRR@10 | recall@1 | recall@5 | recall@10 |"
    yield "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |"
    for set_name, stores in found.items():
        for kind in stores[OURS]:
            for name, kinds in stores.items():
                values = " | ".join(f"{value:.3f}" for value in kinds[kind].named().values())
                yield f"| {set_name} | {kind} | {name} | {values} |"
