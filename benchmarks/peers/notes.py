"""Ten thousand notes with ready vectors, made once from the corpus and kept."""

import hashlib
import json
import sqlite3
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Final

from benchmarks.corpus import Corpus, dice
from benchmarks.library import Library, Sample
from benchmarks.peers.drivers.stores import Document
from benchmarks.peers.venvs import KEPT
from memorizer.domain.memories import Vector

LONGEST_QUERY: Final = 6


class Notes:
    """The documents, and the file with the vectors of all texts that stores make of them."""

    def __init__(self, corpus: Corpus, count: int) -> None:
        words = " ".join(corpus.passages(40)).encode()
        self.vectors = KEPT / f"notes-{count}-{hashlib.sha256(words).hexdigest()[:12]}.sqlite"
        if not self.vectors.exists():
            _make(self.vectors, corpus, count)
        with closing(sqlite3.connect(self.vectors)) as file:
            rows = file.execute("SELECT document FROM notes ORDER BY number").fetchall()
        self.documents = [Document(**json.loads(row)) for (row,) in rows]


def queries(corpus: Corpus, count: int) -> list[str]:
    """So many different ones of one to six words."""
    chance = dice(5)
    found: dict[str, None] = {}
    while len(found) < count:
        found[corpus.cut(chance, 1 + len(found) % LONGEST_QUERY)] = None
    return list(found)


def _make(path: Path, corpus: Corpus, count: int) -> None:
    library = Library(corpus, queries=1)
    samples: list[Sample] = []
    while len(samples) < count:
        samples += library.batch()
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    with closing(sqlite3.connect(unfinished)) as file, file:
        file.execute("CREATE TABLE kept (text TEXT PRIMARY KEY, vector BLOB)")
        file.execute("CREATE TABLE notes (number INTEGER PRIMARY KEY, document TEXT)")
        for number, sample in enumerate(samples[:count]):
            document = _document(number, sample)
            file.execute("INSERT INTO notes VALUES (?, ?)", (number, json.dumps(asdict(document))))
            file.executemany(
                "INSERT OR IGNORE INTO kept VALUES (?, ?)", _embedded(document, sample)
            )
    unfinished.rename(path)


def _document(number: int, sample: Sample) -> Document:
    content = sample.content
    return Document(f"note-{number}", content.title, content.text, content.tags)


def _embedded(document: Document, sample: Sample) -> list[tuple[str, Vector]]:
    """What is embedded of it: the whole everywhere, title and tags by Memorizer too."""
    about = " ".join([document.title or "", *document.tags])
    return [(document.whole, sample.vector), (about, sample.about)]
