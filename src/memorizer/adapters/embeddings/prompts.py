"""Prefixes that some models expect before a text, for queries and documents."""

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Prompts:
    """Put before each query and before each document; empty for most models."""

    query: str = ""
    document: str = ""


_PASSAGES: Final = Prompts("Represent this sentence for searching relevant passages: ")
_INSTRUCT: Final = (
    "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"
)
_FAMILIES: Final = (
    (r"nomic-embed-text|modernbert-embed", Prompts("search_query: ", "search_document: ")),
    (r"\be5-.*instruct", Prompts(f"{_INSTRUCT} ")),
    (r"\be5-", Prompts("query: ", "passage: ")),
    (r"qwen3-embedding", Prompts(_INSTRUCT)),
    (r"embeddinggemma", Prompts("task: search result | query: ", "title: none | text: ")),
    (r"arctic-embed.*v2|arctic-embed2", Prompts("query: ")),
    (r"arctic-embed|mxbai-embed|bge-(?:small|base|large)-en", _PASSAGES),
)
"""Patterns of model names, from the model cards; the first match counts."""


def known_prompts(model: str) -> Prompts:
    """Return the prompts of a known family of models by its name, else empty ones."""
    fitting = (prompts for name, prompts in _FAMILIES if re.search(name, model, re.IGNORECASE))
    return next(fitting, Prompts())
