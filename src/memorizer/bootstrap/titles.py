"""Settings → what writes titles."""

import os
from contextlib import AsyncExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from memorizer.adapters.model_files.store import ModelStore
from memorizer.adapters.titles.extractive import ExtractiveTitleWriter
from memorizer.adapters.titles.llama import LlamaTitleWriter
from memorizer.bootstrap.extras import install
from memorizer.bootstrap.secrets import key_of
from memorizer.domain.errors import Misconfigured
from memorizer.domain.model_catalogue import Purpose, find
from memorizer.ports.embeddings import Embedder
from memorizer.ports.titles import TitleWriter
from memorizer.settings import Settings, variable

if TYPE_CHECKING:
    from memorizer.adapters.titles.openai import OpenAiTitleWriter


def title_writers(
    settings: Settings, embedder: Embedder, stack: AsyncExitStack
) -> tuple[TitleWriter, TitleWriter | None]:
    """The configured writer, and the one that takes over when it fails for good."""
    extractive = ExtractiveTitleWriter(embedder)
    kind, _, model = settings.title_model.partition(":")
    if kind == "extractive":
        return extractive, None
    writer = _gguf(settings, model) if kind == "gguf" else _openai(settings, model)
    stack.push_async_callback(writer.close)
    return writer, extractive if settings.title_fallback == "extractive" else None


def _gguf(settings: Settings, model: str) -> LlamaTitleWriter:
    """Raises Misconfigured."""
    if find_spec("xllamacpp") is None:
        raise Misconfigured(
            f"{variable('title_model')} is 'gguf:{model}', which needs llama.cpp. " + install("llm")
        )
    path, remedy = _gguf_file(settings, model)
    return LlamaTitleWriter(
        path,
        remedy=remedy,
        timeout_seconds=settings.title_timeout_seconds,
        idle_seconds=settings.llm_idle_minutes * 60,
    )


def _gguf_file(settings: Settings, model: str) -> tuple[Path, str]:
    """Where the model is, and what to do if it is not there. Raises Misconfigured."""
    path = Path(os.path.expanduser(model)).absolute()  # noqa: PTH111 - this one does not raise
    if path.suffix == ".gguf" or len(Path(model).parts) > 1 or path.is_file():
        return path, f"Put it there, or change {variable('title_model')}."
    try:
        named = find(model, Purpose.TITLES)
    except Misconfigured as error:
        raise Misconfigured(f"{variable('title_model')} is 'gguf:{model}': {error}") from error
    file = ModelStore(settings.models_dir).path(named, named.files[0])
    return file, f"Run `memorizer models pull {named.name}`."


def _openai(settings: Settings, model: str) -> "OpenAiTitleWriter":
    """Raises Misconfigured."""
    # costs a tenth of a second, which a command has not to spare
    from memorizer.adapters.titles.openai import OpenAiTitleWriter  # noqa: PLC0415

    if settings.llm_base_url is None:
        raise Misconfigured(
            f"{variable('title_model')} is 'openai:{model}': set {variable('llm_base_url')} too, "
            "for example to http://localhost:11434/v1 for Ollama."
        )
    key = key_of("llm_api_key", settings.llm_api_key)
    return OpenAiTitleWriter(
        settings.llm_base_url, model, key=key, timeout_seconds=settings.title_timeout_seconds
    )
