"""basic-memory in process: the functions behind its tools, on a folder of notes."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import benchmarks.peers.drivers.loadable_sqlite  # noqa: F401 - comes before who opens a database
from benchmarks.peers.drivers.minilm import MiniLM
from benchmarks.peers.drivers.stores import Document, Place, serve_store


class Provider:
    """Fulfils basic_memory.repository.embedding_provider.EmbeddingProvider."""

    model_name = "all-MiniLM-L6-v2"
    dimensions = 384

    def __init__(self, place: Place) -> None:
        self._model = MiniLM(place)

    async def embed_query(self, text: str) -> list[float]:
        vector: list[float] = self._model.query(text).tolist()
        return vector

    async def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [vector.tolist() for vector in self._model.documents(texts)]

    def runtime_log_attrs(self) -> dict[str, object]:
        return {}


class Notes:
    """Fulfils stores.Store."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def load(self, documents: Sequence[Document]) -> None:
        """As files that are found and indexed."""
        from basic_memory.cli.commands.db import _reindex
        from basic_memory.config import ConfigManager

        for document in documents:
            note = self._folder / f"{document.id}.md"
            await asyncio.to_thread(note.write_text, _markdown(document), encoding="utf-8")
        await _reindex(
            ConfigManager().config, search=True, embeddings=True, full=False, project=None
        )

    async def store(self, document: Document) -> None:
        from basic_memory.mcp.tools import write_note

        await write_note(
            title=document.id,
            content=document.whole,
            directory="stored",
            tags=list(document.tags),
        )

    async def search(self, query: str, limit: int) -> list[str]:
        from basic_memory.mcp.tools import search_notes

        found = await search_notes(query=query, page_size=limit, output_format="json")
        if not isinstance(found, dict):
            raise TypeError(found)
        paths = [Path(each["file_path"]).stem for each in found["results"]]
        return list(dict.fromkeys(paths))


def _markdown(document: Document) -> str:
    tags = "".join(f"\n  - {tag}" for tag in document.tags)
    title = (document.title or document.id).replace('"', "'")
    head = f'---\ntitle: "{title}"\ntype: note\ntags:{tags or " []"}\n---\n'
    return f"{head}\n{document.text}\n"


async def _open(place: Place) -> Notes:
    notes = place.folder / "notes"
    notes.mkdir(parents=True, exist_ok=True)
    os.environ |= {
        "BASIC_MEMORY_HOME": str(notes),
        "BASIC_MEMORY_CONFIG_DIR": str(place.folder / "config"),
        "BASIC_MEMORY_AUTO_UPDATE": "false",
        # its default of 0.55 is meant for the cosines of another model, and would hide most
        "BASIC_MEMORY_SEMANTIC_MIN_SIMILARITY": "0",
    }
    from basic_memory.repository import fastembed_provider

    provider = Provider(place)
    fastembed_provider.FastEmbedEmbeddingProvider = lambda **_: provider
    return Notes(notes)


if __name__ == "__main__":
    serve_store(_open)
