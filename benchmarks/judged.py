"""Judged sets: memories, queries, and which memories answer each query."""

import json
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

from memorizer.domain.memories import MAX_TITLE, Content

SETS: Final = Path(__file__).parent / "sets"
KEPT_ASIDE: Final = ("clinic", "maint")
"""Sets that decide nothing: no coefficient, limit or weight was chosen while looking at them."""
OWN: Final = (
    "team",
    "talks",
    "service",
    "mobile",
    "data",
    "personal",
    "howto",
    "versions",
    "scripts",
    "firmware",
    *KEPT_ASIDE,
)
RANKED_ONLY: Final = ("guides", "chats")
"""Sets whose every query has an answer that shares hardly a word with it: they tell good orders
from bad ones, and not what is relevant."""
CRANFIELD_FOLDER: Final = "MEMORIZER_BENCH_CRANFIELD"


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """What somebody asks. `relevant`: keys of the memories that answer it, and how well.

    No memory answers a query of the kinds `no-answer` and `near-misses`.
    """

    text: str
    kind: str
    relevant: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """Memories by their keys, and the queries about them."""

    name: str
    memories: Mapping[str, Content]
    queries: Sequence[JudgedQuery]

    def answerable(self) -> list[JudgedQuery]:
        """Return the queries that at least one memory answers."""
        return [query for query in self.queries if query.relevant]

    def halves(self) -> tuple[list[JudgedQuery], list[JudgedQuery]]:
        """For tuning and for reporting: every second query of each kind."""
        by_kind: defaultdict[str, list[JudgedQuery]] = defaultdict(list)
        for query in self.queries:
            by_kind[query.kind].append(query)
        kinds = by_kind.values()
        return [q for some in kinds for q in some[::2]], [q for some in kinds for q in some[1::2]]


def own_sets() -> list[JudgedSet]:
    """Those that lie beside this file and have queries without an answer too."""
    return [_own(name) for name in OWN]


def ranked_sets() -> list[JudgedSet]:
    """All that lie beside this file."""
    return [_own(name) for name in (*OWN, *RANKED_ONLY)]


def cranfield_folder(asked: Path | None) -> Path | None:
    """Where Cranfield lies, if anybody said so."""
    named = os.environ.get(CRANFIELD_FOLDER)
    return asked or (Path(named) if named else None)


def cranfield(folder: Path) -> JudgedSet:
    """1,400 abstracts about flight and 225 questions (Cleverdon, 1967), in the form of TREC."""
    memories = {
        key: Content(text, title=" ".join(title.split())[:MAX_TITLE] or None)
        for key, title, text in _abstracts(folder / "cran.all.1400.xml")
    }
    judged: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for line in (folder / "cranqrel.trec.txt").read_text(encoding="utf-8").splitlines():
        query, _, key, grade = line.split()
        if int(grade) > 0 and key in memories:
            judged[query][key] = 1
    topics = ET.parse(folder / "cran.qry.xml").iter("title")  # noqa: S314 - a local file
    texts = (" ".join((topic.text or "").split()) for topic in topics)
    # the judgements count the queries and do not use their numbers
    queries = [
        JudgedQuery(text, "abstracts", judged[str(number)])
        for number, text in enumerate(texts, start=1)
        if judged[str(number)]
    ]
    return JudgedSet("cranfield", memories, queries)


def _abstracts(file: Path) -> Iterator[tuple[str, str, str]]:
    """Key, title and text (which repeats the title); two are empty and left out."""
    whole = f"<xml>{file.read_text(encoding='utf-8')}</xml>"
    for document in ET.fromstring(whole).iter("doc"):  # noqa: S314 - a local file
        title = document.findtext("title", "").strip()
        text = document.findtext("text", "").strip()
        if text:
            yield document.findtext("docno", "").strip(), title, text


def _own(name: str) -> JudgedSet:
    memories = {
        line["key"]: Content(
            line["text"],
            type=line.get("type", "note"),
            title=line.get("title"),
            tags=tuple(line.get("tags", ())),
        )
        for line in _lines(SETS / f"{name}-memories.jsonl")
    }
    queries = [
        JudgedQuery(line["query"], line["kind"], line["relevant"])
        for line in _lines(SETS / f"{name}-queries.jsonl")
    ]
    for query in queries:
        if unknown := query.relevant.keys() - memories.keys():
            raise ValueError(f"{name}: {query.text!r} is judged by unknown {sorted(unknown)}")
    return JudgedSet(name, memories, queries)


def _lines(file: Path) -> Iterator[Mapping[str, Any]]:
    return map(json.loads, file.read_text(encoding="utf-8").splitlines())
