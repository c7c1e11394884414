"""What a cosine of an embedding model is worth: one model calls 0.4 near, another 0.9 far."""

import asyncio
from array import array
from itertools import product
from statistics import fmean
from typing import Final

from memorizer.domain.errors import EmbedderUnavailable, EmbeddingRefused, TextRejected
from memorizer.domain.memories import Vector
from memorizer.domain.relevance import SimilarityScale
from memorizer.domain.relevance_model import MODEL
from memorizer.ports.embeddings import Embedder

TIMEOUT_SECONDS: Final = 3.0
"""How long the first search with a model waits for its scale."""
LEAST_SPAN: Final = 0.1
"""Between the cosines of unrelated and of related texts; a model with less tells nothing apart."""
PAIRS: Final = (
    ("How do I reset my password?", "Forgotten passwords are changed under Settings, Account."),
    ("Which port does the database use?", "PostgreSQL listens on port 5433 on that machine."),
    ("when does the bakery open", "The bakery on the square sells bread from seven o'clock."),
    ("Who leads the mobile team?", "Team lead for the iOS and Android apps is Joanna."),
    ("why did the nightly export fail", "The export job stopped at two: the disk was full."),
    ("how long do plants need water", "Water the ferns every three days, the cactus monthly."),
    ("What is the budget for travel?", "Each of us may spend 800 euros a year on travelling."),
    ("coding style for Python", "Python code is formatted with ruff at 100 columns."),
    ("next appointment at the dentist", "Dentist: Tuesday 14 May, 9:30, bring the X-ray."),
    ("how are errors reported to users", "Error messages say what happened and what to do next."),
    ("which train goes to Vienna", "The train to Vienna leaves from platform 8 at noon."),
    ("Where are the backups kept?", "Backups are copied to a bucket in another region nightly."),
    ("recipe for tomato soup", "Simmer tomatoes, onion and basil, then purée the soup."),
    ("what did the customer complain about", "The client was unhappy about late deliveries."),
    ("unit tests must not use the network", "Tests of single functions never call other servers."),
    ("is the car insured abroad", "The insurance of the car is valid in all of Europe."),
)
"""Questions and what answers them; each is unrelated to all the other answers."""


class SimilarityScales:
    """The scales of the embedding models that this process has searched with."""

    def __init__(self) -> None:
        self._known: dict[str, SimilarityScale | None] = {MODEL: SimilarityScale()}
        self._lock = asyncio.Lock()

    async def of(self, embedder: Embedder | None) -> SimilarityScale | None:
        """Return the model's scale, measured when it is first needed.

        None without a model, and if its cosines tell nothing apart or it takes too long.
        """
        if embedder is None:
            return None
        if embedder.name not in self._known:
            async with self._lock:
                if embedder.name not in self._known:
                    self._known[embedder.name] = await _measured(embedder)
        return self._known[embedder.name]


async def _measured(embedder: Embedder) -> SimilarityScale | None:
    texts = [text for pair in PAIRS for text in pair]
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            vectors = await embedder.embed_documents(texts)
    except (EmbedderUnavailable, EmbeddingRefused, TextRejected, TimeoutError):
        return None
    return scale_of(vectors[::2], vectors[1::2])


def scale_of(questions: list[Vector], answers: list[Vector]) -> SimilarityScale | None:
    """Return the scale by unit vectors of questions and, in the same order, their answers."""
    cosines: dict[bool, list[float]] = {True: [], False: []}
    for (i, question), (j, answer) in product(enumerate(questions), enumerate(answers)):
        cosines[i == j].append(_cosine(question, answer))
    unrelated, related = fmean(cosines[False]), fmean(cosines[True])
    return SimilarityScale(unrelated, related) if related - unrelated >= LEAST_SPAN else None


def _cosine(one: Vector, other: Vector) -> float:
    return sum(a * b for a, b in zip(array("f", one), array("f", other), strict=True))
