"""Models behind an OpenAI-compatible server of a test's own, which can be held up and broken."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from support.web import Answer, Asked, serving

DIMENSIONS = 8
MOST = 100_000


class Models:
    """Both models. Titles and embeddings come at once, unless they are held up."""

    def __init__(self) -> None:
        self.url = ""
        self.titles = Gate()
        self.embeddings = Gate()
        self.empty_titles = False
        self.unreadable: str | None = None
        """A word that makes a text too long for the embedding model."""

    def answer(self, asked: Asked) -> Answer:
        """What the server says."""
        if asked.path.endswith("/chat/completions"):
            self.titles.pass_through()
            text = asked.json["messages"][-1]["content"]
            word = hashlib.sha256(text.encode()).hexdigest()[:6]
            title = "" if self.empty_titles else f"A title, {word}"
            return Answer.of({"choices": [{"message": {"content": title}}]})
        if asked.path.endswith("/embeddings"):
            self.embeddings.pass_through()
            return self._embed(asked.json["input"])
        return Answer.of({"data": []})

    def _embed(self, texts: list[str]) -> Answer:
        if self.unreadable and any(self.unreadable in text for text in texts):
            return Answer.of({"error": {"message": "the input is too long"}}, status=400)
        vectors = [list(hashlib.sha256(text.encode()).digest()[:DIMENSIONS]) for text in texts]
        return Answer.of(
            {"data": [{"index": n, "embedding": vector} for n, vector in enumerate(vectors)]}
        )


class Gate:
    """Open at first; when closed, it lets only so many calls through as it was told."""

    def __init__(self) -> None:
        self._permits = threading.Semaphore(MOST)

    def close(self) -> None:
        self._permits = threading.Semaphore(0)

    def let_through(self, calls: int = MOST) -> None:
        self._permits.release(calls)

    def pass_through(self) -> None:
        self._permits.acquire()


@contextmanager
def models() -> Iterator[Models]:
    """Serve both until the block ends."""
    both = Models()
    with serving(both.answer) as web:
        both.url = f"{web.url}/v1"
        try:
            yield both
        finally:
            both.titles.let_through()
            both.embeddings.let_through()
