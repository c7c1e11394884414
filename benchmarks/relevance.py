"""Fits relevance: `python -m benchmarks.relevance [--cranfield FOLDER]`, some three minutes.

Every judged query is asked through the same function as every door, in three kinds of store: the
set alone, the set without titles and tags, and all sets (and Cranfield) in one. The sets that are
kept aside are measured and never decide anything; all others are fitted. Features and limits were
chosen by fitting on all of these but one and judging that one. Writes the coefficients, and plot
and figures of docs/relevance.md.
"""

import argparse
import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import structlog
from numpy.typing import NDArray

from benchmarks.judged import (
    KEPT_ASIDE,
    JudgedQuery,
    JudgedSet,
    cranfield,
    cranfield_folder,
    own_sets,
)
from benchmarks.kept_vectors import KeptVectors, kept_vectors
from benchmarks.reliability_plot import plot
from memorizer.bootstrap import Container, open_services
from memorizer.domain.errors import EmbedderUnavailable
from memorizer.domain.memories import Content, Vector
from memorizer.domain.relevance import (
    Evidence,
    Match,
    SimilarityScale,
    answer_features,
    hit_features,
    matches,
)
from memorizer.domain.search import Query, evidence
from memorizer.ports.embeddings import Embedder
from memorizer.services.similarity_scales import PAIRS, scale_of
from memorizer.settings import Settings

HERE: Final = Path(__file__).parent
RESULTS: Final = HERE / "results"
MODULE: Final = HERE.parent / "src" / "memorizer" / "domain" / "relevance_model.py"
PLOT: Final = HERE.parent / "docs" / "images" / "relevance.svg"
PAGE: Final = HERE.parent / "docs" / "relevance.md"
FIGURES: Final = "<!-- figures -->"
END: Final = "<!-- end of the figures -->"
LIMIT: Final = 10
LINE_LENGTH: Final = 100
RIDGE: Final = 1e-3
NEAR_MISS_WEIGHT: Final = 0.5
"""Whether a near miss is an answer is what judges agree on least."""
NOBODY: Final = ("no-answer", "near-misses")

Numbers = NDArray[np.float64]
Model = tuple[Numbers, Numbers]
"""Coefficients of the answer and of a hit, the constant first."""


@dataclass(frozen=True, slots=True)
class Row:
    """A judged query as one store answered it; `asked`: how many memories are relevant."""

    set_name: str
    store: str
    kind: str
    query: str
    is_reported: bool
    hits: Sequence[Evidence]
    relevant: Sequence[bool]
    asked: int


class WordsOnly:
    """Fulfils ports.embeddings.Embedder; fails to embed queries, as a model server that is down."""

    def __init__(self, model: KeptVectors) -> None:
        self.name, self.window = model.name, model.window
        self.dimensions, self.tokens = model.dimensions, model.tokens
        self.embed_documents = model.embed_documents

    async def embed_query(self, text: str) -> Vector:
        raise EmbedderUnavailable("out of order")


async def rows(folder: Path, cranfield_at: Path | None) -> tuple[list[Row], list[Row]]:
    """Ask everything; the second list with words only."""
    sets = own_sets()
    found: list[Row] = []
    words: list[Row] = []
    async with kept_vectors(RESULTS) as embedder:
        down = WordsOnly(embedder)
        for each in sets:
            found += await _asked(folder / each.name, [each], each.memories, "alone", embedder)
            fresh = folder / f"{each.name}-words"
            words += await _asked(fresh, [each], each.memories, "alone", down)
            bare = {key: Content(content.text) for key, content in each.memories.items()}
            found += await _asked(folder / f"{each.name}-bare", [each], bare, "bare", embedder)
        together = {
            f"{each.name}/{key}": content for each in sets for key, content in each.memories.items()
        }
        if cranfield_at:
            papers = cranfield(cranfield_at).memories
            together |= {f"cranfield/{key}": content for key, content in papers.items()}
        found += await _asked(folder / "together", sets, together, "together", embedder)
    return found, words


async def _asked(
    folder: Path,
    sets: Sequence[JudgedSet],
    memories: Mapping[str, Content],
    store: str,
    embedder: Embedder,
) -> list[Row]:
    async with open_services(Settings(data_dir=folder), embedder=embedder) as container:
        keys = await _stored(container, memories)
        return [
            await _row(container, each, query, keys, store)
            for each in sets
            for query in each.queries
        ]


async def _stored(container: Container, memories: Mapping[str, Content]) -> dict[str, str]:
    """Store all, unless they are stored already; return their keys by id."""
    keys = {}
    for key, content in memories.items():
        created = await container.services.memories.create(content, actor=key)
        keys[created.memory.id] = key
    return keys


