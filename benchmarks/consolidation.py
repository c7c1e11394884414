"""Whether consolidation proposes what was planted, and whether undoing restores every byte.

Among abstracts (Cranfield; without it, invented memories) stand 500 planted duplicates,
replacements and contradictions, and pairs that only look alike.
"""

import asyncio
import io
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from benchmarks.corpus import dice
from benchmarks.figure import Bench, Figure
from benchmarks.judged import cranfield, cranfield_folder
from memorizer.bootstrap import open_services, running
from memorizer.bootstrap.container import Container
from memorizer.bootstrap.file_formats import export_jsonl
from memorizer.domain.jobs import JobState
from memorizer.domain.memories import Content
from memorizer.domain.proposals import MAX_ACCEPTED, Proposal, ProposalState
from memorizer.services.keyed_memories import NewItem
from memorizer.settings import Settings

SEED: Final = 20261130
BATCH: Final = 200
ACTOR: Final = "benchmark"
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+")
_NUMBER: Final = re.compile(r"\b\d+(?:\.\d+)?\b")
_OTHER: Final = {
    "shows": "demonstrates", "shown": "demonstrated", "obtained": "gained", "method": "approach",
    "results": "findings", "using": "employing", "large": "big", "presented": "given",
    "found": "established", "considered": "regarded", "determined": "ascertained",
    "investigation": "inquiry", "experimental": "empirical", "paper": "article",
}  # fmt: skip
_NAMES: Final = (
    *("billing", "payment", "search", "login", "export", "mail", "cache", "report", "invoice"),
    *("image", "map", "chat", "alarm", "backup", "sensor", "ledger", "router", "parser"),
    *("tracker", "printer"),
)
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


@dataclass(frozen=True, slots=True)
class Planted:
    """Two memories that say the same, or do not agree: the older first."""

    kind: str
    older: Content
    newer: Content


def planted(abstracts: Sequence[Content], chosen: random.Random) -> Iterator[Planted]:
    """300 duplicates, 100 replacements and 100 contradictions."""
    long = [each for each in abstracts if len(_SENTENCE.split(each.text)) >= 4]
    sources = iter(chosen.sample(long, 400))
    ways = (_copy, _spelt, _shortened, _extended, _reordered, _reworded)
    for number in range(300):
        source = next(sources)
        text = ways[number % len(ways)](source.text, chosen)
        yield Planted("duplicate", source, replace(source, text=text))
    for _ in range(50):
        source = next(sources)
        text = f"Correction. {_another_number(source.text, chosen)}"
        yield Planted("replacement", source, replace(source, text=text))
    for number in range(50):
        name, n = _NAMES[number % 20], number // 20
        old, new = chosen.sample(_DAYS, 2)
        where = ("the office", "Berlin", "Tokyo")[n]
        yield _short(
            "replacement",
            f"In {where} we deploy the {name} service on {old}s.",
            f"Since the audit, in {where} the {name} service is deployed on {new}s, no longer on "
            f"{old}s.",
        )
    for number in range(50):
        source = next(sources)
        change = _another_number if number % 2 else _negated
        yield Planted("contradiction", source, replace(source, text=change(source.text, chosen)))
    for number in range(50):
        name, n = _NAMES[number % 20], number // 20
        what = ("compresses its answers", "runs at night", "keeps its logs")[n]
        word = ("never", "does not", "will not")[n]
        negated = f"The {name} service {word} {what.split()[0].rstrip('s')} " + " ".join(
            what.split()[1:]
        )
        yield _short("contradiction", f"The {name} service {what}.", f"{negated}.")


def alike() -> Iterator[Content]:
    """Memories that look alike and are not of the same: none replaces another."""
    for number, name in enumerate(_NAMES):
        for text in (
            f"The {name} service listens on port {8000 + number}.",
            f"Invoice {4100 + number} was paid on time.",
            f"Run {number + 1} of the load test took {340 + 7 * number} ms.",
            f"{name.title()} is looked after by team {chr(65 + number)}.",
        ):
            yield Content(text, title=text.rstrip("."))


async def measure(bench: Bench) -> Sequence[Figure]:
    """Precision and recall of the proposals; differences of the export after undoing."""
    chosen = dice(SEED)
    folder = cranfield_folder(bench.cranfield)
    abstracts = (
        list(cranfield(folder).memories.values())
        if folder
        else [Content(text, title=text[:60]) for text in bench.corpus.texts(1_400)]
    )
    pairs = list(planted(abstracts, chosen))
    async with (
        open_services(Settings(data_dir=bench.folder)) as container,
        running(container.worker),
    ):
        return await _measure(container, abstracts, pairs)


