"""The models that can be downloaded by name: where their files are, and their checksums.

Revisions are commits, not branches, so that the files never change.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from memorizer.domain.errors import Misconfigured

HUB: Final = "https://huggingface.co"


class Purpose(StrEnum):
    """What a model is for."""

    TITLES = "titles"
    EMBEDDINGS = "embeddings"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model, by its path in the repository."""

    path: str
    size: int  # bytes
    sha256: str | None
    """None where nobody published it: then only the size is checked, and `models list` says so."""


@dataclass(frozen=True, slots=True)
class CatalogueModel:
    """One model that can be fetched by its name."""

    name: str
    purpose: Purpose
    description: str
    repository: str
    revision: str
    licence: str
    files: tuple[ModelFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)

    def url(self, file: ModelFile, hub: str = HUB) -> str:
        """Where a file can be fetched from a hub or its mirror."""
        return f"{hub.rstrip('/')}/{self.repository}/resolve/{self.revision}/{file.path}"


TINYLLAMA: Final = CatalogueModel(
    name="tinyllama",
    purpose=Purpose.TITLES,
    description="TinyLlama 1.1B Chat v1.0, Q4_K_M: titles in English",
    repository="TheBloke/TinyLlama-1.1B-Chat-v1.0-GGUF",
    revision="52e7645ba7c309695bec7ac98f4f005b139cf465",
    licence="Apache-2.0",
    files=(
        ModelFile(
            "tinyllama-1.1b-chat-v1.0.Q4_K_M.gguf",
            668_788_096,
            "9fecc3b3cd76bba89d504f29b616eedf7da85b96540e490ca5824d3f7d2776a0",
        ),
    ),
)
QWEN: Final = CatalogueModel(
    name="qwen2.5-1.5b",
    purpose=Purpose.TITLES,
    description="Qwen2.5 1.5B Instruct, Q4_K_M: titles in many languages, slower",
    repository="Qwen/Qwen2.5-1.5B-Instruct-GGUF",
    revision="91cad51170dc346986eccefdc2dd33a9da36ead9",
    licence="Apache-2.0",
    files=(
        ModelFile(
            "qwen2.5-1.5b-instruct-q4_k_m.gguf",
            1_117_320_736,
            "6a1a2eb6d15622bf3c96857206351ba97e1af16c30d7a74ee38970e434e9407e",
        ),
    ),
)

NOMIC: Final = CatalogueModel(
    name="nomic-embed-text-v1.5",
    purpose=Purpose.EMBEDDINGS,
    description="Nomic Embed Text v1.5, int8: 768 dimensions, better than the bundled model",
    repository="nomic-ai/nomic-embed-text-v1.5",
    revision="e9b6763023c676ca8431644204f50c2b100d9aab",
    licence="Apache-2.0",
    files=(
        ModelFile(
            "onnx/model_quantized.onnx",
            137_296_292,
            "b4342336debaea79de872370664b0aaeb67dea4605513d00ee236ea871a81f27",
        ),
        ModelFile(
            "tokenizer.json",
            711_396,
            "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66",
        ),
    ),
)

CATALOGUE: Final = (TINYLLAMA, QWEN, NOMIC)


def find(name: str, purpose: Purpose | None = None) -> CatalogueModel:
    """Return the model of this name. Raises Misconfigured, which names those that exist."""
    models = [model for model in CATALOGUE if purpose in (None, model.purpose)]
    for model in models:
        if model.name == name:
            return model
    names = ", ".join(model.name for model in models)
    raise Misconfigured(f"There is no model {name!r} in the catalogue. It has {names}.")
