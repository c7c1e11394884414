"""The embedding models of this process: the configured one, and those of older vectors.

A model is described by a *spec*, which is stored beside its vectors: `bundled`, `onnx:FOLDER`,
`openai:MODEL@BASE-URL`. No spec holds a key.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit, urlunsplit

from memorizer.adapters.embeddings import bundled
from memorizer.adapters.embeddings.bundled import BundledEmbedder
from memorizer.adapters.embeddings.kernels import Kernel
from memorizer.adapters.embeddings.onnx import open_folder
from memorizer.domain.errors import EmbedderUnavailable, Misconfigured
from memorizer.ports.embeddings import Embedder
from memorizer.ports.telemetry import Telemetry
from memorizer.supervision import Supervisor

BUNDLED: Final = "bundled"
_URL_SEPARATOR: Final = "@http"
"""Between a model and its server; model names may hold an @, but not this."""


class OpenedEmbedder(Embedder, Protocol):
    """An embedder that must be closed."""

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class EmbedderFactory:
    """Opens embedders by spec. `folder` finds a model's folder, or raises Misconfigured."""

    telemetry: Telemetry
    folder: Callable[[str], Path]
    base_url: str | None = field(default=None, repr=False)
    key: str | None = field(default=None, repr=False)
    threads: int | None = None
    kernel: Kernel | None = None
    kernel_file: Path | None = None
    timeout_seconds: float = 30.0
    supervisor: Supervisor = field(default_factory=Supervisor)

    def qualified_spec(self, spec: str) -> str:
        """Return the spec with server or absolute folder, to be opened under other settings too."""
        kind, _, name = spec.partition(":")
        if kind == "openai" and _URL_SEPARATOR not in name and self.base_url:
            return f"{spec}@{_without_credentials(self.base_url)}"
        if kind == "onnx" and Path(name).is_dir():
            return f"onnx:{Path(name).absolute()}"
        return spec

    async def open(self, spec: str) -> OpenedEmbedder:
        """Open the model of a spec. Raises Misconfigured."""
        kind, _, name = spec.partition(":")
        match kind:
            case "bundled":
                return BundledEmbedder(
                    self.telemetry,
                    threads=self.threads,
                    kernel=self.kernel,
                    kernel_file=self.kernel_file,
                    timeout_seconds=self.timeout_seconds,
                    supervisor=self.supervisor,
                )
            case "onnx":
                return await asyncio.to_thread(
                    open_folder,
                    self.folder(name),
                    self.telemetry,
                    threads=self.threads,
                    timeout_seconds=self.timeout_seconds,
                    supervisor=self.supervisor,
                )
            case "openai":
                return self._remote(name)
            case _:
                raise Misconfigured(f"There is no kind of embedding model {kind!r}.")

    def _remote(self, spec: str) -> OpenedEmbedder:
        # importing the client takes 0.1 s, which most commands do not need
        from memorizer.adapters.embeddings.openai import OpenAiEmbedder  # noqa: PLC0415
        from memorizer.adapters.openai_api import OpenAiApi  # noqa: PLC0415

        model, at, rest = spec.rpartition(_URL_SEPARATOR)
        url, key = at[1:] + rest, None
        if self.base_url and url == _without_credentials(self.base_url):
            url, key = self.base_url, self.key  # a key goes to its own server only
        api = OpenAiApi(url, key, unavailable=EmbedderUnavailable)
        return OpenAiEmbedder(model, api, self.telemetry, timeout_seconds=self.timeout_seconds)


class EmbedderRegistry:
    """Implements ports.embeddings.Embedders."""

    def __init__(self, factory: EmbedderFactory) -> None:
        """Call `open_configured` or `use` first."""
        self._factory = factory
        self._configured: Embedder | None = None
        self._spec: str | None = None
        self._opened: dict[str, OpenedEmbedder] = {}
        self._open_lock = asyncio.Lock()

    async def open_configured(self, spec: str) -> Embedder:
        """Open the configured model and return it. Raises Misconfigured."""
        self._spec = self._factory.qualified_spec(spec)
        embedder = await self._factory.open(self._spec)
        self._opened[embedder.name] = embedder
        self._configured = embedder
        return embedder

    def use(self, embedder: Embedder) -> None:
        """Use an embedder as the configured one; its caller closes it."""
        self._configured = embedder

    @property
    def configured(self) -> Embedder:
        if self._configured is None:
            raise RuntimeError("no embedding model was chosen")
        return self._configured

    @property
    def spec(self) -> str | None:
        return self._spec

    async def get_or_open(self, name: str, spec: str | None) -> Embedder | None:
        if name == self.configured.name:
            return self.configured
        async with self._open_lock:
            return self._opened.get(name) or await self._reopen(name, spec)

    async def close(self) -> None:
        """Close all embedders that were opened here."""
        while self._opened:
            _, embedder = self._opened.popitem()
            await embedder.close()

    async def _reopen(self, name: str, spec: str | None) -> Embedder | None:
        """Open the model of older vectors; None if it is gone or another model took its place."""
        spec = BUNDLED if name == bundled.NAME else spec
        if spec is None:
            return None
        try:
            embedder = await self._factory.open(spec)
        except Misconfigured:
            return None
        if embedder.name != name:
            await embedder.close()
            return None
        self._opened[name] = embedder
        return embedder


def _without_credentials(url: str) -> str:
    """Return the URL without user and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])).rstrip("/")
