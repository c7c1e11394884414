"""Settings → the embedding models."""

import os
from pathlib import Path

from memorizer.adapters.embeddings.registry import EmbedderFactory, EmbedderRegistry
from memorizer.adapters.model_files.store import ModelStore
from memorizer.bootstrap.secrets import key_of
from memorizer.domain.errors import Misconfigured
from memorizer.domain.model_catalogue import CATALOGUE
from memorizer.ports.embeddings import Embedder
from memorizer.ports.telemetry import Telemetry
from memorizer.settings import Settings, variable
from memorizer.supervision import Supervisor


async def chosen_embedder(settings: Settings, shelf: EmbedderRegistry) -> Embedder:
    """The configured embedder. Raises Misconfigured."""
    spec = settings.embedding_model
    if spec.startswith("openai:") and settings.embedding_base_url is None:
        raise Misconfigured(
            f"{variable('embedding_model')} is {spec!r}: set {variable('embedding_base_url')} too, "
            "for example to http://localhost:11434/v1 for Ollama."
        )
    return await shelf.open_configured(spec)


def supplies(settings: Settings, telemetry: Telemetry, supervisor: Supervisor) -> EmbedderFactory:
    """What any embedding model is opened with."""
    return EmbedderFactory(
        telemetry,
        folder=lambda name: _model_folder(settings, name),
        base_url=settings.embedding_base_url,
        key=key_of("embedding_api_key", settings.embedding_api_key),
        threads=settings.embedding_threads,
        timeout_seconds=settings.embedding_timeout_seconds,
        supervisor=supervisor,
    )


def _model_folder(settings: Settings, name: str) -> Path:
    """Where an ONNX model lies: a folder, or one in the data directory. Raises Misconfigured."""
    path = Path(os.path.expanduser(name))  # noqa: PTH111 - this one does not raise
    if path.is_dir():
        return path.absolute()
    store = ModelStore(settings.models_dir)
    known = next((m for m in CATALOGUE if name in (m.name, m.repository)), None)
    folder = store.folder(known) if known else settings.models_dir / name
    if store.has(known) if known else folder.is_dir():
        return folder
    remedy = (
        f"Run `memorizer models pull {known.name}`."
        if known
        else f"Put the model's files there, or into {folder}."
    )
    raise Misconfigured(f"There is no embedding model in {path}. {remedy}")