async def _measure(
    container: Container, abstracts: Sequence[Content], pairs: Sequence[Planted]
) -> Sequence[Figure]:
    shorts = [pair.older for pair in pairs if pair.older not in abstracts]
    family: dict[str, int] = {}
    olders = [*abstracts, *shorts, *alike()]
    older_ids = await _store(container, olders)
    newer_ids = await _store(container, [pair.newer for pair in pairs])
    by_content = dict(zip(olders, older_ids, strict=True))
    for number, (pair, newer) in enumerate(zip(pairs, newer_ids, strict=True)):
        family[newer] = family[by_content[pair.older]] = number
    before = await _export(container)
    await _run_job(container)
    found = await _all(container)
    recommended = [each for each in found if each.is_recommended]
    right = [each for each in recommended if _is_right(each, family)]
    proposed = {family[each.memories[0].memory_id] for each in found if _is_right(each, family)}
    sure = {family[each.memories[0].memory_id] for each in right}
    kinds = ("duplicate", "replacement", "contradiction")
    numbers = {kind: [n for n, p in enumerate(pairs) if p.kind == kind] for kind in kinds}
    sets = [
        await container.services.proposals.accept(
            [each.id for each in recommended[i : i + MAX_ACCEPTED]], actor=ACTOR
        )
        for i in range(0, len(recommended), MAX_ACCEPTED)
    ]
    for done in reversed(sets):
        await container.services.proposals.undo(done.id, actor=ACTOR)
    after = await _export(container)
    same = sum(one == other for one, other in zip(before, after, strict=False))
    restored = same / max(len(before), len(after))
    return [
        Figure("consolidation: precision of what is recommended", len(right) / len(recommended),
               at_least=0.95),
        *(
            Figure(f"consolidation: {kind}s proposed",
                   len(proposed & set(numbers[kind])) / len(numbers[kind]),
                   at_least=0.9 if kind == "duplicate" else None)
            for kind in kinds
        ),
        *(
            Figure(f"consolidation: {kind}s recommended",
                   len(sure & set(numbers[kind])) / len(numbers[kind]))
            for kind in kinds
        ),
        Figure("consolidation: lines of the export restored by undoing", restored, at_least=1.0),
    ]  # fmt: skip


def _is_right(proposal: Proposal, family: dict[str, int]) -> bool:
    families = {family.get(each.memory_id) for each in proposal.memories}
    return len(proposal.memories) == 2 and len(families) == 1 and None not in families


async def _store(container: Container, contents: Sequence[Content]) -> list[str]:
    ids: list[str] = []
    for start in range(0, len(contents), BATCH):
        items = [NewItem(content) for content in contents[start : start + BATCH]]
        made = await container.services.keyed.store_all(items, actor=ACTOR)
        ids += [each.memory.id for each in made if each.memory is not None]
    await _end_of_jobs(container)
    return ids


async def _end_of_jobs(container: Container) -> None:
    while await _is_busy(container):  # noqa: ASYNC110 - a benchmark may look now and then
        await asyncio.sleep(0.2)


async def _is_busy(container: Container) -> bool:
    counts = await container.services.jobs.counts()
    unfinished = (JobState.WAITING, JobState.DELAYED, JobState.ACTIVE)
    return any(each.by_state.get(state, 0) for each in counts for state in unfinished)


async def _run_job(container: Container) -> None:
    await container.services.jobs.consolidate()
    await _end_of_jobs(container)


async def _all(container: Container) -> list[Proposal]:
    found: list[Proposal] = []
    cursor = None
    while True:
        page, cursor = await container.services.proposals.page(
            state=ProposalState.OPEN, before=cursor
        )
        found += page
        if cursor is None:
            return found


async def _export(container: Container) -> list[str]:
    """The lines of an export but events, and what is counted of them."""
    out = io.BytesIO()
    await export_jsonl(container.services.export, out, lambda *_: None)
    records = [json.loads(line) for line in out.getvalue().splitlines()]
    for record in records:
        for part in ("counts", "sha256"):
            record.get(part, {}).pop("events", None)
        record.pop("exportedAt", None)
    return [json.dumps(each) for each in records if each["kind"] != "event"]


def _short(kind: str, older: str, newer: str) -> Planted:
    return Planted(kind, Content(older, title=older[:60]), Content(newer, title=newer[:60]))


def _copy(text: str, _: random.Random) -> str:
    return text


def _spelt(text: str, _: random.Random) -> str:
    return "\n\n".join(_SENTENCE.split(text.capitalize().replace(",", " ,")))


def _shortened(text: str, chosen: random.Random) -> str:
    sentences = _SENTENCE.split(text)
    del sentences[chosen.randrange(len(sentences))]
    return " ".join(sentences)


def _extended(text: str, _: random.Random) -> str:
    return f"{text} Read again with the whole team, who found it worth keeping."


def _reordered(text: str, chosen: random.Random) -> str:
    sentences = _SENTENCE.split(text)
    chosen.shuffle(sentences)
    return " ".join(sentences)


def _reworded(text: str, _: random.Random) -> str:
    return " ".join(_OTHER.get(word, word) for word in text.split())


def _another_number(text: str, chosen: random.Random) -> str:
    numbers = list(_NUMBER.finditer(text))
    if not numbers:
        return _negated(text, chosen)
    at = chosen.choice(numbers)
    return f"{text[: at.start()]}{chosen.randint(11, 9_999)}{text[at.end() :]}"


def _negated(text: str, chosen: random.Random) -> str:
    verbs = list(re.finditer(r"\b(?:is|are|was|were|can|may|will)\b", text))
    if not verbs:
        return f"{text} This does not hold."
    at = chosen.choice(verbs)
    return f"{text[: at.end()]} not{text[at.end() :]}"