async def _row(
    container: Container, of: JudgedSet, query: JudgedQuery, keys: Mapping[str, str], store: str
) -> Row:
    answer = await container.services.search.search(Query(query.text, limit=LIMIT))
    prefix = f"{of.name}/" if store == "together" else ""
    hits, relevant = [], []
    known = evidence(query.text, answer.hits, SimilarityScale())
    for hit, each in zip(answer.hits, known, strict=True):
        key = keys[hit.memory.id]
        is_own = key.startswith((prefix, "cranfield/"))
        if is_own:  # nobody judged whether memories of other sets answer it
            hits.append(each)
            relevant.append(key.removeprefix(prefix) in query.relevant)
    is_reported = of.name in KEPT_ASIDE
    return Row(
        of.name, store, query.kind, query.text, is_reported, hits, relevant, len(query.relevant)
    )


def fit(some: Sequence[Row]) -> Model:
    """Both logistic models. Sets count by the square root of their size."""
    some = [row for row in some if row.hits]
    sizes = Counter(row.set_name for row in some)

    def weight(row: Row) -> float:
        return float(
            (NEAR_MISS_WEIGHT if row.kind == "near-misses" else 1) / np.sqrt(sizes[row.set_name])
        )

    answered = _logistic(
        [answer_features(row.query, row.hits) for row in some],
        [row.asked > 0 for row in some],
        [weight(row) for row in some],
    )
    answerable = [row for row in some if row.asked]
    each = _logistic(
        [features for row in answerable for features in hit_features(row.hits)],
        [is_one for row in answerable for is_one in row.relevant],
        [weight(row) for row in answerable for _ in row.hits],
    )
    return answered, each


def _logistic(
    features: Sequence[Sequence[float]], labels: Sequence[bool], weights: Sequence[float]
) -> Numbers:
    """Ridge-penalised logistic regression by Newton's method, on standardised features."""
    x, y, w = np.array(features), np.array(labels, float), np.array(weights)
    w /= w.sum()
    mean = np.average(x, axis=0, weights=w)
    deviation = np.sqrt(np.average((x - mean) ** 2, axis=0, weights=w)) + 1e-9
    z = np.column_stack([np.ones(len(x)), (x - mean) / deviation])
    penalty = np.eye(z.shape[1]) * RIDGE
    penalty[0, 0] = 0
    beta = np.zeros(z.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-z @ beta))
        gradient = z.T @ (w * (p - y)) + penalty @ beta
        hessian = (z * (w * p * (1 - p) + 1e-9)[:, None]).T @ z + penalty
        step = np.linalg.solve(hessian, gradient)
        beta -= step
        if np.abs(step).max() < 1e-8:
            break
    slopes = beta[1:] / deviation
    return np.concatenate([[beta[0] - slopes @ mean], slopes])


def relevances(row: Row, model: Model) -> Numbers:
    """As domain/relevance.py, by this model."""
    if not row.hits:
        return np.zeros(0)
    answered, each = model
    of_answer = _sigmoid(
        answered[0] + np.array(answer_features(row.query, row.hits)) @ answered[1:]
    )
    of_hits = _sigmoid(each[0] + np.array(hit_features(row.hits)) @ each[1:])
    return np.asarray(of_answer * of_hits)


def _sigmoid(x: Numbers) -> Numbers:
    return np.asarray(1 / (1 + np.exp(-x)))


@dataclass(frozen=True, slots=True)
class Returned:
    """What is returned of some rows, and what is not: means over queries."""

    queries: int
    precision: float
    recall: float
    returned: float
    silent: float
    """Share of the queries without an answer that are answered with nothing."""
    silent_near: float

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / ((self.precision + self.recall) or 1)


def returned(some: Sequence[Row], judged: Callable[[Row], Numbers]) -> Returned:
    """Measure what is likely or better."""
    precision, recall, count = [], [], []
    silent: defaultdict[str, list[bool]] = defaultdict(list)
    for row in some:
        values = judged(row)
        found = matches(row.hits, [float(value) for value in values])
        is_shown = np.array([match is not Match.WEAK for match in found], bool)
        if not row.asked:
            silent[row.kind].append(not is_shown.any())
            continue
        hits = int((is_shown & np.array(row.relevant, bool)).sum())
        recall.append(hits / row.asked)
        count.append(int(is_shown.sum()))
        if is_shown.any():
            precision.append(hits / count[-1])
    means = (float(np.mean(each)) if each else np.nan for each in (precision, recall, count))
    far, near = (float(np.mean(silent[kind])) if silent[kind] else np.nan for kind in NOBODY)
    of_precision, of_recall, of_count = means
    return Returned(len(some), of_precision, of_recall, of_count, far, near)


