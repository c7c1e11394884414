"""Types of settings: how a value of the environment or of a file is read and checked."""

import re
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import NoDecode


def _expand(path: Path) -> Path:
    """Return the absolute path, with `~` replaced by the home directory."""
    try:
        return path.expanduser().absolute()
    except RuntimeError as error:  # no such user, or no home directory
        raise ValueError(str(error)) from error


def _split(value: object) -> object:
    """Split a comma-separated list."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _title_model(value: str) -> str:
    """One of the ways in which titles can be made."""
    kind, colon, model = value.partition(":")
    if value != "extractive" and not (kind in {"gguf", "openai"} and colon and model):
        raise ValueError(
            "it should be `extractive`, `gguf:` with a file or a name of `memorizer models list`, "
            "or `openai:` with a model's name"
        )
    return value


def _web_address(value: str) -> str:
    parts = urlsplit(value)  # raises ValueError too, like its port
    if not re.match(r"https?://[^/\s]+", value) or not parts.hostname or parts.port == 0:
        raise ValueError("it should begin with http:// or https:// and a host")
    if not value.isprintable() or " " in value:
        raise ValueError("it should have no white space")
    return value


def _embedding_model(value: str) -> str:
    """One of the ways in which texts can be embedded."""
    kind, _, model = value.partition(":")
    if value != "bundled" and not (kind in {"onnx", "openai"} and model.strip()):
        raise ValueError(
            "it should be `bundled`, `onnx:` with a folder or a name of `memorizer models list`, "
            "or `openai:` with a model's name"
        )
    return value


def _rerank_model(value: str) -> str:
    kind, _, model = value.partition(":")
    if kind != "onnx" or not model.strip():
        raise ValueError("it should be `onnx:` with a folder or an .onnx file")
    return value


def _scope_pairs(values: tuple[str, ...]) -> tuple[str, ...]:
    if any(not re.fullmatch(r"\S+=(read|write|admin)", value) for value in values):
        raise ValueError("each should be NAME=read, NAME=write or NAME=admin")
    return values


def _database_address(value: SecretStr) -> SecretStr:
    if not re.match(r"postgres(ql)?://", value.get_secret_value()):
        raise ValueError("it should begin with postgresql://")
    return value


def _networks(values: tuple[str, ...]) -> tuple[str, ...]:
    """As the server compares them: an address, or a network without the bits of a host."""
    return tuple(
        str(ip_network(value, strict=False) if "/" in value else ip_address(value))
        for value in values
    )


DatabaseAddress = Annotated[SecretStr, AfterValidator(_database_address)]
Directory = Annotated[Path, AfterValidator(_expand)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Networks = Annotated[Names, AfterValidator(_networks)]
ScopePairs = Annotated[Names, AfterValidator(_scope_pairs)]
EmbeddingModel = Annotated[str, AfterValidator(_embedding_model)]
RerankModel = Annotated[str, AfterValidator(_rerank_model)]
TitleModel = Annotated[str, AfterValidator(_title_model)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
