"""A large store with ready vectors.

Each memory is made of two real passages: half of the words of each, and the direction between
their real vectors, nearer to the first. So some thousand passages give any number of memories
that are all different and yet near to others, as real ones are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.corpus import Corpus, dice
from benchmarks.prepared import DIMENSIONS, NAME
from benchmarks.raw_model import RawModel
from memorizer.adapters.embeddings.local import usable_cores
from memorizer.bootstrap import Container
from memorizer.domain.embeddings import MemoryVectors, ModelState
from memorizer.domain.memories import Content, EmbeddingStatus, Vector
from memorizer.ports.transactions import Transaction
from memorizer.services.history import ChangeRecorder

WORDS: Final = 40
TITLE_WORDS: Final = 5
LONGEST_QUERY: Final = 6
PER_TRANSACTION: Final = 1_000
BATCH: Final = 8
SECOND: Final = 0.5
"""How much the second passage counts for the vector."""
NOISE: Final = 0.2
"""How long the random part of a vector is; so no two are alike."""

Vectors = NDArray[np.float32]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sample:
    """A memory to be, with the vectors of its text and of its title."""

    content: Content
    vector: Vector
    about: Vector


class Library:
    """Fills a database, and knows which memories are exactly nearest to a vector."""

    def __init__(self, corpus: Corpus, queries: int, *, length: int = WORDS) -> None:
        """`length`: words of a passage, from 20 on."""
        model, chance = RawModel(usable_cores()), dice(3)
        self._passages = [text.split() for text in corpus.passages(length)]
        self._directions = model.embed(corpus.passages(length), batch=BATCH)
        texts = [corpus.cut(chance, 1 + number % LONGEST_QUERY) for number in range(queries)]
        self.queries = dict(zip(texts, _bytes(model.embed(texts, batch=BATCH)), strict=True))
        self._random = np.random.default_rng(3)
        self._ids: list[str] = []
        self._vectors: list[Vectors] = []

    def __len__(self) -> int:
        return len(self._ids)

    async def grow(self, container: Container, size: int) -> None:
        """Add memories until there are `size`."""
        history = ChangeRecorder(container.adapters.clock)
        while len(self) < size:
            await container.adapters.database.write(partial(self._add, history=history))

    @property
    def ids(self) -> Sequence[str]:
        """Of all memories, in the order in which they were stored."""
        return self._ids

    def nearest(
        self, vector: Vector, count: int, *, among: Sequence[str] | None = None
    ) -> set[str]:
        """Ids of the memories with the largest cosines, computed one by one."""
        query = np.frombuffer(vector, "<f4")
        cosines = np.concatenate([batch @ query for batch in self._vectors])
        if among is not None:
            cosines[~np.isin(self._ids, among)] = -1
        return {self._ids[place] for place in np.argpartition(-cosines, count)[:count]}

    def batch(self) -> list["Sample"]:
        """More memories, not yet stored."""
        pairs = self._random.integers(len(self._passages), size=(PER_TRANSACTION, 2))
        contents, metadata = self._between(pairs), self._between(pairs)
        self._vectors.append(contents)
        return [
            Sample(self._content(*pair), content, about)
            for pair, content, about in zip(pairs, _bytes(contents), _bytes(metadata), strict=True)
        ]

    def drafts(self, count: int) -> list[Content]:
        """Contents only, which do not count as part of the library."""
        pairs = self._random.integers(len(self._passages), size=(count, 2))
        return [self._content(*pair) for pair in pairs]

    def keep(self, ids: Sequence[str]) -> None:
        """The last batch was stored under these ids."""
        self._ids += ids

    def _add(self, tx: Transaction, history: ChangeRecorder) -> None:
        model = tx.models.active() or tx.models.add(NAME, DIMENSIONS, ModelState.ACTIVE)
        ids = []
        for sample in self.batch():
            memory = history.create(
                tx, sample.content, actor="benchmark", status=EmbeddingStatus.READY
            )
            vectors = MemoryVectors(memory.id, memory.version, (sample.vector,), sample.about)
            tx.vectors.put(model, vectors)
            ids.append(memory.id)
        self.keep(ids)

    def _content(self, first: int, second: int) -> Content:
        """The beginning of one passage and the end of another."""
        one, other = self._passages[first], self._passages[second]
        title = " ".join(one[:TITLE_WORDS])
        text = " ".join([*one[: WORDS // 2], *other[-WORDS // 2 :]])
        return Content(text, title=title, tags=(f"tag-{second % 100}",))

    def _between(self, pairs: Places) -> Vectors:
        noise = self._random.standard_normal((len(pairs), DIMENSIONS), np.float32)
        first, second = self._directions[pairs[:, 0]], self._directions[pairs[:, 1]]
        moved = first + np.float32(SECOND) * second + np.float32(NOISE / DIMENSIONS**0.5) * noise
        unit: Vectors = moved / np.linalg.norm(moved, axis=1, keepdims=True)
        return unit


def _bytes(vectors: Vectors) -> list[Vector]:
    return [Vector(vector.astype("<f4").tobytes()) for vector in vectors]