def _table(some: Sequence[Row], judged: Callable[[Row], Numbers]) -> Iterator[str]:
    yield "| store | set | queries | precision | recall | F1 | returned | silent | silent, near |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in some:
        groups.setdefault((row.store, "all"), []).append(row)
        groups.setdefault((row.store, row.set_name), []).append(row)
    for (store, name), group in groups.items():
        r = returned(group, judged)
        cells = [r.precision, r.recall, r.f1, r.returned, r.silent, r.silent_near]
        values = " | ".join("-" if np.isnan(value) else f"{value:.2f}" for value in cells)
        yield f"| {store} | {name} | {r.queries} | {values} |"


def cross_validated(some: Sequence[Row]) -> Callable[[Row], Numbers]:
    """Each set is judged by a model that was fitted on the others."""
    models = {
        name: fit([row for row in some if row.set_name != name])
        for name in {row.set_name for row in some}
    }
    return lambda row: relevances(row, models[row.set_name])


def _module(model: Model, by_words: Model, scale: SimilarityScale) -> str:
    named = {
        "ANSWERED": model[0],
        "HIT": model[1],
        "ANSWERED_BY_WORDS": by_words[0],
        "HIT_BY_WORDS": by_words[1],
    }
    lines = [
        '"""Coefficients of relevance.py, the constant first.',
        "",
        "Written by `python -m benchmarks.relevance`.",
        '"""',
        "",
        "from typing import Final",
        "",
        *(_constant(name, coefficients) for name, coefficients in named.items()),
        'MODEL: Final = "all-MiniLM-L6-v2-int8"',
        '"""The model whose cosines these were fitted to."""',
        f"UNRELATED: Final = {scale.unrelated:.3f}",
        f"RELATED: Final = {scale.related:.3f}",
    ]
    return "\n".join(lines) + "\n"


def _constant(name: str, coefficients: Numbers) -> str:
    """The constant as the formatter writes it: on one line, or with a line for each number."""
    values = [f"{value:.3f}" for value in coefficients]
    line = f"{name}: Final = ({', '.join(values)})"
    if len(line) <= LINE_LENGTH:
        return line
    return "\n".join([f"{name}: Final = (", *(f"    {value}," for value in values), ")"])


async def _bundled_scale() -> SimilarityScale:
    async with kept_vectors(RESULTS) as embedder:
        vectors = await embedder.embed_documents([text for pair in PAIRS for text in pair])
    scale = scale_of(vectors[::2], vectors[1::2])
    assert scale is not None
    return scale


async def main(cranfield_at: Path | None) -> None:
    """Fit, write, and print what came of it."""
    RESULTS.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="relevance-", dir=RESULTS) as folder:
        found, words = await rows(Path(folder), cranfield_at)
    tuned = [row for row in found if not row.is_reported]
    reported = [row for row in found if row.is_reported]
    model = fit(tuned)
    by_words = fit([row for row in words if not row.is_reported])
    MODULE.write_text(_module(model, by_words, await _bundled_scale()), encoding="utf-8")

    def judged(row: Row) -> Numbers:
        return relevances(row, model)

    pairs = [
        (float(value), is_one)
        for row in reported
        for value, is_one in zip(judged(row), row.relevant, strict=True)
    ]
    PLOT.write_text(plot(pairs), encoding="utf-8")
    table = list(_table(reported, judged))
    crossed = cross_validated(tuned)
    short = list(_table(reported, judged)) + [
        line.replace("| all |", "| all others, each by what was fitted on the rest |")
        for line in _table(tuned, crossed)
        if "| all |" in line
    ]
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(FIGURES)
    _, _, after = rest.partition(END)
    text = f"{before}{FIGURES}\n\n" + "\n".join(short) + f"\n\n{END}{after}"
    PAGE.write_text(text, encoding="utf-8")
    parts = {
        "Sets that are kept aside": table,
        "Each set judged by what was fitted on the others": _table(tuned, crossed),
        "Words only, sets that are kept aside": _table(
            [row for row in words if row.is_reported], lambda row: relevances(row, by_words)
        ),
    }
    page = "".join(f"## {name}\n\n" + "\n".join(lines) + "\n\n" for name, lines in parts.items())
    (RESULTS / "relevance.md").write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cranfield", type=Path, help="its folder, for a larger store")
    asyncio.run(main(cranfield_folder(parser.parse_args().cranfield)))
